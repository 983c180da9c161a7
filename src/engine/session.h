// One session on a database's server, as the runner uses it: look, claim, execute one step.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/alteration.h"
#include "model/catalog.h"
#include "model/claim.h"
#include "model/evidence.h"
#include "model/step.h"

namespace interlock {

/// Stands as a comment in front of every statement of a step:
/// /* interlock release=r1 step=0002-x/expand/1-… token=7 */
struct StatementTag {
  std::string release;
  std::string step;
  std::uint64_t token = 0;
};
std::string ToComment(const StatementTag& tag);
/// What the comments of a step's statements have in common, whatever release and token.
std::string MarkOf(const Step& step);

/// The error's code where a lock was not to be had in time.
inline constexpr const char* kLocked = "IL-E10";

/// What is told, and asked, while a statement that waits by design (a concurrent index build, a
/// validation) is under way.  Called from another thread, and only until Execute or Mend returns.
struct LongWait {
  std::function<void(const StatementTag& tag, const std::vector<Blocker>& blockers)> blocked;
  /// `blocked`: it waits for others now.  True: it is cancelled, and Execute ends with kTransient.
  std::function<bool(bool blocked)> give_up;
};

/// Who asks for a claim; kept in its row for messages.
struct ClaimRequest {
  std::string object;
  std::string release;
  std::string actor;
  std::string host;
  int runner_pid = 0;
};

class Session {
 public:
  virtual ~Session() = default;

  // --- Looking.  Nothing here changes anything.
  virtual Result<ServerIdentity> Identity() = 0;
  /// The time by the server's clock.
  virtual Result<Timestamp> Now() = 0;
  virtual Result<Catalog> ReadCatalog() = 0;
  /// What the server shows of the step: definitions compared, orphan statements found by their tag
  /// or their lock.  A connection problem is an error; a lack of privilege is kUndecidable.
  virtual Result<Observation> Observe(const Step& step, const SyncContext& sync) = 0;
  /// The statements Execute would send, without tag and fence.  Backfill and Verify give the shape
  /// of one batch.
  virtual Result<std::vector<std::string>> Render(const Step& step, const SyncContext& sync) = 0;
  /// Sessions that hold or wait for locks on the table, ours left out; longest first.
  virtual Result<std::vector<Blocker>> Blockers(const TableName& table) = 0;
  virtual Result<SessionList> Sessions() = 0;
  /// How often the table's sync trigger saw a write through the old shape, since it was created;
  /// 0 without a trigger.
  virtual Result<std::int64_t> OldShapeWrites(const TableName& table) = 0;
  /// Proves that the spec's expressions are immutable, session-independent and of the right type,
  /// on scratch objects that are rolled back.  kConfig names the expression.
  virtual Result<void> ProveExpressions(const SyncSpec& spec) = 0;
  /// What the ALTER would make of the table, tried on an empty copy that is gone afterwards, and
  /// the way in which it would be done.  kRefused where the server knows no alter_table, or says
  /// no; kConfig for clauses that cannot be carried out so.
  virtual Result<ForeseenAlter> ForeseeAlter(const TableName& table, const std::string& clauses);
  /// Whether the table is there and holds a row.
  virtual Result<bool> HasRows(const TableName& table) = 0;
  /// Replicas the server reports as attached, by client address or name.
  virtual Result<std::vector<ReplicaState>> AttachedReplicas() = 0;
  /// Why this connection can't be trusted to be one session (a pooler in transaction mode);
  /// nothing when it is proved to be one.  kRefused otherwise.
  virtual Result<void> ProveSessionMode() = 0;

  // --- Claims.
  /// Polls once.  kBusy names the holder.  On success the row's token was raised, after waiting
  /// (bounded) for what the old holder's transactions still held.
  virtual Result<HeldClaim> TryClaim(const ClaimRequest& request) = 0;
  virtual Result<void> ReleaseClaim(const HeldClaim& claim) = 0;
  /// Whether all tokens are still ours and this session still holds their locks.  Also keeps the
  /// session from being ended as idle; to be called at least every 10 s.  kFenced when not.
  virtual Result<void> Beat(const Fence& fence) = 0;
  virtual Result<std::vector<ClaimHolder>> Claims() = 0;
  /// Ends the holder's session and waits until its lock is free.
  virtual Result<void> BreakClaim(const std::string& object) = 0;
  /// Tells the server to end a session of somebody else's, whose transaction is undone; one that is
  /// gone is no error.  kRefused (IL-E20) without the privilege.
  virtual Result<void> EndSession(std::int64_t session) = 0;

  // --- Doing.
  /// One attempt at the step's statements: the fence's rows locked FOR SHARE first, in the same
  /// transaction where the step is transactional.  kFenced: nothing done.  kTransient: undone, may
  /// be tried again.  kInDoubt: look.  kFailed, kVerification: refused for good.
  virtual Result<void> Execute(const Step& step, const SyncContext& sync, const Fence& fence,
                               const StatementTag& tag, Duration lock_timeout) = 0;
  /// How the last Execute was carried out where there is a choice: "instant", "in place",
  /// "rebuild"; else "".
  virtual std::string Manner() const { return {}; }
  /// Sends the statements of transactional steps, one after the other, in a transaction that is
  /// rolled back: nothing changes.  Errors as Execute's.  `sync` holds the context of each step.
  virtual Result<void> Rehearse(const std::vector<Step>& steps,
                                const std::vector<SyncContext>& sync, const Fence& fence,
                                const StatementTag& tag, Duration lock_timeout) = 0;
  /// Takes away what a broken attempt left (an INVALID index) so that Execute can be tried again.
  virtual Result<void> Mend(const Step& step, const SyncContext& sync, const Fence& fence,
                            const StatementTag& tag, Duration lock_timeout) = 0;
  /// From now on long waits are told of.  A session whose statements never wait so ignores it.
  virtual void WatchLongWaits(LongWait /*hooks*/) {}
};

}  // namespace interlock
