#include "interlocking/census.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace interlock {
namespace {

constexpr std::string_view kPlaceholder = "{version}";

struct SessionPattern {
  std::string prefix;
  std::string suffix;
};

std::optional<SessionPattern> Parse(const std::string& pattern) {
  const size_t at = pattern.find(kPlaceholder);
  if (at == std::string::npos) return std::nullopt;
  return SessionPattern{pattern.substr(0, at), pattern.substr(at + kPlaceholder.size())};
}

// Interlock's own sessions, unless the application calls itself so.
bool IsOurs(const std::string& name, const std::string& pattern) {
  if (pattern.starts_with("interlock") && !VersionsOfSession(name, pattern, {}).empty())
    return false;
  return name == "interlock" || name.starts_with("interlock ") || name.starts_with("interlock/");
}

bool MatchesAny(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return MatchesPattern(name, pattern); });
}

size_t LiteralBytes(const std::string& pattern) {
  return pattern.size() - std::min(pattern.size(), kPlaceholder.size());
}

// "web-{version}" also matches what "web-admin-{version}" names: the pattern that says more wins,
// unless this application knows the version.
bool BelongsToOther(const CensusInput& input, const DbSession& session,
                    const std::vector<std::string>& versions) {
  for (const auto& [app, pattern] : input.other_apps) {
    if (app == input.app || VersionsOfSession(session.name, pattern, {}).empty()) continue;
    if (versions.empty()) return true;
    const bool known = std::any_of(versions.begin(), versions.end(), [&](const auto& version) {
      return std::find(input.known_versions.begin(), input.known_versions.end(), version) !=
             input.known_versions.end();
    });
    if (!known && LiteralBytes(pattern) > LiteralBytes(input.settings.sessions)) return true;
  }
  return false;
}

// A person's word covers the time up to when it was given.
bool IsForgotten(const CensusInput& input, const DbSession& session) {
  return std::any_of(input.forgotten.begin(), input.forgotten.end(), [&](const auto& forgotten) {
    const bool named = forgotten.name == session.host || forgotten.name == session.name;
    return named && !forgotten.name.empty() && input.at - session.idle.count() <= forgotten.at;
  });
}

bool IsForgotten(const CensusInput& input, const Instance& instance) {
  return std::any_of(input.forgotten.begin(), input.forgotten.end(), [&](const auto& forgotten) {
    const auto& versions = forgotten.versions;
    return forgotten.name == instance.name &&
           std::find(versions.begin(), versions.end(), instance.version) != versions.end();
  });
}

Sighting FromSession(const DbSession& session) {
  return Sighting{true,         session.name, session.id,    session.server,
                  session.user, session.host, session.state, session.idle};
}

void CountInstances(const CensusInput& input, Census& census) {
  for (const auto& instance : *input.instances) {
    if (!instance.app.empty() && instance.app != input.app) continue;
    if (IsForgotten(input, instance)) {
      census.forgotten.push_back("instance " + instance.name);
      continue;
    }
    if (instance.version.empty()) {
      census.undecidable.push_back(fmt::format("which version instance {} of {} runs can't be told",
                                               instance.name, input.app));
      continue;
    }
    Sighting sighting;
    sighting.name = instance.name;
    census.versions[instance.version].push_back(std::move(sighting));
  }
}

// One that calls itself like no application goes by its account, where the server has one a
// version.
void GoByAccount(const CensusInput& input, const std::vector<std::string>& known,
                 DbSession& session) {
  const auto counts = [&](const std::string& name) {
    const auto fits = [&](const auto& other) {
      return !VersionsOfSession(name, other.second, known).empty();
    };
    return !VersionsOfSession(name, input.settings.sessions, known).empty() ||
           std::any_of(input.other_apps.begin(), input.other_apps.end(), fits) ||
           MatchesAny(name, input.others);
  };
  if (session.account.empty() || counts(session.name)) return;
  if (counts(session.account)) session.name = session.account;
}

void CountSession(const CensusInput& input, const DbSession& session,
                  const std::vector<std::string>& known, Census& census) {
  if (IsOurs(session.name, input.settings.sessions)) return;
  const auto versions = VersionsOfSession(session.name, input.settings.sessions, known);
  if (BelongsToOther(input, session, versions)) return;
  if (versions.empty() && MatchesAny(session.name, input.others)) return;
  if (IsForgotten(input, session)) {
    census.forgotten.push_back(Describe(FromSession(session)));
    return;
  }
  if (versions.empty()) {
    if (!session.elsewhere) census.unknown.push_back(session);
    return;
  }
  for (const auto& version : versions) census.versions[version].push_back(FromSession(session));
  if (versions.size() > 1)
    census.undecidable.push_back(fmt::format(
        "session pid {} on {} calls itself '{}', cut at {} bytes: it may be {}", session.id,
        session.server, session.name, kSessionNameBytes, Join(versions, " or ")));
}

}  // namespace

std::vector<std::string> VersionsOfSession(const std::string& name, const std::string& pattern,
                                           const std::vector<std::string>& known) {
  const auto parsed = Parse(pattern);
  if (!parsed) return {};
  const auto& [prefix, suffix] = *parsed;
  std::set<std::string> versions;
  const bool whole = name.size() > prefix.size() + suffix.size() && name.starts_with(prefix) &&
                     name.ends_with(suffix);
  const auto literal =
      whole ? name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()) : "";
  if (name.size() < kSessionNameBytes) {
    if (whole) versions.insert(literal);
    return {versions.begin(), versions.end()};
  }
  for (const auto& version : known)
    if (std::string(prefix).append(version).append(suffix).substr(0, kSessionNameBytes) == name)
      versions.insert(version);
  if (versions.empty()) {
    // Nobody we know of: whole by chance, or cut within the version, the suffix or the prefix.
    if (name.starts_with(prefix) && name.size() > prefix.size())
      versions.insert((whole && !suffix.empty() ? literal : name.substr(prefix.size())) + "…");
    else if (prefix.starts_with(name))
      versions.insert("…");
  }
  return {versions.begin(), versions.end()};
}

Census TakeCensus(const CensusInput& input) {
  Census census;
  census.app = input.app;
  census.at = input.at;
  census.unknown_blocks = input.settings.unknown == UnknownSessions::kBlock;
  const bool listed = input.has_driver && input.instances.has_value();
  if (listed) CountInstances(input, census);
  if (input.has_driver && !listed)
    census.undecidable.push_back(
        fmt::format("the driver of {} could not be asked: {}", input.app, input.why_no_instances));

  auto& hidden = listed ? census.notes : census.undecidable;
  auto known = input.known_versions;
  for (const auto& [version, sightings] : census.versions) known.push_back(version);
  const bool told_apart = Parse(input.settings.sessions).has_value();
  if (!told_apart)
    hidden.push_back(
        fmt::format("the sessions of {} don't say their version: census.sessions has no {}",
                    input.app, kPlaceholder));
  if (input.servers.empty())
    hidden.push_back(fmt::format("no server was asked for the sessions of {}", input.app));
  for (const auto& server : input.servers) {
    if (!server.reachable) {
      census.undecidable.push_back(
          fmt::format("{} can't be reached: {}", server.server, server.why_unreachable));
      continue;
    }
    if (!server.list.complete)
      hidden.push_back(fmt::format("{} does not show all sessions: {}", server.server,
                                   server.list.why_incomplete));
    if (!told_apart) continue;
    for (auto session : server.list.sessions) {
      if (session.server.empty()) session.server = server.server;
      if (!IsOurs(session.name, input.settings.sessions)) GoByAccount(input, known, session);
      CountSession(input, session, known, census);
    }
  }
  for (const auto& replica : input.unconfigured_replicas)
    hidden.push_back(fmt::format(
        "replica {} is attached but not configured: its sessions are not seen", replica));
  return census;
}

std::string Describe(const Sighting& sighting) {
  if (!sighting.is_session) return "instance " + sighting.name;
  auto who = sighting.user;
  if (!sighting.host.empty()) who += (who.empty() ? "" : "@") + sighting.host;
  auto text = fmt::format("session pid {} on {}", sighting.pid, sighting.server);
  if (!who.empty()) text += ", " + who;
  if (sighting.idle > Duration::zero() && sighting.state != "active")
    text += fmt::format(", {} {}", sighting.state.empty() ? "idle" : sighting.state,
                        HumanDuration(sighting.idle));
  return text;
}

}  // namespace interlock
