#include "config/wrong_files.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/digest.h"
#include "config/files.h"

namespace interlock::config_test {
namespace fs = std::filesystem;
namespace {

constexpr char kProject[] = R"(format = 1

[project]
name = "shop"

[databases.main]
url = "sqlite:shop.db"

[apps.web]
databases = ["main"]

[apps.web.deploy]
driver = "command"
list = ["list"]
start = ["start", "{instance}", "{version}"]
stop = ["stop", "{instance}"]
healthy = ["healthy", "{instance}"]

[apps.worker]
databases = ["main"]

[environments.prod]
protected = true
contract = { soak = "24h", quarantine = "1h", approvals = 2 }
)";

constexpr char kMigration[] = R"([migration]
database = "main"
summary = "Create users"

[[change]]
kind = "create_table"
table = "users"
columns = [{ name = "id", type = "bigint" }, { name = "name", type = "text" }]
)";

void ReadFlags(std::istringstream words, WrongCase* out) {
  std::string word;
  while (words >> word) {
    if (word == "load-only") {
      out->load_only = true;
    } else if (word.rfind("env=", 0) == 0) {
      out->environment = word.substr(4);
    } else if (word.rfind("set=", 0) == 0) {
      const size_t equals = word.find('=', 4);
      out->sets[word.substr(4, equals - 4)] = word.substr(equals + 1);
    } else {
      throw std::runtime_error("unknown flag " + word);
    }
  }
}

}  // namespace

std::vector<WrongCase> ReadCases(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<WrongCase> out;
  std::string* text = nullptr;
  std::string line;
  while (std::getline(in, line)) {
    if (line.rfind("=== ", 0) == 0) {
      std::istringstream words(line.substr(4));
      out.emplace_back();
      words >> out.back().name;
      ReadFlags(std::move(words), &out.back());
      text = nullptr;
    } else if (line.rfind("-- ", 0) == 0 && line.size() > 6) {
      const auto name = line.substr(3, line.size() - 6);
      text = name == "expected" ? &out.back().expected : &out.back().files[name];
    } else if (text != nullptr) {
      *text += line + "\n";
    }
  }
  for (auto& wrong : out)
    while (!wrong.expected.empty() && wrong.expected.back() == '\n') wrong.expected.pop_back();
  return out;
}

Workspace::Workspace(const Files& files)
    : folder_((fs::temp_directory_path() / ("interlock-config-" + RandomId())).string()),
      before_(fs::current_path().string()) {
  fs::create_directories(folder_);
  fs::current_path(folder_);
  for (const auto& [path, text] : files) {
    if (const auto parent = fs::path(path).parent_path(); !parent.empty())
      fs::create_directories(parent);
    std::ofstream(path) << text;
  }
}

Workspace::~Workspace() {
  fs::current_path(before_);
  fs::remove_all(folder_);
}

Env TestEnv() {
  return [](const std::string& name) -> std::optional<std::string> {
    if (name == "SECRET") return "hunter2";
    if (name == "DB") return "postgresql://shop:hunter2@db/shop";
    if (name == "SPACE") return " ";
    return std::nullopt;
  };
}

Files WithDefaults(Files files) {
  files.emplace("interlock.toml", kProject);
  files.emplace("migrations/0001-create-users.toml", kMigration);
  return files;
}

std::optional<Error> LoadEverything(const WrongCase& wrong) {
  const auto project = LoadProject("interlock.toml", wrong.environment, TestEnv());
  if (!project) return project.error();
  const auto migrations = LoadMigrations(*project);
  if (!migrations) return migrations.error();
  if (fs::is_directory("plans")) {
    const auto plans = config::TomlFiles("plans", "");
    for (const auto& path : *plans) {
      const auto plan = LoadPlan(path, *project, *migrations, TestEnv(), wrong.sets);
      if (!plan) return plan.error();
    }
  }
  for (const auto& [name, app] : project->apps) {
    if (app.uses_file.empty()) continue;
    const auto uses = LoadUses(app.uses_file);
    if (!uses) return uses.error();
  }
  return std::nullopt;
}

}  // namespace interlock::config_test
