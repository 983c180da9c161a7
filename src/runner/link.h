// One database during a run: its session, ledger, claims and folded history, and how to get them
// back when the connection is lost.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "ledger/fold.h"
#include "runner/control.h"

namespace interlock {

class DatabaseLink {
 public:
  DatabaseLink(Engine& engine, RunControl& control);

  /// Connects, proves that the connection is one session, reads the chain.  Writes nothing.
  Result<void> Open();
  /// Makes the ledger when there is none, and writes its first entry: the catalog as it is, claimed
  /// and not witnessed.  kRefused when the chain belongs to another project or environment.
  Result<void> Begin(const std::string& project, const std::string& environment);
  /// Reads what was appended since, checks that it continues the chain, folds it.
  /// kUndecidable when the chain is shorter than what this run has already seen (a server that
  /// lacks the last commits was promoted).
  Result<void> Refresh();

  /// Takes the claims, in sorted order, for `release`; records them with the server's identity.
  /// kBusy names the holder; what was taken is given back then.
  Result<void> Claim(const std::string& release, std::vector<std::string> objects);
  void ReleaseClaims();
  /// The database-wide claim for short DDL, polled until `budget` is used up.
  Result<HeldClaim> ClaimSchema(const std::string& release, Duration budget);
  void ReleaseSchema(const HeldClaim& claim);
  /// Keeps the claims alive at most every few seconds; cheap to call often.
  Result<void> Beat();
  /// After a lost connection: connects anew, takes the claims again.  kFenced when someone else has
  /// held one meanwhile; kUnreachable when `budget` is used up.
  Result<void> Reconnect(Duration budget);

  Result<void> Append(EntryDraft draft);
  /// One whose body names the catalog's fingerprint; the text goes with it unless it is the one
  /// that was recorded last.
  Result<void> Append(EntryDraft draft, std::string catalog_text);
  /// Another chain in the same ledger, whose head every entry of this one then asks for.
  void AlsoRead(std::function<ChainHead()> head) { also_read_ = std::move(head); }
  /// How far this run has read the chain.
  ChainHead head() const { return {chain(), history_.head.seq, history_.head.hash}; }
  /// Differences between the last recorded catalog and `now` that no open intent of the chain and
  /// no live claim of another runner explains.
  Result<std::vector<Difference>> UnexplainedDrift(const Catalog& now);
  /// UnexplainedDrift as an error (kDrift, recorded once), or nothing.
  Result<void> RequireNoDrift(const Catalog& now, const std::string& release,
                              const std::string& when);

  Session& session() { return *session_; }
  Ledger& ledger() { return *ledger_; }
  Engine& engine() { return engine_; }
  const DatabaseHistory& history() const { return history_; }
  const std::vector<Entry>& entries() const { return entries_; }
  const Fence& fence() const { return fence_; }
  const std::string& chain() const { return engine_.database().name; }
  bool ledger_exists() const { return ledger_exists_; }

 private:
  Result<void> Connect();
  /// Called from the thread that watches a long wait, while this one is inside the session.
  void TellBlocked(const StatementTag& tag, const std::vector<Blocker>& blockers);
  Result<void> TakeClaims(Fence* taken);
  /// kUndecidable when the server does not know of tokens that this run has held.
  Result<void> RequireKnownTokens(const Fence& before);

  Engine& engine_;
  RunControl& control_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Ledger> ledger_;
  DatabaseHistory history_;
  std::vector<Entry> entries_;
  Fence fence_;
  std::string claimed_release_;
  std::vector<std::string> claimed_objects_;
  std::function<ChainHead()> also_read_;
  Duration last_beat_{0};
  bool ledger_exists_ = false;
};

}  // namespace interlock
