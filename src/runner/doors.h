// The doors of the step protocol and the words of people: each becomes an entry, nothing is edited.
#pragma once

#include <string>
#include <vector>

#include "runner/planner.h"
#include "runner/world.h"

namespace interlock {

/// "It is there and right": observes first, kRefused unless the server shows it present.
Result<void> AdoptStep(World& world, const std::string& step, const std::string& reason);
/// A failed step may be tried again by the next deploy.
Result<void> RetryStep(World& world, const std::string& step, const std::string& reason);
/// The catalog as it is becomes the recorded one; returns what was accepted.
Result<std::vector<Difference>> AcceptDrift(World& world, const std::string& database,
                                            const std::string& reason);
Result<void> ForgetInstance(World& world, const std::string& instance, const std::string& reason);
Result<void> BreakClaim(World& world, const std::string& database, const std::string& object,
                        const std::string& reason);
/// After a restore or clone: voids open releases, approvals and claims, records the new identity.
Result<void> Reconcile(World& world, const std::string& database, const std::string& reason);
/// kRefused for verification and drift, which nobody may override.
Result<void> OverrideGate(World& world, const std::string& release, const std::string& gate,
                          const std::string& reason);

Result<void> Approve(World& world, const PlannedRelease& release, const std::string& reason);
Result<void> Attest(World& world, const PlannedRelease& release, const std::string& statement,
                    const std::string& reason);
Result<void> PauseRelease(World& world, const std::string& release, const std::string& reason);
Result<void> ResumeRelease(World& world, const std::string& release, const std::string& reason);
/// Ends a release that has changed nothing, or whose expand stays on purpose: state abandoned.
Result<void> AbortRelease(World& world, const std::string& release, const std::string& reason);

Result<void> RegisterApp(World& world, const std::string& app, const std::string& version,
                         const Uses& uses);
/// May this version run now?  Asks nothing but the databases of the app.
Result<GateResult> AskGate(World& world, const std::string& app, const std::string& version,
                           const std::optional<Uses>& uses);

}  // namespace interlock
