// The gates: questions that must be answered yes before a step, as pure functions over evidence.
// Time is passed in; nothing is read or written here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "interlocking/census.h"
#include "interlocking/gate_result.h"
#include "interlocking/safety.h"
#include "model/evidence.h"

namespace interlock {

// --- schema

struct SchemaQuestion {
  SchemaStates expected;        ///< what the point needs, by migration
  SchemaStates observed;        ///< read back from the server
  Digest expected_fingerprint;  ///< as recorded; "" = do not compare
  Digest fingerprint;           ///< of the primary now; "" = could not be read
  std::vector<std::string> configured_replicas;
  std::vector<ReplicaState> replicas;  ///< as read; one missing counts as unreachable
};
/// IL-G05, IL-G06, IL-G07, IL-G08.
GateResult SchemaGate(const SchemaQuestion& question);

// --- uses

/// What is known of versions: application → version → uses (registered, or from the plan).
using UsesTable = std::map<std::string, std::map<std::string, Uses>>;

struct StartingVersion {
  std::string app;
  std::string version;
};

enum class CensusDemand {
  kComplete,   ///< contracts: a census that something hides from is undecidable
  kBestEffort  ///< expanding: such a census is reported, but does not close the gate
};

/// The safety rule for a step: every version that a census shows and every one about to start must
/// support the states after it.  Censuses: one an application of this database.
/// IL-G01, IL-G02, IL-G09, IL-G10.
GateResult UsesGate(std::span<const Census> censuses, std::span<const StartingVersion> starting,
                    const UsesTable& uses, const SchemaStates& after, CensusDemand demand);

/// The census' versions as the safety rule takes them.
std::vector<VersionUses> LiveVersions(const Census& census, const UsesTable& uses);

// --- census before contract

/// Whether a census can show that something is absent.  IL-G09, IL-G10.
GateResult JudgeCensus(const Census& census);

struct CensusQuestion {
  std::string app;
  std::vector<std::string> old_versions;  ///< do not support the state after the step
  std::optional<Timestamp> closed_at;     ///< when all of them were closed in the ledger
  Duration admission{0};
  Duration window{0};
  Timestamp now = 0;
};
/// The versions, known or seen, that do not support `after`; one without uses supports nothing.
std::vector<std::string> OldVersions(const std::string& app, const UsesTable& uses,
                                     const SchemaStates& after, std::span<const Census> censuses);

/// Opens when, after closing and the admission time, counts over the whole window showed no old
/// version, none further apart than a third of the window (or 1 s), the last one fresh (at most
/// that old, or 5 s; wait CensusPause between them).  `censuses` in order of time; only those of
/// this app count.  An old version seen, or an undecidable count, begins the window anew.  Without
/// old versions nothing needs to be closed. IL-G03, IL-G09, IL-G10, IL-G11, IL-G12.
GateResult CensusGate(const CensusQuestion& question, std::span<const Census> censuses);

/// How long to pause between two counts so that CensusGate can open: a sixth of the window, at
/// least 100 ms, at most 30 s when the window allows it.
Duration CensusPause(Duration window);

/// The last time a count showed one of the versions; the soak counts from it.
std::optional<Timestamp> LastSighting(std::span<const Census> censuses,
                                      const std::vector<std::string>& versions);

// --- soak

struct SoakQuestion {
  std::optional<Timestamp> last_sighting;  ///< of an old version, from the ledger
  std::optional<Timestamp> since;          ///< without any: when the last old version was closed
  Duration soak{0};
  Timestamp now = 0;
  std::int64_t old_writes_recorded = 0;  ///< the trigger's counter when it was last looked at
  std::int64_t old_writes = 0;           ///< now; any difference is a sighting at `now`
};
/// IL-G13, IL-G14 (then the caller records a sighting at `now` and the new counter).  With neither
/// time given the soak has not begun.
GateResult SoakGate(const SoakQuestion& question);

// --- persons

struct Approval {
  std::string actor;
  Timestamp at = 0;
  Digest digest;  ///< of all that will run
  std::string reason;
};
struct ApprovalQuestion {
  std::string release;
  int required = 0;
  std::vector<Approval> approvals;
  Digest digest;  ///< of what would run now
  std::string releaser;
  bool releaser_may_approve = false;
};
/// Counts different persons, the releaser not unless allowed.  Those for another digest are void.
/// IL-G15; IL-G16 when only void ones exist.
GateResult ApprovalGate(const ApprovalQuestion& question);

struct Attestation {
  std::string actor;
  Timestamp at = 0;
  std::string statement;
  Digest digest;
};
/// IL-G17; IL-G18 when only void ones exist.
GateResult AttestGate(const std::string& release, const std::string& statement,
                      std::span<const Attestation> attestations, const Digest& digest);

struct Pause {
  std::string actor;
  Timestamp at = 0;
  std::string reason;
};
/// IL-G19.
GateResult PauseGate(const std::string& release, const std::optional<Pause>& pause);

// --- applications nobody told us about

struct AppStanding {
  std::string app;
  bool rolled_out = false;  ///< it has a driver
  bool registered = false;  ///< at least one version is registered
};
/// IL-G20: such an application keeps every contract of its database closed.
GateResult ApplicationsGate(std::span<const AppStanding> apps_of_database);

}  // namespace interlock
