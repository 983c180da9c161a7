// What status says of a release: how far it is, why it stopped, whether it is safe so, what next.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/fold.h"
#include "ledger/release_fold.h"
#include "runner/world.h"

namespace interlock::cli {

struct MigrationView {
  std::string id;
  std::string database;
  std::string summary;
  SchemaState state = SchemaState::kAbsent;
  Timestamp state_at = 0;
  bool pending_contract = false;  ///< expanded or contracting, with contract steps to come
};

/// The last answer of a gate, from the record.
struct RecordedGate {
  std::string point;
  std::string code;
  std::string headline;
  std::vector<std::string> details;
  std::string migration;
  std::string since;  ///< what persons did about it after it was asked: "bob approved"
  Timestamp at = 0;
  bool open = true;
};

struct ReleaseView {
  std::string id;
  std::string summary;
  ReleaseState state = ReleaseState::kPlanned;
  Timestamp since = 0;
  bool ended = false;
  std::size_t steps_done = 0;
  std::size_t steps = 0;
  std::string next_step;  ///< id, or ""
  std::string next_summary;
  std::string running;  ///< who is at work on it now; "" when nobody
  std::string pauses;   ///< what its work on rows waits for now, or ""
  std::vector<std::string>
      stopped;  ///< why it does not go on, one line each; empty: it just was not run
  std::vector<MigrationView> migrations;
  std::optional<RecordedGate> closed_gate;
  std::string safety;
  std::string next_command;  ///< "" when nothing is to be done
};

/// From the record, and who is at work on it now ("" for nobody).  Pure.
ReleaseView ViewRelease(const ReleaseHistory& release,
                        const std::vector<const DatabaseHistory*>& databases,
                        const std::vector<Entry>& release_entries, const std::string& running = "");

/// Of every release that the world knows, oldest first.
std::vector<ReleaseView> ViewReleases(World& world);
/// Nothing when there is no such release.
std::optional<ReleaseView> ViewOf(World& world, const std::string& release);

/// The sentence on safety that stands under an error: what the record says, and how far it can be
/// vouched for after an error of this kind.  Pure.
std::string SafetyLine(const ReleaseView& view, ErrorKind error);

nlohmann::json ToJson(const ReleaseView& view);

}  // namespace interlock::cli
