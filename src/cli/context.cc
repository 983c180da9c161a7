#include "cli/context.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <random>

#include "base/text.h"
#include "cli/engines.h"
#include "cli/project_files.h"
#include "cli/signals.h"
#include "config/config.h"
#include "rollout/command_driver.h"
#include "runner/bulk_runner.h"

namespace interlock::cli {
namespace {

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown-host";
  return name.data();
}

std::string UserName() {
  const passwd* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : "uid-" + std::to_string(geteuid());
}

double Random() {
  static std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

std::string Ask(const std::string& question) {
  const InterruptibleQuestion interruptible;
  std::cerr << question << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer;
}

}  // namespace

Actor WhoActs(const std::string& named) {
  Actor actor;
  actor.host = HostName();
  actor.pid = static_cast<int>(getpid());
  actor.name = named.empty() ? FromEnvironment("INTERLOCK_ACTOR") : named;
  if (actor.name.empty()) actor.name = UserName() + "@" + actor.host;
  return actor;
}

Context::Context(const std::vector<Command>& commands, const Arguments& arguments, Output& output)
    : commands_(commands),
      arguments_(arguments),
      output_(output),
      progress_(output, SystemClock()),
      control_{SystemClock(), progress_,    WhoActs(arguments.Get("actor")),
               StopRequested, StopInsisted, Random} {}

Context::~Context() = default;

Result<std::map<std::string, std::string>> Context::Settings() const {
  std::map<std::string, std::string> settings;
  for (const auto& item : arguments_.All("set")) {
    const auto equals = item.find('=');
    if (equals == std::string::npos || equals == 0)
      return Fail(ErrorKind::kUsage, "IL-U04",
                  "--set " + item + ": a value has the form NAME=VALUE",
                  "as in  --set WEB_VERSION=1.42.0");
    settings[item.substr(0, equals)] = item.substr(equals + 1);
  }
  return settings;
}

Result<const Project*> Context::project() {
  if (project_ == nullptr) {
    IL_ASSIGN(const auto file, FindConfig(arguments_.Get("config")));
    const std::string environment = arguments_.Get("env", FromEnvironment("INTERLOCK_ENV"));
    IL_ASSIGN(auto project, ReadProject(file, environment));
    project_ = std::make_unique<Project>(std::move(project));
  }
  return project_.get();
}

Result<const std::vector<Migration>*> Context::migrations() {
  if (migrations_ == nullptr) {
    IL_ASSIGN(const auto* project, this->project());
    IL_ASSIGN(auto migrations, LoadMigrations(*project));
    migrations_ = std::make_unique<std::vector<Migration>>(std::move(migrations));
  }
  return migrations_.get();
}

Result<void> Context::MakeEngines() {
  if (!engines_.empty()) return {};
  IL_ASSIGN(const auto* project, this->project());
  for (const auto& [name, database] : project->databases) {
    IL_ASSIGN(engines_[name], MakeEngine(database, control_.clock));
  }
  if (!project->ledger_url.empty()) {
    IL_ASSIGN(home_,
              MakeHome(project->ledger_url, project->root, control_.actor.name, control_.clock));
  }
  return {};
}

std::unique_ptr<World> Context::MakeWorld(Ledger* home) {
  WorldParts parts{*project_, control_, {}, home, {}};
  for (const auto& [name, engine] : engines_) parts.engines[name] = engine.get();
  parts.make_driver = [this](const App& app,
                             std::function<std::vector<std::string>(const std::string&)> recorded) {
    CommandDriverOptions options;
    options.app = app.name;
    options.settings = app.deploy;
    options.root = project_->root;
    if (!project_->environment.empty())
      options.environment["INTERLOCK_ENV"] = project_->environment;
    // The claims must stay alive while a command of the user's runs.
    options.tick = [this] { return world_ == nullptr || world_->Beat().has_value(); };
    options.recorded_versions = std::move(recorded);
    return std::make_unique<CommandDriver>(std::move(options));
  };
  return std::make_unique<World>(std::move(parts));
}

Result<World*> Context::Open(const std::vector<std::string>& databases) {
  if (world_ != nullptr) return world_.get();
  IL_RETURN_IF_ERROR(MakeEngines());
  auto world = MakeWorld(home_.get());
  IL_RETURN_IF_ERROR(world->Open(databases));
  world_ = std::move(world);
  return world_.get();
}

Result<World*> Context::OpenForGate(const std::vector<std::string>& databases) {
  IL_RETURN_IF_ERROR(MakeEngines());
  const bool home_is_away = home_ != nullptr && !home_->Exists();
  if (home_is_away) home_ = NoLedger();
  return Open(databases);
}

Result<World*> Context::OpenToWrite() {
  IL_ASSIGN(auto* world, Open());
  IL_RETURN_IF_ERROR(world->Begin());
  return world;
}

Result<World*> Context::OpenToPlan() {
  IL_ASSIGN(auto* world, Open());
  if (world->begun()) IL_RETURN_IF_ERROR(world->Begin());
  return world;
}

Result<Engine*> Context::EngineOf(const std::string& database) {
  IL_RETURN_IF_ERROR(MakeEngines());
  const auto found = engines_.find(database);
  if (found != engines_.end()) return found->second.get();
  std::vector<std::string> names;
  for (const auto& [name, engine] : engines_) names.push_back(name);
  const std::string near = NearestName(database, names);
  return Fail(ErrorKind::kUsage, "IL-U06", "interlock.toml has no database " + database,
              near.empty() ? "one of: " + Join(names, ", ") : "did you mean " + near + "?");
}

Result<std::string> Context::OneDatabase() {
  IL_ASSIGN(const auto* project, this->project());
  if (arguments_.Has("database")) {
    IL_RETURN_IF_ERROR(EngineOf(arguments_.Get("database")));
    return arguments_.Get("database");
  }
  if (project->databases.size() == 1) return project->databases.begin()->first;
  std::vector<std::string> names;
  for (const auto& [name, database] : project->databases) names.push_back(name);
  return Fail(ErrorKind::kUsage, "IL-U06", "Which database?  There are several",
              "--database " + Join(names, " | "));
}

BulkWork& Context::bulk() {
  if (bulk_ == nullptr)
    bulk_ = std::make_unique<BulkRunner>(control_, [this](const std::string& release) {
      (void)world_->book().Refresh();  // what cannot be read now is asked again in a moment
      const auto* recorded = world_->book().Find(release);
      return recorded != nullptr && recorded->paused;
    });
  return *bulk_;
}

bool Context::CanAsk() const {
  return output_.people() && !arguments_.Has("no-input") && isatty(STDIN_FILENO) == 1 &&
         isatty(STDERR_FILENO) == 1;
}

Result<std::string> Context::Reason() {
  std::string reason = arguments_.Get("reason");
  if (reason.empty() && CanAsk()) reason = Ask("Why? (for the ledger) ");
  if (reason.find_first_not_of(" \t") == std::string::npos)
    return Fail(ErrorKind::kUsage, "IL-U05", "This needs a reason, which the ledger keeps",
                "--reason \"…\"");
  return reason;
}

Result<void> Context::ConfirmProtected(const std::string& what) {
  IL_ASSIGN(const auto* project, this->project());
  if (!project->is_protected || !CanAsk()) return {};
  const std::string answer = Ask(what + " in " + project->environment + ".  Go on? (yes/no) ");
  if (answer == "yes" || answer == "y") return {};
  return Fail(ErrorKind::kWaitsForPerson, "IL-U07", "Not begun: the answer was no",
              "--no-input does not ask");
}

}  // namespace interlock::cli
