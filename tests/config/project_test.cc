#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "config/config.h"
#include "config/examples.h"
#include "config/wrong_files.h"

namespace interlock::config_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Env EnvOf(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

Env ShopEnv() {
  return EnvOf({{"SHOP_DATABASE_URL", "postgresql://shop@db-1/shop"},
                {"SHOP_REPLICA_URL", "postgres://shop@db-2/shop"}});
}

std::string With(const std::string& databases_and_more) {
  return "format = 1\n[project]\nname = \"shop\"\n" + databases_and_more;
}

Result<Project> Load(const std::string& environment = "", const Env& env = TestEnv()) {
  return LoadProject("interlock.toml", environment, env);
}

TEST(LoadProject, ReadsTheExampleOfTheDesign) {
  Workspace workspace(Files{{"interlock.toml", kShopProject}});
  const auto project = LoadProject("interlock.toml", std::nullopt, ShopEnv());
  ASSERT_TRUE(project.has_value()) << ToString(project.error());
  EXPECT_EQ(project->name, "shop");
  EXPECT_EQ(project->root, ".");
  EXPECT_EQ(project->environment, "");
  EXPECT_FALSE(project->is_protected);
  EXPECT_THAT(project->migration_folders, ElementsAre("migrations"));
  EXPECT_EQ(project->ledger_url, "postgresql://ledger@db-0/interlock");
  EXPECT_FALSE(project->contract_floor.soak.has_value());

  ASSERT_EQ(project->databases.size(), 1u);
  const Database& main = project->databases.at("main");
  EXPECT_EQ(main.name, "main");
  EXPECT_EQ(main.url, "postgresql://shop@db-1/shop");
  EXPECT_THAT(main.owns, ElementsAre("public.*"));
  EXPECT_THAT(main.ignore, ElementsAre("public.tmp_*"));
  EXPECT_THAT(main.others, ElementsAre("psql", "pg_exporter*"));
  EXPECT_THAT(main.replicas, ElementsAre("postgresql://shop@db-2/shop"));
  EXPECT_EQ(main.lock_timeout, milliseconds(500));
  EXPECT_EQ(main.lock_budget, minutes(5));
  EXPECT_EQ(main.end_blockers_after, seconds(0));
  EXPECT_EQ(main.backfill.workers, 2);
  EXPECT_EQ(main.backfill.batch_time, milliseconds(250));
  EXPECT_EQ(main.backfill.nice_ratio, 0);
  EXPECT_EQ(main.backfill.max_replica_lag, seconds(5));
  EXPECT_EQ(main.backfill.max_threads_running, 0);
  EXPECT_EQ(main.backfill.max_history_list_length, 1'000'000);
  EXPECT_EQ(main.backfill.max_log_backlog, 1'000'000);

  ASSERT_EQ(project->apps.size(), 1u);
  const App& web = project->apps.at("web");
  EXPECT_EQ(web.name, "web");
  EXPECT_THAT(web.databases, ElementsAre("main"));
  EXPECT_EQ(web.uses_file, "services/web/uses.toml");
  EXPECT_EQ(web.census.sessions, "web/{version}");
  EXPECT_EQ(web.census.unknown, UnknownSessions::kReport);
  EXPECT_EQ(web.census.window, minutes(1));
  EXPECT_EQ(web.census.admission, seconds(30));
  EXPECT_EQ(web.deploy.driver, "command");
  EXPECT_THAT(web.deploy.list, ElementsAre("deploy/list", "web"));
  EXPECT_THAT(web.deploy.start, ElementsAre("deploy/start", "{instance}", "{version}"));
  EXPECT_THAT(web.deploy.stop, ElementsAre("deploy/stop", "{instance}"));
  EXPECT_THAT(web.deploy.healthy, ElementsAre("deploy/healthy", "{instance}", "{version}"));
  EXPECT_THAT(web.deploy.drain, ElementsAre("deploy/balancer", "out", "{instance}"));
  EXPECT_THAT(web.deploy.undrain, IsEmpty());
  EXPECT_EQ(web.deploy.timeout, minutes(2));
}

TEST(LoadProject, LaysTheEnvironmentOver) {
  Workspace workspace(Files{{"interlock.toml", kShopProject},
                            {"secrets/shop-db", "\n  postgresql://prod@db-9/shop \n"}});
  // Without SHOP_DATABASE_URL: url_file replaces the key that needs it.
  const auto project = Load("prod", EnvOf({{"SHOP_REPLICA_URL", "postgresql://shop@db-2/shop"}}));
  ASSERT_TRUE(project.has_value()) << ToString(project.error());
  EXPECT_EQ(project->environment, "prod");
  EXPECT_TRUE(project->is_protected);
  EXPECT_EQ(project->databases.at("main").url, "postgresql://prod@db-9/shop");
  EXPECT_THAT(project->databases.at("main").owns, ElementsAre("public.*"));
  EXPECT_EQ(project->contract_floor.soak, Duration(hours(24)));
  EXPECT_EQ(project->contract_floor.approvals, 1);
  EXPECT_FALSE(project->contract_floor.quarantine.has_value());
  EXPECT_EQ(project->apps.at("web").census.unknown, UnknownSessions::kReport);
}

TEST(LoadProject, TakesTheEnvironmentFromTheVariable) {
  Workspace workspace(Files{{"interlock.toml", With("[databases.main]\nurl = \"sqlite:a\"\n"
                                                    "[apps.web]\ndatabases = [\"main\"]\n"
                                                    "[environments.prod]\nprotected = true\n"
                                                    "databases.main.lock_timeout = \"2s\"\n")}});
  const Env env = EnvOf({{"INTERLOCK_ENV", "prod"}});
  const auto chosen = LoadProject("interlock.toml", std::nullopt, env);
  ASSERT_TRUE(chosen.has_value()) << ToString(chosen.error());
  EXPECT_EQ(chosen->environment, "prod");
  EXPECT_EQ(chosen->databases.at("main").url, "sqlite:a");
  EXPECT_EQ(chosen->databases.at("main").lock_timeout, seconds(2));
  // Unknown sessions hold a contract where it matters, unless the file says otherwise.
  EXPECT_EQ(chosen->apps.at("web").census.unknown, UnknownSessions::kBlock);
  const auto none = LoadProject("interlock.toml", "", env);
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(none->environment, "");
  EXPECT_EQ(none->databases.at("main").lock_timeout, milliseconds(500));
}

TEST(LoadProject, AnEnvironmentMaySupplyTheUrl) {
  Workspace workspace(
      Files{{"interlock.toml", With("[databases.main]\nowns = [\"public.*\"]\n"
                                    "[environments.dev]\ndatabases.main.url = \"sqlite:dev\"\n"
                                    "[environments.prod]\ndatabases.main.url = \"${NOT_SET}\"\n")},
            {"migrations/0001-a.toml", ""}});
  ASSERT_TRUE(Load("dev").has_value());
  const auto without = Load();
  ASSERT_FALSE(without.has_value());
  EXPECT_EQ(without.error().code, "IL-C13");
  const auto errors = CheckAll("interlock.toml", std::nullopt, EnvOf({}));
  ASSERT_TRUE(errors.has_value());
  for (const auto& error : *errors) EXPECT_THAT(error.message, HasSubstr("0001-a.toml"));
}

TEST(LoadProject, RunsTheUrlCommandInTheRootWithoutAShell) {
  Workspace workspace(Files{
      {"shop/interlock.toml", With("[databases.main]\nurl_command = [\"cat\", \"my $HOME\"]\n")},
      {"shop/my $HOME", "postgresql://a/b\n"}});
  const auto project = LoadProject("shop/interlock.toml", "", EnvOf({}));
  ASSERT_TRUE(project.has_value()) << ToString(project.error());
  EXPECT_EQ(project->root, "shop");
  EXPECT_EQ(project->databases.at("main").url, "postgresql://a/b");
}

TEST(LoadProject, RunsNoCommandWhenTheFileIsWrong) {
  Workspace workspace(Files{
      {"interlock.toml", With("[databases.main]\nurl_command = [\"touch\", \"ran\"]\nx = 1\n")}});
  ASSERT_FALSE(Load().has_value());
  EXPECT_FALSE(std::ifstream("ran").good());
}

TEST(LoadProject, ReplacesVariablesOnce) {
  Workspace workspace(
      Files{{"interlock.toml", With("[databases.main]\nurl = \"sqlite:${A}$${A}${B}$\"\n")}});
  const auto project = Load("", EnvOf({{"A", "${B}"}, {"B", "b"}}));
  ASSERT_TRUE(project.has_value()) << ToString(project.error());
  EXPECT_EQ(project->databases.at("main").url, "sqlite:${B}${A}b$");
}

TEST(LoadProject, LetsABackfillLookAtNoReplica) {
  const std::string database = "[databases.main]\nurl = \"sqlite:b\"\n[databases.main.backfill]\n";
  Workspace workspace(Files{{"interlock.toml", With(database + "max_replica_lag = \"0s\"\n"
                                                               "nice_ratio = 3\n"
                                                               "max_threads_running = 50\n"
                                                               "max_history_list_length = 0\n"
                                                               "max_log_backlog = 500\n")}});
  const auto project = Load();
  ASSERT_TRUE(project.has_value()) << ToString(project.error());
  EXPECT_EQ(project->databases.at("main").backfill.max_replica_lag, seconds(0));
  EXPECT_EQ(project->databases.at("main").backfill.nice_ratio, 3);
  EXPECT_EQ(project->databases.at("main").backfill.max_threads_running, 50);
  EXPECT_EQ(project->databases.at("main").backfill.max_history_list_length, 0);
  EXPECT_EQ(project->databases.at("main").backfill.max_log_backlog, 500);
}

TEST(LoadProject, SaysHowToMakeTheFile) {
  Workspace workspace(Files{});
  const auto project = Load();
  ASSERT_FALSE(project.has_value());
  EXPECT_EQ(ToString(project.error()),
            "interlock.toml: there is no such file\n"
            "  make one with `interlock init --url URL`  [IL-C01]");
  EXPECT_EQ(project.error().kind, ErrorKind::kConfig);
  EXPECT_FALSE(CheckAll("interlock.toml", "", TestEnv()).has_value());
}

TEST(LoadProject, RefusesALargeFile) {
  Workspace workspace(Files{{"interlock.toml", With("#" + std::string(1 << 20, 'x'))}});
  const auto project = Load();
  ASSERT_FALSE(project.has_value());
  EXPECT_EQ(project.error().message, "interlock.toml: the file is larger than 1 MiB");
}

TEST(CheckAll, NeedsNoSecrets) {
  Workspace workspace(Files{{"interlock.toml", kShopProject},
                            {"migrations/0001-create-users.toml",
                             WithDefaults({}).at("migrations/0001-create-users.toml")},
                            {"migrations/0002-split-name.toml", kSplitName},
                            {"services/web/uses.toml", kWebUses},
                            {"plans/2026-11-22-names.toml", kNamesPlan}});
  const auto errors = CheckAll("interlock.toml", std::nullopt, EnvOf({}));
  ASSERT_TRUE(errors.has_value());
  std::vector<std::string> texts;
  for (const auto& error : *errors) texts.push_back(ToString(error));
  EXPECT_THAT(texts, IsEmpty());
}

TEST(CheckAll, FindsEverything) {
  Workspace workspace(
      Files{{"interlock.toml", With("colour = 1\n[databases.main]\nurl = \"sqlite:a\"\n"
                                    "[apps.web]\ndatabases = [\"main\"]\nuses = \"uses.toml\"\n"
                                    "[environments.a]\nx = 1\n[environments.b]\ny = 1\n")},
            {"migrations/0001-a.toml", "[migration]\ndatabase = \"mani\"\nafter = [\"0002\"]\n"},
            {"migrations/0002-b.toml", "="},
            {"plans/p.toml", "[release]\nid = \"q\"\nmigrations = [\"0002-b\", \"0003\"]\n"},
            {"uses.toml", "[uses]\n\"0003\" = \"expanded..\"\n"}});
  const auto errors = CheckAll("interlock.toml", std::nullopt, TestEnv());
  ASSERT_TRUE(errors.has_value());
  std::vector<std::string> found;
  for (const auto& error : *errors)
    found.push_back(error.code + " " + error.message.substr(0, error.message.find(' ')));
  EXPECT_THAT(
      found, ElementsAre(
                 "IL-C04 interlock.toml:4:1:", "IL-C04 interlock.toml:11:1:",
                 "IL-C04 interlock.toml:13:1:", "IL-C05 migrations/0001-a.toml:1:1:",
                 "IL-C05 migrations/0001-a.toml:1:1:", "IL-C11 migrations/0001-a.toml:2:12:",
                 "IL-C11 migrations/0001-a.toml:3:10:", "IL-C02 migrations/0002-b.toml:1:1:",
                 "IL-C09 plans/p.toml:2:6:", "IL-C11 plans/p.toml:3:25:", "IL-C11 uses.toml:2:1:"));
}

}  // namespace
}  // namespace interlock::config_test
