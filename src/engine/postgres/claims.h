// Claims on PostgreSQL: a session lock, proof that the holder lives, and a token row beside it,
// which fences the transactions of a holder that was thought dead.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/session.h"
#include "engine/sql.h"
#include "model/claim.h"

namespace interlock::postgres {

/// As Session::TryClaim.  What the old holder's transactions still hold is waited for, at most
/// `patience`; the idle ones among them the server ends after 30 s.
Result<HeldClaim> TakeClaim(SqlConnection& connection, const ClaimRequest& request, Clock& clock,
                            Duration patience = std::chrono::seconds(35));
Result<void> GiveUpClaim(SqlConnection& connection, const HeldClaim& claim);
/// As Session::Beat.
Result<void> CheckClaims(SqlConnection& connection, const Fence& fence);
/// Empty when the ledger's tables are not there.
Result<std::vector<ClaimHolder>> ReadClaims(SqlConnection& connection);
/// As Session::BreakClaim.
Result<void> BreakClaim(SqlConnection& connection, const std::string& object, Clock& clock,
                        Duration patience = std::chrono::seconds(30));

/// Inside a transaction: locks each token row FOR SHARE.  kFenced (IL-R61) when one has moved.
Result<void> LockFence(SqlConnection& connection, const Fence& fence);

}  // namespace interlock::postgres
