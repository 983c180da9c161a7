#include "interlocking/census.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Timestamp kNow = 1'000'000'000'000;

DbSession Session(std::int64_t pid, const std::string& name, const std::string& host = "10.0.3.9") {
  DbSession session;
  session.id = pid;
  session.server = "primary";
  session.name = name;
  session.user = "shop";
  session.host = host;
  session.state = "idle";
  session.idle = std::chrono::hours(48);
  return session;
}

CensusInput Input(std::vector<DbSession> sessions) {
  CensusInput input;
  input.app = "web";
  input.settings.sessions = "web/{version}";
  input.at = kNow;
  ServerSessions primary;
  primary.server = "primary";
  primary.list.sessions = std::move(sessions);
  input.servers = {primary};
  input.others = {"psql", "pg_exporter*"};
  return input;
}

TEST(VersionsOfSession, PlaceholderAnywhere) {
  struct Row {
    const char *name, *pattern, *version;
  };
  for (const Row& row :
       {Row{"web/1.2", "web/{version}", "1.2"}, Row{"1.2@web", "{version}@web", "1.2"},
        Row{"a-1.2-z", "a-{version}-z", "1.2"}, Row{"web/", "web/{version}", ""},
        Row{"we", "web/{version}", ""}, Row{"a--z", "a-{version}-z", ""},
        Row{"a-z", "a-{version}-z", ""}, Row{"", "web/{version}", ""},
        Row{"1.2", "{version}", "1.2"}, Row{"web/1", "web/", ""},
        Row{"web/a/b", "web/{version}", "a/b"}}) {
    const auto versions = VersionsOfSession(row.name, row.pattern, {});
    if (std::string(row.version).empty())
      EXPECT_THAT(versions, IsEmpty()) << row.name;
    else
      EXPECT_THAT(versions, ElementsAre(row.version)) << row.name;
  }
}

TEST(VersionsOfSession, CutNames) {
  const std::string sha(64, 'a');
  const std::string other = std::string(62, 'a') + "bb";
  auto cut = [](const std::string& name) { return name.substr(0, kSessionNameBytes); };
  EXPECT_THAT(VersionsOfSession(cut("web/" + sha), "web/{version}", {sha}), ElementsAre(sha));
  EXPECT_THAT(VersionsOfSession(cut("web/" + sha), "web/{version}", {sha, other}),
              ElementsAre(sha, other));
  EXPECT_THAT(VersionsOfSession(cut("web/" + sha), "web/{version}", {"1.0"}),
              ElementsAre(std::string(59, 'a') + "…"));
  // Cut within the suffix and within the prefix.
  const std::string version(55, 'v');
  EXPECT_THAT(VersionsOfSession(cut(version + "@worker-pool"), "{version}@worker-pool", {version}),
              ElementsAre(version));
  const std::string prefix(70, 'p');
  EXPECT_THAT(VersionsOfSession(cut(prefix + "1"), prefix + "{version}", {"1", "2"}),
              ElementsAre("1", "2"));
  // Exactly as long as the limit, and whole.
  const std::string exact(59, 'e');
  EXPECT_THAT(VersionsOfSession("web/" + exact, "web/{version}", {exact}), ElementsAre(exact));
  EXPECT_THAT(VersionsOfSession(std::string(63, 'x'), "web/{version}", {"1"}), IsEmpty());
}

TEST(TakeCensus, SessionsAndInstancesAreSightings) {
  auto input = Input({Session(1, "web/1.41"), Session(2, "web/1.42"), Session(3, "psql"),
                      Session(4, "pg_exporter 9"), Session(5, "interlock"), Session(6, "who?"),
                      Session(7, "worker/3")});
  input.other_apps = {{"worker", "worker/{version}"}, {"web", "web/{version}"}};
  input.has_driver = true;
  input.instances = {{"web", "web-1", "1.42"}};
  const auto census = TakeCensus(input);
  EXPECT_THAT(census.undecidable, IsEmpty());
  ASSERT_EQ(census.versions.size(), 2U);
  EXPECT_EQ(census.versions.at("1.42").size(), 2U);
  EXPECT_EQ(Describe(census.versions.at("1.42")[0]), "instance web-1");
  EXPECT_EQ(Describe(census.versions.at("1.41")[0]),
            "session pid 1 on primary, shop@10.0.3.9, idle 2 d");
  ASSERT_EQ(census.unknown.size(), 1U);
  EXPECT_EQ(census.unknown[0].name, "who?");
}

TEST(TakeCensus, WhatHidesSessionsIsUndecidableUnlessADriverListsAll) {
  auto incomplete = Input({});
  incomplete.servers[0].list.complete = false;
  incomplete.servers[0].list.why_incomplete = "a pooler";
  auto stranger = Input({});
  stranger.unconfigured_replicas = {"10.0.0.8"};
  auto no_pattern = Input({Session(1, "anything")});
  no_pattern.settings.sessions = "";
  auto no_server = Input({});
  no_server.servers.clear();
  for (auto input : {incomplete, stranger, no_pattern, no_server}) {
    EXPECT_EQ(TakeCensus(input).undecidable.size(), 1U);
    input.has_driver = true;
    input.instances.emplace();
    EXPECT_THAT(TakeCensus(input).undecidable, IsEmpty());
    EXPECT_EQ(TakeCensus(input).notes.size(), 1U);
    input.instances.reset();
    input.why_no_instances = "list failed";
    EXPECT_EQ(TakeCensus(input).undecidable.size(), 2U);
  }
}

TEST(TakeCensus, UnreachableServersAndUnknownVersionsAreUndecidableAlways) {
  auto input = Input({});
  input.has_driver = true;
  input.instances = {{"web", "web-1", ""}};
  input.servers.push_back({"replica-1", false, "refused", {}});
  const auto census = TakeCensus(input);
  ASSERT_EQ(census.undecidable.size(), 2U);
  EXPECT_THAT(census.undecidable[1], HasSubstr("replica-1 can't be reached: refused"));
}

TEST(TakeCensus, ReplicaSessionsCount) {
  auto input = Input({});
  ServerSessions replica;
  replica.server = "replica-1";
  replica.list.sessions = {Session(9, "web/1.41")};
  replica.list.sessions[0].server = "";
  input.servers.push_back(replica);
  EXPECT_THAT(Describe(TakeCensus(input).versions.at("1.41")[0]), HasSubstr("pid 9 on replica-1"));
}

TEST(TakeCensus, CutNameOfTwoVersionsIsUndecidableAndCountsForBoth) {
  const std::string one = std::string(62, 'a') + "1";
  const std::string two = std::string(62, 'a') + "2";
  auto input = Input({Session(1, ("web/" + one).substr(0, 63))});
  input.known_versions = {one, two};
  const auto census = TakeCensus(input);
  EXPECT_EQ(census.versions.size(), 2U);
  ASSERT_EQ(census.undecidable.size(), 1U);
  EXPECT_THAT(census.undecidable[0], HasSubstr("cut at 63 bytes"));
}

TEST(TakeCensus, MoreSpecificPatternOfAnotherAppWins) {
  auto input = Input({Session(1, "web-admin-2")});
  input.settings.sessions = "web-{version}";
  input.other_apps = {{"admin", "web-admin-{version}"}};
  EXPECT_THAT(TakeCensus(input).versions, IsEmpty());
  EXPECT_THAT(TakeCensus(input).unknown, IsEmpty());
  input.known_versions = {"admin-2"};
  EXPECT_EQ(TakeCensus(input).versions.count("admin-2"), 1U);
}

TEST(TakeCensus, AnApplicationMayBeCalledLikeUs) {
  auto input = Input({Session(1, "interlock"), Session(2, "interlock backfill"),
                      Session(3, "interlock-demo/7"), Session(4, "interlock/7")});
  EXPECT_EQ(TakeCensus(input).unknown.size(), 1U);  // another's; ours are none
  input.settings.sessions = "interlock-demo/{version}";
  const auto census = TakeCensus(input);
  EXPECT_EQ(census.versions.count("7"), 1U);
  EXPECT_THAT(census.unknown, IsEmpty());
  input.settings.sessions = "interlock/{version}";
  EXPECT_EQ(TakeCensus(input).versions.count("7"), 1U);
}

TEST(TakeCensus, AForgottenInstanceCountsAgainAtAnotherVersion) {
  auto input = Input({});
  input.has_driver = true;
  input.instances = {{"web", "web-9", "1.41"}};
  input.forgotten = {{"web-9", kNow, {"1.40"}}};
  EXPECT_EQ(TakeCensus(input).versions.count("1.41"), 1U);
  input.forgotten = {{"web-9", kNow, {}}};  // it was not listed when it was forgotten
  EXPECT_EQ(TakeCensus(input).versions.count("1.41"), 1U);
  input.forgotten = {{"web-9", kNow, {"1.40", "1.41"}}};
  EXPECT_THAT(TakeCensus(input).versions, IsEmpty());
}

TEST(TakeCensus, ForgottenUntilItDoesSomething) {
  auto input = Input({Session(1, "web/1.41", "batch-7")});
  input.has_driver = true;
  input.instances = {{"web", "web-9", "1.41"}};
  input.forgotten = {{"batch-7", kNow - 1000, {}}, {"web-9", kNow, {"1.41"}}};
  auto census = TakeCensus(input);
  EXPECT_THAT(census.versions, IsEmpty());
  EXPECT_EQ(census.forgotten.size(), 2U);
  input.servers[0].list.sessions[0].idle = Duration(10);
  EXPECT_EQ(TakeCensus(input).versions.count("1.41"), 1U);
}

TEST(Census, AnAccountIsAName) {
  DbSession by_account = Session(1, "mysql-connector");
  by_account.account = "web/7";
  DbSession by_name = Session(2, "web/8");
  by_name.account = "web/7";
  DbSession monitor = Session(3, "java");
  monitor.account = "pg_exporter_1";
  DbSession unknown = Session(4, "java");
  unknown.account = "somebody";
  DbSession ours = Session(5, "interlock");
  ours.account = "web/7";
  const Census census = TakeCensus(Input({by_account, by_name, monitor, unknown, ours}));
  ASSERT_EQ(census.versions.size(), 2U);
  ASSERT_EQ(census.versions.at("7").size(), 1U);
  EXPECT_EQ(census.versions.at("7")[0].pid, 1);
  EXPECT_EQ(census.versions.at("8")[0].pid, 2);
  ASSERT_EQ(census.unknown.size(), 1U);
  EXPECT_EQ(census.unknown[0].id, 4);
  EXPECT_EQ(census.unknown[0].name, "java");
}

TEST(Census, ASessionElsewhereCountsWhereItIsNamed) {
  DbSession known = Session(1, "web/7");
  known.elsewhere = true;
  DbSession unknown = Session(2, "billing/3");
  unknown.elsewhere = true;
  const Census census = TakeCensus(Input({known, unknown}));
  EXPECT_EQ(census.versions.at("7").size(), 1U);
  EXPECT_THAT(census.unknown, IsEmpty());
}

}  // namespace
}  // namespace interlock
