// The release chain folded: what each release is, who agreed to it, how far its rollouts went.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/entry.h"
#include "model/release.h"

namespace interlock {

struct Agreement {
  std::string actor;
  std::string statement;  ///< of an attestation; "" for an approval
  Digest digest;          ///< of what was agreed to
  std::string reason;
  Timestamp at = 0;
};

/// What the record says of one instance of a rollout.
struct InstanceRecord {
  std::string version;     ///< it was last meant to run
  bool confirmed = false;  ///< and was seen healthy there
};

struct ReleaseHistory {
  std::string id;
  Plan plan;
  Digest digest;  ///< of all that will run
  std::map<std::string, Digest> migration_hashes;
  ReleaseState state = ReleaseState::kPlanned;
  Timestamp planned_at = 0;
  Timestamp state_at = 0;
  Timestamp released_at = 0;
  bool rolling_back = false;  ///< until it is rolled back, it only goes back
  bool paused = false;
  std::string pause_reason;
  std::string paused_by;
  Timestamp paused_at = 0;
  std::vector<Agreement> approvals;
  std::vector<Agreement> attestations;
  std::map<std::string, std::string> overridden;  ///< gate code → reason
  std::map<std::string, std::string> from;        ///< app → version it came from
  std::map<std::pair<std::string, std::string>, InstanceRecord> instances;  ///< (app, instance)
  /// Its plan may be deployed anew, as another release.
  bool given_up() const {
    return state == ReleaseState::kRolledBack || state == ReleaseState::kAbandoned;
  }
  bool ended() const { return state == ReleaseState::kFinished || given_up(); }
  /// Planned, and not given up: what is deployed under its id is this release.
  bool stands() const { return planned_at != 0 && !given_up(); }
};

struct ReleasesHistory {
  ChainHead head;
  std::map<std::string, ReleaseHistory> releases;
  std::vector<std::string> order;
  struct ForgottenInstance {
    std::string reason;
    Timestamp at = 0;
    /// (app, version) as the drivers listed it at that time; what interlock moved since is out.
    std::set<std::pair<std::string, std::string>> listed;
  };
  std::map<std::string, ForgottenInstance> forgotten;  ///< by instance, host or session name
};

/// Continues `history`.  Pure.  kCorrupt on a body that cannot be read.
Result<void> Fold(ReleasesHistory& history, const std::vector<Entry>& entries);

}  // namespace interlock
