#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "interlocking/gates.h"

namespace interlock {
namespace {

constexpr Duration kLeastFreshness = std::chrono::seconds(5);
constexpr Duration kLeastGap = std::chrono::seconds(1);

bool IsOld(const std::string& version, const std::vector<std::string>& old_versions) {
  return std::find(old_versions.begin(), old_versions.end(), version) != old_versions.end();
}

bool ShowsOld(const Census& census, const std::vector<std::string>& old_versions) {
  return std::any_of(census.versions.begin(), census.versions.end(), [&](const auto& entry) {
    return !entry.second.empty() && IsOld(entry.first, old_versions);
  });
}

// What `census forget` takes: the host a session comes from, or the instance's name.  Whatever runs
// beside the server, or behind a tunnel, comes from its loopback address: that names nobody.
std::string ForgetName(const Sighting& sighting) {
  const std::string& host = sighting.host;
  const bool loopback =
      host.starts_with("127.") || host == "::1" || host == "localhost" || host.empty();
  return sighting.is_session && !loopback ? host : sighting.name;
}

GateResult StillLives(const CensusQuestion& question, const Census& census) {
  std::vector<std::string> versions;
  std::vector<std::string> details;
  std::string forget;
  for (const auto& [version, sightings] : census.versions) {
    if (!IsOld(version, question.old_versions) || sightings.empty()) continue;
    versions.push_back(version);
    for (const auto& sighting : sightings) {
      details.push_back(fmt::format("{} {}: {}", question.app, version, Describe(sighting)));
      if (forget.empty()) forget = ForgetName(sighting);
    }
  }
  return ClosedGate(ErrorKind::kRefused, "IL-G03",
                    fmt::format("{} {} still {}", question.app, Join(versions, " and "),
                                versions.size() == 1 ? "lives" : "live"),
                    std::move(details),
                    fmt::format("clears when it ends. Host gone?  interlock census forget {} "
                                "--reason TEXT",
                                forget));
}

GateResult WindowRuns(const CensusQuestion& question, std::string headline, Timestamp until) {
  return ClosedGate(
      ErrorKind::kNotYet, "IL-G12", std::move(headline), {},
      fmt::format("clears in {} if none is seen",
                  HumanDuration(Duration(std::max<Timestamp>(0, until - question.now)))),
      until);
}

}  // namespace

GateResult JudgeCensus(const Census& census) {
  std::vector<GateResult> gates;
  if (!census.undecidable.empty())
    gates.push_back(
        ClosedGate(ErrorKind::kUndecidable, "IL-G09",
                   fmt::format("which versions of {} are alive can't be shown", census.app),
                   census.undecidable,
                   "a driver that lists every instance answers it; interlock doctor helps"));
  if (census.unknown_blocks && !census.unknown.empty()) {
    std::vector<std::string> details;
    for (const auto& session : census.unknown)
      details.push_back(fmt::format("session pid {} on {}, {}{}{}, calls itself '{}'", session.id,
                                    session.server, session.user, session.host.empty() ? "" : "@",
                                    session.host, session.name));
    gates.push_back(ClosedGate(ErrorKind::kUndecidable, "IL-G10",
                               "there are sessions that match no application", std::move(details),
                               "let it say who it is, or name it in `others` of the database"));
  }
  return CombineGates(gates);
}

GateResult CensusGate(const CensusQuestion& question, std::span<const Census> censuses) {
  Timestamp begin = 0;
  if (!question.old_versions.empty()) {
    if (!question.closed_at)
      return ClosedGate(
          ErrorKind::kNotYet, "IL-G11",
          fmt::format("{} {} {} not closed yet", question.app, Join(question.old_versions, " and "),
                      question.old_versions.size() == 1 ? "is" : "are"),
          {}, "closing is the first step of the contract: interlock contract");
    begin = *question.closed_at + question.admission.count();
    if (question.now < begin)
      return ClosedGate(
          ErrorKind::kNotYet, "IL-G11",
          fmt::format("a start of {} {} allowed before may still finish", question.app,
                      Join(question.old_versions, " or ")),
          {}, fmt::format("clears in {}", HumanDuration(Duration(begin - question.now))), begin);
  }
  std::vector<const Census*> counts;
  for (const auto& census : censuses)
    if (census.app == question.app && census.at >= begin && census.at <= question.now)
      counts.push_back(&census);

  const Timestamp until_if_none = question.now + question.window.count();
  if (counts.empty())
    return WindowRuns(question, fmt::format("{} has not been counted yet", question.app),
                      until_if_none);
  const Census& last = *counts.back();
  const auto freshness = std::max(question.window / 3, kLeastFreshness).count();
  if (ShowsOld(last, question.old_versions)) {
    std::vector<GateResult> both{JudgeCensus(last), StillLives(question, last)};
    return CombineGates(both);
  }
  if (auto hides = JudgeCensus(last); !hides.open) return hides;
  if (question.now - last.at > freshness)
    return WindowRuns(question,
                      fmt::format("{} was last counted {} ago", question.app,
                                  HumanDuration(Duration(question.now - last.at))),
                      until_if_none);
  // How far back the clean counts reach without a gap.
  const Duration longest_gap = std::max(question.window / 3, kLeastGap);
  std::optional<Duration> gap;
  Timestamp clean_since = last.at;
  for (size_t i = counts.size() - 1; i-- > 0;) {
    const Census& earlier = *counts[i];
    if (ShowsOld(earlier, question.old_versions) || !JudgeCensus(earlier).open) break;
    if (clean_since - earlier.at > longest_gap.count()) {
      gap = Duration(clean_since - earlier.at);
      break;
    }
    clean_since = earlier.at;
  }
  const Timestamp until = clean_since + question.window.count();
  if (last.at < until) {
    auto gate = WindowRuns(
        question,
        fmt::format("no old version of {} seen for {}, of {}", question.app,
                    HumanDuration(Duration(last.at - clean_since)), HumanDuration(question.window)),
        until);
    if (gap)
      gate.details.push_back(fmt::format(
          "two counts lie {} apart, more than the {} that a window of {} allows: it "
          "began anew; a server this slow needs a longer census.window",
          HumanDuration(*gap), HumanDuration(longest_gap), HumanDuration(question.window)));
    return gate;
  }
  return OpenGate(fmt::format("no old version of {} seen for {}", question.app,
                              HumanDuration(question.window)));
}

Duration CensusPause(Duration window) {
  return std::clamp<Duration>(window / 6, std::chrono::milliseconds(100), std::chrono::seconds(30));
}

std::vector<std::string> OldVersions(const std::string& app, const UsesTable& uses,
                                     const SchemaStates& after, std::span<const Census> censuses) {
  std::map<std::string, VersionUses> versions;
  if (const auto known = uses.find(app); known != uses.end())
    for (const auto& [version, supports] : known->second)
      versions[version] = VersionUses{app, version, supports, ""};
  for (const auto& census : censuses)
    if (census.app == app)
      for (auto& version : LiveVersions(census, uses)) versions.emplace(version.version, version);
  std::vector<std::string> old;
  for (const auto& [name, version] : versions)
    if (!SafetyRule({&version, 1}, after).open) old.push_back(name);
  return old;
}

std::optional<Timestamp> LastSighting(std::span<const Census> censuses,
                                      const std::vector<std::string>& versions) {
  std::optional<Timestamp> last;
  for (const auto& census : censuses)
    if (ShowsOld(census, versions) && (!last || census.at > *last)) last = census.at;
  return last;
}

}  // namespace interlock
