// Claims on a server: a session lock, proof that the holder lives, and a token row beside it, which
// fences the transactions of a holder that was thought dead.  One order of steps for all servers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/session.h"
#include "engine/sql.h"
#include "model/claim.h"

namespace interlock {

/// What claims need of a server.
class ClaimStore {
 public:
  virtual ~ClaimStore() = default;
  /// Polls once.  False: a session holds the object's lock, this one included.
  virtual Result<bool> TryLock(const std::string& object) = 0;
  /// False: this session did not hold it.
  virtual Result<bool> Unlock(const std::string& object) = 0;
  /// Writes the holder's record with the next token, after what transactions still hold of the old
  /// one.  One attempt, in one transaction, that waits half a second at most: then kTransient.
  virtual Result<std::uint64_t> RaiseToken(const ClaimRequest& request, Timestamp now) = 0;
  struct Standing {
    std::uint64_t token = 0;  ///< 0: no record
    bool held_here = false;   ///< this session holds the lock
  };
  virtual Result<Standing> Look(const std::string& object) = 0;
  /// All records, sorted bytewise by object; empty when the ledger's tables are not there.
  virtual Result<std::vector<ClaimHolder>> Holders() = 0;
  /// The session that holds the lock.
  virtual Result<std::optional<std::int64_t>> Holder(const std::string& object) = 0;
  /// Tells the server to end a session.  kRefused (IL-E20) without the privilege.
  virtual Result<void> End(std::int64_t session) = 0;
  /// "idle in transaction", or "" when it is not known.
  virtual std::string StateOf(std::int64_t session) = 0;
  /// What this role lacks to end sessions of others, for a hint.
  virtual std::string EndingNeeds() const = 0;
  /// Any statement that lets the server know that this session lives.
  virtual Result<void> Ping() = 0;
};

/// From rows of object, token, release, actor, host, process, session, since, and the session that
/// holds the lock now or NULL.
Result<std::vector<ClaimHolder>> ReadHolders(const SqlRows& rows);

/// Whether a claim covers a table of the step, or the schema as a whole.
bool Concerns(const ClaimHolder& claim, const Step& step);

/// As Session::TryClaim.  What the old holder's transactions still hold is waited for, at most
/// `patience`; the idle ones among them the server ends after 30 s.
Result<HeldClaim> TakeClaim(ClaimStore& store, const ClaimRequest& request, Clock& clock,
                            Duration patience = std::chrono::seconds(35));
Result<void> GiveUpClaim(ClaimStore& store, const HeldClaim& claim);
/// As Session::Beat.
Result<void> CheckClaims(ClaimStore& store, const Fence& fence);
/// As Session::BreakClaim.
Result<void> BreakClaim(ClaimStore& store, const std::string& object, Clock& clock,
                        Duration patience = std::chrono::seconds(30));

/// Inside a transaction: locks each token row FOR SHARE.  kFenced (IL-R61) when one has moved.
Result<void> LockFence(SqlConnection& connection, const Fence& fence);

}  // namespace interlock
