#include "rollout/command_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <sstream>

#include "base/text.h"

namespace interlock {
namespace {

constexpr size_t kLastLines = 5;

// What a program said last, errors before output; without blank lines.
std::vector<std::string> LastLines(const ProcessResult& result, size_t count) {
  std::vector<std::string> lines;
  for (const auto* text : {&result.output, &result.errors})
    for (auto& line : Split(*text, '\n'))
      if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(std::move(line));
  if (lines.size() > count)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

std::string Fill(const std::string& text, const std::string& app, const std::string& instance,
                 const std::string& version) {
  const std::array<std::pair<std::string_view, const std::string*>, 3> values{
      {{"{app}", &app}, {"{instance}", &instance}, {"{version}", &version}}};
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto rest = std::string_view(text).substr(at);
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& value) {
      return rest.starts_with(value.first);
    });
    if (found == values.end()) {
      out += text[at++];
    } else {
      out += *found->second;
      at += found->first.size();
    }
  }
  return out;
}

std::string HowItEnded(const ProcessResult& result) {
  return result.signal != 0 ? fmt::format("was ended by signal {}", result.signal)
                            : fmt::format("failed with exit code {}", result.exit_code);
}

}  // namespace

std::vector<std::string> FillCommand(const std::vector<std::string>& command,
                                     const std::string& root, const std::string& app,
                                     const std::string& instance, const std::string& version) {
  std::vector<std::string> filled;
  filled.reserve(command.size());
  for (const auto& argument : command) filled.push_back(Fill(argument, app, instance, version));
  if (!filled.empty() && filled[0].find('/') != std::string::npos && filled[0][0] != '/')
    filled[0] = (std::filesystem::absolute(root) / filled[0]).lexically_normal().string();
  return filled;
}

Result<std::vector<Instance>> ParseInstanceList(const std::string& app, const std::string& text) {
  std::vector<Instance> instances;
  std::set<std::string> names;
  bool none = false;
  bool idle = false;
  auto wrong = [&](const std::string& line, const char* why) {
    return Fail(ErrorKind::kUndecidable, "IL-A04",
                fmt::format("the list of {} can't be understood: '{}' {}", app, line, why),
                "`list` prints a line INSTANCE VERSION for each instance, or - alone for none");
  };
  for (const auto& line : Split(text, '\n')) {
    std::istringstream words(line);
    std::string name;
    std::string version;
    std::string more;
    words >> name >> version >> more;
    if (name.empty()) continue;
    if (name == "-" && version.empty()) {
      none = true;
      continue;
    }
    if (version.empty()) return wrong(line, "names no version");
    if (!more.empty()) return wrong(line, "has more than two words");
    if (version == "-") {  // it is there, and nothing runs on it
      idle = true;
      continue;
    }
    if (!names.insert(name).second) return wrong(line, "names an instance a second time");
    instances.push_back({app, name, version});
  }
  if (none && !instances.empty()) return wrong("-", "stands beside instances");
  if (!none && !idle && instances.empty()) return wrong(text.substr(0, 80), "names nothing, nor -");
  return instances;
}

CommandDriver::CommandDriver(CommandDriverOptions options) : options_(std::move(options)) {}

Duration CommandDriver::timeout() const { return options_.settings.timeout; }

bool CommandDriver::CanDrain() const { return !options_.settings.drain.empty(); }

std::vector<std::string> CommandDriver::FixedInstances() const {
  return options_.settings.list.empty() ? options_.settings.instances : std::vector<std::string>{};
}

Result<ProcessResult> CommandDriver::Run(const std::string& verb,
                                         const std::vector<std::string>& command,
                                         const std::string& instance, const std::string& version) {
  if (command.empty())
    return Fail(ErrorKind::kConfig, "IL-A06",
                fmt::format("apps.{}.deploy.{} is not configured", options_.app, verb));
  ProcessRequest request;
  request.arguments = FillCommand(command, options_.root, options_.app, instance, version);
  request.working_directory = options_.root;
  request.environment = options_.environment;
  request.environment.insert({{"INTERLOCK_APP", options_.app},
                              {"INTERLOCK_INSTANCE", instance},
                              {"INTERLOCK_VERSION", version}});
  request.timeout = options_.settings.timeout;
  request.tick = options_.tick;
  IL_ASSIGN(auto result, RunProcess(request));
  const auto what = instance.empty() ? fmt::format("{} of {}", verb, options_.app)
                                     : fmt::format("{} of {}", verb, instance);
  if (result.end == ProcessEnd::kTimedOut)
    return Fail(ErrorKind::kTransient, "IL-A03",
                fmt::format("{} took longer than {}", what, FormatDuration(request.timeout)),
                fmt::format("apps.{}.deploy.timeout says how long it may take", options_.app),
                LastLines(result, kLastLines));
  if (result.end == ProcessEnd::kAborted)
    return Fail(ErrorKind::kStopped, "IL-A05", fmt::format("{} was ended half-way", what),
                "run the same command again: it looks first", LastLines(result, kLastLines));
  return result;
}

Result<void> CommandDriver::RunToSuccess(const std::string& verb,
                                         const std::vector<std::string>& command,
                                         const std::string& instance, const std::string& version) {
  IL_ASSIGN(const auto result, Run(verb, command, instance, version));
  if (result.end == ProcessEnd::kExited && result.exit_code == 0) return {};
  return Fail(ErrorKind::kFailed, "IL-A02",
              fmt::format("{} of {} {}", verb, instance, HowItEnded(result)), "",
              LastLines(result, kLastLines));
}

Result<std::vector<Instance>> CommandDriver::List() {
  if (options_.settings.list.empty()) return ListFixed();
  IL_ASSIGN(const auto result, Run("list", options_.settings.list, "", ""));
  if (result.end != ProcessEnd::kExited || result.exit_code != 0)
    return Fail(ErrorKind::kFailed, "IL-A02",
                fmt::format("list of {} {}", options_.app, HowItEnded(result)), "",
                LastLines(result, kLastLines));
  if (result.truncated)
    return Fail(ErrorKind::kUndecidable, "IL-A04",
                fmt::format("the list of {} is too long to be read whole", options_.app));
  return ParseInstanceList(options_.app, result.output);
}

Result<std::vector<Instance>> CommandDriver::ListFixed() {
  if (options_.settings.healthy.empty())
    return Fail(ErrorKind::kUndecidable, "IL-A04",
                fmt::format("which versions {} runs can't be told: neither `list` nor `healthy`",
                            options_.app),
                fmt::format("add apps.{}.deploy.list", options_.app));
  std::vector<Instance> instances;
  for (const auto& name : options_.settings.instances) {
    std::vector<std::string> candidates;
    if (const auto started = started_.find(name); started != started_.end())
      candidates.push_back(started->second);
    if (options_.recorded_versions)
      for (auto& version : options_.recorded_versions(name))
        if (std::find(candidates.begin(), candidates.end(), version) == candidates.end())
          candidates.push_back(std::move(version));
    Instance instance{options_.app, name, ""};
    for (const auto& version : candidates) {
      const auto health = Healthy(name, version);
      if (!health && health.error().kind != ErrorKind::kTransient) return Fail(health.error());
      if (!health || !health->healthy) continue;
      instance.version = version;
      break;
    }
    instances.push_back(std::move(instance));
  }
  return instances;
}

Result<void> CommandDriver::Start(const std::string& instance, const std::string& version) {
  started_[instance] = version;
  return RunToSuccess("start", options_.settings.start, instance, version);
}

Result<void> CommandDriver::Stop(const std::string& instance) {
  return RunToSuccess("stop", options_.settings.stop, instance, "");
}

Result<Health> CommandDriver::Healthy(const std::string& instance, const std::string& version) {
  if (options_.settings.healthy.empty()) {
    IL_ASSIGN(const auto listed, List());
    for (const auto& other : listed)
      if (other.name == instance)
        return Health{other.version == version, "it runs " + other.version};
    return Health{false, "it is not in the list"};
  }
  IL_ASSIGN(const auto result, Run("healthy", options_.settings.healthy, instance, version));
  if (result.end == ProcessEnd::kExited && result.exit_code == 0) return Health{true, ""};
  const auto last = LastLines(result, 1);
  return Health{false, last.empty() ? "the check " + HowItEnded(result) : last.front()};
}

Result<void> CommandDriver::Drain(const std::string& instance) {
  if (options_.settings.drain.empty()) return {};
  return RunToSuccess("drain", options_.settings.drain, instance, "");
}

Result<void> CommandDriver::Undrain(const std::string& instance) {
  if (options_.settings.undrain.empty()) return {};
  return RunToSuccess("undrain", options_.settings.undrain, instance, "");
}

}  // namespace interlock
