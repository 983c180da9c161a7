#include "cli/project_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "config/config.h"

namespace interlock::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigName = "interlock.toml";

}  // namespace

Result<std::string> FindConfig(const std::string& named) {
  if (!named.empty()) return named;
  std::error_code error;
  const fs::path start = fs::current_path(error);
  for (fs::path folder = start; !folder.empty(); folder = folder.parent_path()) {
    const fs::path file = folder / kConfigName;
    if (fs::exists(file, error)) return folder == start ? std::string(kConfigName) : file.string();
    if (folder == folder.root_path()) break;
  }
  return Fail(ErrorKind::kConfig, "IL-U10",
              "There is no interlock.toml in " + start.string() + " or in a folder above",
              "interlock init --url URL  writes one; --config FILE names another");
}

Result<Project> ReadProject(const std::string& file, const std::string& environment) {
  return LoadProject(file, environment.empty() ? std::nullopt : std::optional(environment),
                     ProcessEnv());
}

Result<Plan> ReadPlan(const std::string& file, const Project& project,
                      const std::vector<Migration>& migrations, const Settings& settings) {
  return LoadPlan(file, project, migrations, ProcessEnv(), settings);
}

std::string UsesFileOf(const Project& project, const App& app) {
  if (app.uses_file.empty()) return {};
  const fs::path file(app.uses_file);
  return file.is_absolute() ? app.uses_file : (fs::path(project.root) / file).string();
}

Result<Uses> ReadUses(const std::string& file, const std::vector<Migration>& migrations) {
  Uses uses;
  if (!file.empty()) {
    IL_ASSIGN(uses, LoadUses(file));
  }
  for (const auto& migration : migrations) uses.contains.push_back(migration.id);
  return uses;
}

std::map<std::string, std::string> PlanFiles(const Project& project) {
  std::map<std::string, std::string> plans;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(project.root) / "plans", error))
    if (entry.path().extension() == ".toml")
      plans[entry.path().stem().string()] = entry.path().string();
  return plans;
}

Result<std::string> FindPlan(const Project& project, const std::string& named) {
  std::error_code error;
  if (fs::is_regular_file(named, error)) return named;
  const auto plans = PlanFiles(project);
  if (const auto found = plans.find(named); found != plans.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [id, file] : plans) names.push_back(id);
  const std::string near = NearestName(named, names);
  return Fail(ErrorKind::kUsage, "IL-U11",
              "There is no file " + named + " and no plan of that name in " +
                  (fs::path(project.root) / "plans").string(),
              !near.empty()   ? "did you mean " + near + "?"
              : names.empty() ? "a plan is a file plans/ID.toml"
                              : "there is: " + Join(names, ", "));
}

Result<std::string> ReadText(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || in.bad())
    return Fail(ErrorKind::kConfig, "IL-U16", file + " cannot be read",
                "look whether it is there and readable");
  return text.str();
}

Result<void> WriteText(const std::string& file, const std::string& text, unsigned mode) {
  const std::string part = file + ".part-" + std::to_string(getpid());
  auto wrong = [&](const char* what) {
    const std::string why = std::strerror(errno);
    unlink(part.c_str());
    return Fail(ErrorKind::kConfig, "IL-U17", file + " cannot be written: " + what + ": " + why,
                "look at the folder's permissions and free space");
  };
  const int descriptor = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return wrong("open");
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = write(descriptor, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int saved = errno;
      close(descriptor);
      errno = saved;
      return wrong("write");
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
  // What the umask took away is not missed; what it left is not more than asked for.
  if (fsync(descriptor) != 0 || close(descriptor) != 0) return wrong("sync");
  if (rename(part.c_str(), file.c_str()) != 0) return wrong("rename");
  return {};
}

Result<void> RequireApp(const Project& project, const std::string& app) {
  if (project.apps.contains(app)) return {};
  std::vector<std::string> names;
  for (const auto& [name, known] : project.apps) names.push_back(name);
  const std::string near = NearestName(app, names);
  return Fail(ErrorKind::kUsage, "IL-U06", "interlock.toml has no application " + app,
              !near.empty()   ? "did you mean " + near + "?"
              : names.empty() ? "it has none yet: add a table [apps." + app + "]"
                              : "it has: " + Join(names, ", "));
}

}  // namespace interlock::cli
