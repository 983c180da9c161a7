#include "interlocking/gates.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace interlock {
namespace {

// The first twelve digits tell fingerprints apart for people.
std::string Short(const Digest& digest) { return digest.substr(0, 12); }

GateResult JudgeReplicas(const SchemaQuestion& question) {
  std::vector<std::string> hidden;
  std::vector<std::string> behind;
  for (const auto& name : question.configured_replicas) {
    const auto found = std::find_if(question.replicas.begin(), question.replicas.end(),
                                    [&](const auto& replica) { return replica.name == name; });
    if (found == question.replicas.end() || !found->reachable) {
      hidden.push_back(fmt::format("replica {} can't be reached", name));
    } else if (found->fingerprint.empty()) {
      hidden.push_back(fmt::format("the schema of replica {} can't be read", name));
    } else if (found->fingerprint != question.fingerprint) {
      behind.push_back(fmt::format("replica {} shows {}, the primary {}; lag {}", name,
                                   Short(found->fingerprint), Short(question.fingerprint),
                                   found->lag ? HumanDuration(*found->lag) : "unknown"));
    }
  }
  std::vector<GateResult> gates;
  if (!hidden.empty())
    gates.push_back(ClosedGate(ErrorKind::kUndecidable, "IL-G07",
                               "what schema a replica has can't be shown", std::move(hidden),
                               "bring the replica back, or take it out of `replicas`"));
  if (!behind.empty())
    gates.push_back(
        ClosedGate(ErrorKind::kNotYet, "IL-G08", "a replica does not show the same schema yet",
                   std::move(behind),
                   "clears when it has replayed the change; where changes of the schema "
                   "are not replicated, carry them out there"));
  return CombineGates(gates);
}

std::string AtMinute(Timestamp at) { return FormatTimestamp(at).substr(0, 16) + "Z"; }

}  // namespace

GateResult SchemaGate(const SchemaQuestion& question) {
  std::vector<GateResult> gates;
  if (question.fingerprint.empty())
    gates.push_back(ClosedGate(ErrorKind::kUndecidable, "IL-G07", "the schema can't be read", {},
                               "interlock doctor shows which privilege is missing"));
  else if (!question.expected_fingerprint.empty() &&
           question.expected_fingerprint != question.fingerprint)
    gates.push_back(
        ClosedGate(ErrorKind::kDrift, "IL-G05", "the schema is not as recorded",
                   {fmt::format("recorded {}, found {}", Short(question.expected_fingerprint),
                                Short(question.fingerprint))},
                   "interlock drift shows the difference; interlock drift accept "
                   "--reason TEXT takes it as it is"));
  std::vector<std::string> unseen;
  std::vector<std::string> elsewhere;
  for (const auto& [id, expected] : question.expected) {
    const auto observed = question.observed.find(id);
    if (observed == question.observed.end())
      unseen.push_back(fmt::format("in which state {} is can't be told", id));
    else if (observed->second != expected)
      elsewhere.push_back(
          fmt::format("{} is {}, not {}", id, ToString(observed->second), ToString(expected)));
  }
  if (!unseen.empty())
    gates.push_back(ClosedGate(ErrorKind::kUndecidable, "IL-G07",
                               "a migration's state can't be read", std::move(unseen),
                               "interlock status shows what was seen"));
  if (!elsewhere.empty())
    gates.push_back(ClosedGate(ErrorKind::kRefused, "IL-G06",
                               "the schema is not in the state that is needed here",
                               std::move(elsewhere), "interlock status shows what is left to do"));
  if (!question.fingerprint.empty()) gates.push_back(JudgeReplicas(question));
  return CombineGates(gates);
}

std::vector<VersionUses> LiveVersions(const Census& census, const UsesTable& uses) {
  std::vector<VersionUses> live;
  const auto app = uses.find(census.app);
  for (const auto& [version, sightings] : census.versions) {
    VersionUses entry{census.app, version, std::nullopt, "alive"};
    if (!sightings.empty()) entry.seen = Describe(sightings.front());
    if (sightings.size() > 1) entry.seen += fmt::format(" and {} more", sightings.size() - 1);
    if (app != uses.end())
      if (const auto known = app->second.find(version); known != app->second.end())
        entry.uses = known->second;
    live.push_back(std::move(entry));
  }
  return live;
}

GateResult UsesGate(std::span<const Census> censuses, std::span<const StartingVersion> starting,
                    const UsesTable& uses, const SchemaStates& after, CensusDemand demand) {
  std::vector<VersionUses> versions;
  std::vector<GateResult> gates;
  std::vector<std::string> not_seen;
  for (const auto& census : censuses) {
    for (auto& version : LiveVersions(census, uses)) versions.push_back(std::move(version));
    auto hides = JudgeCensus(census);
    if (hides.open) continue;
    if (demand == CensusDemand::kComplete)
      gates.push_back(std::move(hides));
    else
      not_seen.insert(not_seen.end(), hides.details.begin(), hides.details.end());
  }
  for (const auto& start : starting) {
    VersionUses entry{start.app, start.version, std::nullopt, "about to start"};
    if (const auto app = uses.find(start.app); app != uses.end())
      if (const auto known = app->second.find(start.version); known != app->second.end())
        entry.uses = known->second;
    versions.push_back(std::move(entry));
  }
  gates.push_back(SafetyRule(versions, after));
  auto combined = CombineGates(gates);
  combined.details.insert(combined.details.end(), not_seen.begin(), not_seen.end());
  return combined;
}

GateResult SoakGate(const SoakQuestion& question) {
  if (question.old_writes != question.old_writes_recorded) {
    const bool fewer = question.old_writes < question.old_writes_recorded;
    return ClosedGate(
        ErrorKind::kNotYet, "IL-G14",
        fewer ? "the count of writes through the old shape began anew: what came before is unknown"
              : "something still writes through the old shape",
        {fmt::format("{} writes, {} when last looked", WithCommas(question.old_writes),
                     WithCommas(question.old_writes_recorded))},
        fmt::format("the soak of {} begins again; find the writer: interlock census",
                    HumanDuration(question.soak)),
        question.now + question.soak.count());
  }
  const auto begin = std::max(question.last_sighting, question.since);
  if (!begin)
    return ClosedGate(ErrorKind::kNotYet, "IL-G13", "the soak has not begun", {},
                      "it begins when the old version is closed");
  const Timestamp end = *begin + question.soak.count();
  if (question.now >= end) return OpenGate("soaked for " + HumanDuration(question.soak));
  return ClosedGate(ErrorKind::kNotYet, "IL-G13",
                    fmt::format("the soak of {} is not over", HumanDuration(question.soak)),
                    {question.last_sighting == begin
                         ? fmt::format("an old version was last seen {}", FormatTimestamp(*begin))
                         : fmt::format("it began {}", FormatTimestamp(*begin))},
                    fmt::format("clears in {}", HumanDuration(Duration(end - question.now))), end);
}

GateResult ApprovalGate(const ApprovalQuestion& question) {
  if (question.required <= 0) return OpenGate();
  std::set<std::string> persons;
  std::vector<std::string> void_ones;
  std::vector<std::string> details;
  for (const auto& approval : question.approvals) {
    if (approval.actor.empty()) continue;
    if (approval.digest != question.digest || question.digest.empty()) {
      void_ones.push_back(fmt::format("{}'s of {} is void: it was given for {}, now it is {}",
                                      approval.actor, AtMinute(approval.at), Short(approval.digest),
                                      Short(question.digest)));
    } else if (approval.actor == question.releaser && !question.releaser_may_approve) {
      details.push_back(fmt::format("{} releases it, and so can't approve it", approval.actor));
    } else {
      persons.insert(approval.actor);
    }
  }
  const std::vector<std::string> given(persons.begin(), persons.end());
  if (static_cast<int>(persons.size()) >= question.required)
    return OpenGate("approved by " + Join(given, ", "));
  if (!given.empty()) details.push_back("approved by " + Join(given, ", "));
  const bool only_void = persons.empty() && !void_ones.empty();
  details.insert(details.end(), void_ones.begin(), void_ones.end());
  const auto clears = fmt::format("interlock approve {}", question.release);
  if (only_void)
    return ClosedGate(ErrorKind::kStale, "IL-G16",
                      "the approvals are void: what will run has changed", std::move(details),
                      clears);
  return ClosedGate(ErrorKind::kWaitsForPerson, "IL-G15",
                    fmt::format("{} of {} approvals given", given.size(), question.required),
                    std::move(details), clears);
}

GateResult AttestGate(const std::string& release, const std::string& statement,
                      std::span<const Attestation> attestations, const Digest& digest) {
  std::vector<std::string> void_ones;
  for (const auto& attestation : attestations) {
    if (attestation.statement != statement || attestation.actor.empty()) continue;
    if (attestation.digest == digest && !digest.empty())
      return OpenGate(fmt::format("{} attests: {}", attestation.actor, statement));
    void_ones.push_back(fmt::format("{}'s of {} is void: what will run has changed",
                                    attestation.actor, AtMinute(attestation.at)));
  }
  const auto clears = fmt::format("interlock attest {}", release);
  if (!void_ones.empty())
    return ClosedGate(ErrorKind::kStale, "IL-G18", "an attestation is void: " + statement,
                      std::move(void_ones), clears);
  return ClosedGate(ErrorKind::kWaitsForPerson, "IL-G17", "nobody has attested: " + statement, {},
                    clears);
}

GateResult PauseGate(const std::string& release, const std::optional<Pause>& pause) {
  if (!pause) return OpenGate();
  std::vector<std::string> details;
  if (!pause->reason.empty()) details.push_back("reason: " + pause->reason);
  return ClosedGate(ErrorKind::kWaitsForPerson, "IL-G19",
                    fmt::format("{} paused {} at {}", pause->actor, release, AtMinute(pause->at)),
                    std::move(details), "interlock resume " + release);
}

GateResult ApplicationsGate(std::span<const AppStanding> apps_of_database) {
  std::vector<std::string> details;
  std::string first;
  for (const auto& app : apps_of_database) {
    if (app.rolled_out || app.registered) continue;
    if (first.empty()) first = app.app;
    details.push_back(
        fmt::format("{}: no driver rolls it out, no version of it is registered", app.app));
  }
  if (details.empty()) return OpenGate();
  return ClosedGate(
      ErrorKind::kRefused, "IL-G20", "nothing is known of an application that uses this database",
      std::move(details), fmt::format("interlock app register {} VERSION --uses FILE", first));
}

}  // namespace interlock
