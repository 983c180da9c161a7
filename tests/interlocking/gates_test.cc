#include "interlocking/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlock {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Timestamp kSecond = 1'000'000;
constexpr Timestamp kHour = 3600 * kSecond;
constexpr Timestamp kGateTime = 1'000'000 * kSecond;

SchemaQuestion Healthy() {
  SchemaQuestion question;
  question.expected = {{"m", SchemaState::kExpanded}};
  question.observed = {{"m", SchemaState::kExpanded}, {"other", SchemaState::kContracted}};
  question.expected_fingerprint = "abc";
  question.fingerprint = "abc";
  question.configured_replicas = {"r1"};
  question.replicas = {{"r1", true, Duration(0), "abc"}};
  return question;
}

TEST(SchemaGate, Table) {
  EXPECT_TRUE(SchemaGate(Healthy()).open);
  auto closed = [](auto&& change, ErrorKind kind, const char* code) {
    auto question = Healthy();
    change(question);
    const auto gate = SchemaGate(question);
    EXPECT_FALSE(gate.open) << code;
    EXPECT_EQ(gate.code, code);
    EXPECT_EQ(gate.kind, kind) << code;
  };
  closed([](auto& q) { q.fingerprint = ""; }, ErrorKind::kUndecidable, "IL-G07");
  closed([](auto& q) { q.fingerprint = q.replicas[0].fingerprint = "x"; }, ErrorKind::kDrift,
         "IL-G05");
  closed([](auto& q) { q.observed["m"] = SchemaState::kExpanding; }, ErrorKind::kRefused, "IL-G06");
  closed([](auto& q) { q.observed.erase("m"); }, ErrorKind::kUndecidable, "IL-G07");
  closed([](auto& q) { q.replicas.clear(); }, ErrorKind::kUndecidable, "IL-G07");
  closed([](auto& q) { q.replicas[0].reachable = false; }, ErrorKind::kUndecidable, "IL-G07");
  closed([](auto& q) { q.replicas[0].fingerprint = ""; }, ErrorKind::kUndecidable, "IL-G07");
  closed([](auto& q) { q.replicas[0].fingerprint = "old"; }, ErrorKind::kNotYet, "IL-G08");
}

Census Seen(std::map<std::string, int> versions, Timestamp at = kGateTime) {
  Census census;
  census.app = "web";
  census.at = at;
  for (const auto& [version, count] : versions)
    for (int i = 0; i < count; ++i) {
      Sighting sighting;
      sighting.is_session = true;
      sighting.pid = 4411 + i;
      sighting.server = "primary";
      sighting.host = "batch-7";
      census.versions[version].push_back(sighting);
    }
  return census;
}

UsesTable OldAndNew() {
  UsesTable table;
  table["web"]["1"].listed.emplace("m", StateInterval::UpToExpanded());
  table["web"]["2"].listed.emplace("m", StateInterval::FromExpanded());
  return table;
}

TEST(UsesGate, LiveAndStartingVersionsByState) {
  const SchemaState states[] = {SchemaState::kAbsent, SchemaState::kExpanding,
                                SchemaState::kExpanded, SchemaState::kContracting,
                                SchemaState::kContracted};
  for (int live = 0; live < 4; ++live) {
    for (int starting = 0; starting < 4; ++starting) {
      for (const auto state : states) {
        std::map<std::string, int> seen;
        std::vector<StartingVersion> starts;
        bool may = true;
        for (int version = 1; version <= 2; ++version) {
          const auto name = std::to_string(version);
          const bool in_live = (live & version) != 0;
          const bool in_starts = (starting & version) != 0;
          if (in_live) seen[name] = 2;
          if (in_starts) starts.push_back({"web", name});
          if (in_live || in_starts) may = may && OldAndNew()["web"][name].For("m").Contains(state);
        }
        const auto census = Seen(seen);
        EXPECT_EQ(
            UsesGate({&census, 1}, starts, OldAndNew(), {{"m", state}}, CensusDemand::kComplete)
                .open,
            may);
      }
    }
  }
}

TEST(UsesGate, UndecidableCensusClosesOnlyWhereDemanded) {
  auto census = Seen({{"1", 1}});
  census.undecidable = {"a pooler"};
  const SchemaStates expanded{{"m", SchemaState::kExpanded}};
  EXPECT_EQ(UsesGate({&census, 1}, {}, OldAndNew(), expanded, CensusDemand::kComplete).code,
            "IL-G09");
  const auto best = UsesGate({&census, 1}, {}, OldAndNew(), expanded, CensusDemand::kBestEffort);
  EXPECT_TRUE(best.open);
  EXPECT_THAT(best.details, ::testing::Contains("a pooler"));
  const auto unknown = Seen({{"3", 1}});
  EXPECT_EQ(UsesGate({&unknown, 1}, {}, OldAndNew(), expanded, CensusDemand::kBestEffort).code,
            "IL-G01");
}

TEST(OldVersions, RegisteredOrSeenAndNotSupporting) {
  const auto census = Seen({{"2", 1}, {"mystery", 1}});
  EXPECT_THAT(OldVersions("web", OldAndNew(), {{"m", SchemaState::kContracting}}, {&census, 1}),
              ::testing::ElementsAre("1", "mystery"));
}

TEST(SoakGate, CountsFromTheLastSighting) {
  SoakQuestion question;
  question.soak = std::chrono::hours(24);
  question.now = kGateTime;
  EXPECT_EQ(SoakGate(question).code, "IL-G13");
  EXPECT_FALSE(SoakGate(question).clears_at);
  for (Timestamp ago = 23 * kHour; ago <= 25 * kHour; ago += kHour / 2) {
    question.last_sighting = kGateTime - ago;
    const auto gate = SoakGate(question);
    EXPECT_EQ(gate.open, ago >= 24 * kHour);
    if (!gate.open) {
      EXPECT_EQ(gate.clears_at, kGateTime - ago + 24 * kHour);
      EXPECT_EQ(gate.kind, ErrorKind::kNotYet);
    }
  }
  question.since = kGateTime - kHour;  // closed after it was last seen
  EXPECT_EQ(SoakGate(question).clears_at, kGateTime + 23 * kHour);
  question.last_sighting = kGateTime + kHour;  // a clock that went back
  EXPECT_FALSE(SoakGate(question).open);
}

TEST(SoakGate, MovedCounterBeginsAnew) {
  SoakQuestion question;
  question.last_sighting = 0;
  question.now = kGateTime;
  for (const auto soak : {Duration(0), Duration(std::chrono::hours(1))}) {
    question.soak = soak;
    question.old_writes = question.old_writes_recorded = 5;
    EXPECT_TRUE(SoakGate(question).open);
    for (const int writes : {0, 4, 6}) {
      question.old_writes = writes;
      EXPECT_EQ(SoakGate(question).code, "IL-G14");
      EXPECT_EQ(SoakGate(question).clears_at, kGateTime + soak.count());
    }
  }
}

TEST(ApprovalGate, Table) {
  auto ask = [](int required, std::vector<Approval> approvals, bool own = false) {
    return ApprovalGate({"r1", required, std::move(approvals), "d2", "rita", own});
  };
  const Approval ann{"ann", 1, "d2", ""};
  const Approval bob{"bob", 1, "d2", ""};
  const Approval own{"rita", 1, "d2", ""};
  const Approval old{"cleo", 1, "d1", ""};
  EXPECT_TRUE(ask(0, {}).open);
  EXPECT_EQ(ask(1, {}).code, "IL-G15");
  EXPECT_EQ(ask(1, {}).kind, ErrorKind::kWaitsForPerson);
  EXPECT_TRUE(ask(1, {ann}).open);
  EXPECT_FALSE(ask(2, {ann, ann}).open);
  EXPECT_TRUE(ask(2, {ann, bob}).open);
  EXPECT_EQ(ask(1, {own}).code, "IL-G15");
  EXPECT_TRUE(ask(1, {own}, true).open);
  EXPECT_EQ(ask(1, {old}).code, "IL-G16");
  EXPECT_EQ(ask(1, {old}).kind, ErrorKind::kStale);
  EXPECT_EQ(ask(2, {old, ann}).code, "IL-G15");
  EXPECT_TRUE(ask(1, {old, ann}).open);
  EXPECT_FALSE(ask(1, {{"", 1, "d2", ""}}).open);
  EXPECT_FALSE(ApprovalGate({"r1", 1, {{"ann", 1, "", ""}}, "", "rita", false}).open);
}

TEST(AttestGate, Table) {
  const std::vector<Attestation> none;
  const std::vector<Attestation> other{{"ann", 1, "something else", "d"}};
  const std::vector<Attestation> old{{"ann", 1, "it is so", "d0"}};
  const std::vector<Attestation> good{{"ann", 1, "it is so", "d0"}, {"bob", 2, "it is so", "d"}};
  EXPECT_EQ(AttestGate("r", "it is so", none, "d").code, "IL-G17");
  EXPECT_EQ(AttestGate("r", "it is so", other, "d").code, "IL-G17");
  EXPECT_EQ(AttestGate("r", "it is so", old, "d").kind, ErrorKind::kStale);
  EXPECT_TRUE(AttestGate("r", "it is so", good, "d").open);
}

TEST(PauseGate, NamesWhoAndWhy) {
  EXPECT_TRUE(PauseGate("r", std::nullopt).open);
  const auto gate = PauseGate("r", Pause{"ann", kGateTime, "incident"});
  EXPECT_EQ(gate.kind, ErrorKind::kWaitsForPerson);
  EXPECT_THAT(gate.headline, HasSubstr("ann paused r"));
  EXPECT_EQ(gate.clears, "interlock resume r");
}

TEST(ApplicationsGate, AnApplicationNobodyTellsOfKeepsItClosed) {
  const std::vector<AppStanding> fine{{"web", true, false}, {"cron", false, true}};
  EXPECT_TRUE(ApplicationsGate(fine).open);
  const std::vector<AppStanding> one{{"web", true, true}, {"report", false, false}};
  EXPECT_EQ(ApplicationsGate(one).code, "IL-G20");
  EXPECT_THAT(ApplicationsGate(one).details[0], HasSubstr("report"));
}

CensusQuestion Ask(Timestamp now) {
  CensusQuestion question;
  question.app = "web";
  question.old_versions = {"1"};
  question.closed_at = kGateTime;
  question.admission = std::chrono::seconds(30);
  question.window = std::chrono::seconds(60);
  question.now = now;
  return question;
}

TEST(CensusGate, ClosingThenAdmissionThenWindow) {
  auto question = Ask(kGateTime);
  question.closed_at.reset();
  EXPECT_EQ(CensusGate(question, {}).code, "IL-G11");
  EXPECT_EQ(CensusGate(question, {}).headline, "web 1 is not closed yet");
  question.old_versions = {"0", "1"};
  EXPECT_EQ(CensusGate(question, {}).headline, "web 0 and 1 are not closed yet");
  std::vector<Census> counts;
  for (Timestamp at = kGateTime; at <= kGateTime + 100 * kSecond; at += 10 * kSecond) {
    counts.push_back(Seen({{"2", 1}}, at));
    const auto gate = CensusGate(Ask(at), counts);
    const char* expected = at < kGateTime + 30 * kSecond ? "IL-G11" : "IL-G12";
    if (at >= kGateTime + 90 * kSecond) {
      EXPECT_TRUE(gate.open) << at - kGateTime;
    } else {
      EXPECT_EQ(gate.code, expected) << at - kGateTime;
      EXPECT_EQ(gate.clears_at, kGateTime + (at < kGateTime + 30 * kSecond ? 30 : 90) * kSecond);
    }
  }
}

TEST(CensusGate, SightingGapUndecidableAndStaleBeginAnew) {
  std::vector<Census> counts;
  for (Timestamp at = kGateTime + 30 * kSecond; at <= kGateTime + 90 * kSecond; at += 10 * kSecond)
    counts.push_back(Seen({}, at));
  EXPECT_TRUE(CensusGate(Ask(kGateTime + 90 * kSecond), counts).open);
  for (size_t i = 0; i < counts.size(); ++i) {
    auto seen = counts;
    seen[i] = Seen({{"1", 1}}, counts[i].at);
    EXPECT_FALSE(CensusGate(Ask(kGateTime + 90 * kSecond), seen).open) << i;
    auto hidden = counts;
    hidden[i].undecidable = {"pooler"};
    const auto gate = CensusGate(Ask(kGateTime + 90 * kSecond), hidden);
    EXPECT_FALSE(gate.open) << i;
    EXPECT_EQ(gate.code, i + 1 == counts.size() ? "IL-G09" : "IL-G12");
  }
  auto gap = counts;
  gap.erase(gap.begin() + 2, gap.begin() + 4);
  const auto torn = CensusGate(Ask(kGateTime + 90 * kSecond), gap);
  EXPECT_EQ(torn.code, "IL-G12");
  ASSERT_EQ(torn.details.size(), 1U);
  EXPECT_THAT(torn.details[0], HasSubstr("two counts lie 30 s apart, more than the 20 s"));
  EXPECT_EQ(CensusGate(Ask(kGateTime + 120 * kSecond), counts).code, "IL-G12");
  EXPECT_EQ(CensusGate(Ask(kGateTime + 90 * kSecond), {}).code, "IL-G12");
}

TEST(CensusGate, NamesWhoStillLives) {
  const auto count = Seen({{"1", 1}, {"2", 3}}, kGateTime + 90 * kSecond);
  const auto gate = CensusGate(Ask(kGateTime + 90 * kSecond), {&count, 1});
  EXPECT_EQ(gate.code, "IL-G03");
  EXPECT_EQ(gate.headline, "web 1 still lives");
  ASSERT_EQ(gate.details.size(), 1U);
  EXPECT_THAT(gate.details[0], HasSubstr("web 1: session pid 4411 on primary, batch-7"));
  EXPECT_THAT(gate.clears, HasSubstr("interlock census forget batch-7"));
  auto tunnel = count;
  tunnel.versions["1"][0].host = "127.0.0.1";  // everybody behind it: a name must do
  tunnel.versions["1"][0].name = "web/1";
  EXPECT_THAT(CensusGate(Ask(kGateTime + 90 * kSecond), {&tunnel, 1}).clears,
              HasSubstr("interlock census forget web/1"));
  EXPECT_EQ(LastSighting({&count, 1}, {"1"}), kGateTime + 90 * kSecond);
  EXPECT_FALSE(LastSighting({&count, 1}, {"7"}));
}

TEST(CensusGate, UnknownSessionsBlockWhereTheSettingsSaySo) {
  auto count = Seen({}, kGateTime + 90 * kSecond);
  count.unknown.push_back({5, "primary", "who", "joe", "h", "idle", Duration(0)});
  auto question = Ask(kGateTime + 90 * kSecond);
  question.window = Duration(0);
  EXPECT_TRUE(CensusGate(question, {&count, 1}).open);
  count.unknown_blocks = true;
  EXPECT_EQ(CensusGate(question, {&count, 1}).code, "IL-G10");
}

TEST(CensusPause, FitsTheWindow) {
  for (const auto window :
       {Duration(0), Duration(std::chrono::milliseconds(300)), Duration(std::chrono::seconds(5)),
        Duration(std::chrono::minutes(1)), Duration(std::chrono::hours(1))}) {
    auto question = Ask(0);
    question.window = window;
    question.admission = Duration(0);
    question.closed_at = kGateTime;
    std::vector<Census> counts;
    Timestamp now = kGateTime;
    for (int i = 0; i < 500; ++i, now += CensusPause(window).count()) {
      counts.push_back(Seen({}, now));
      question.now = now;
      if (CensusGate(question, counts).open) break;
    }
    EXPECT_TRUE(CensusGate(question, counts).open) << FormatDuration(window);
    EXPECT_GE(now - kGateTime, window.count());
  }
}

}  // namespace
}  // namespace interlock
