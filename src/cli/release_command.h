// What deploy, apply, contract, resume and rollback share: run, then say how it ended.
#pragma once

#include <string>

#include "cli/context.h"
#include "runner/release_runner.h"

namespace interlock::cli {

/// Tells the progress which steps come, so that lines say "3/14".
void Announce(Context& context, const PlannedRelease& release);

/// Prints state and what is pending, fills the envelope's data; on an error adds the sentence on
/// safety.  The exit code, or the error.
Result<int> Conclude(Context& context, World& world, const std::string& release,
                     const Result<DeployResult>& result);

/// {"state", "pending_contracts", "waits_for"}
nlohmann::json ToJson(const DeployResult& result);
nlohmann::json ToJson(const GateResult& gate);
/// Headline, details and what clears it, indented.
std::string GateText(const GateResult& gate, Timestamp now);

}  // namespace interlock::cli
