// The ledger as the runner sees it: read a chain, append to it, keep catalog texts beside it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ledger/entry.h"
#include "model/claim.h"

namespace interlock {

class Ledger {
 public:
  virtual ~Ledger() = default;

  /// Makes the tables when they are missing, and the append-only guard.  Idempotent.
  virtual Result<void> Prepare() = 0;
  /// Whether Prepare was ever done here.  Never creates anything.
  virtual Result<bool> Exists() = 0;

  /// Entries with seq > `after`, in order.
  virtual Result<std::vector<Entry>> Read(const std::string& chain, std::uint64_t after = 0) = 0;
  virtual Result<std::vector<std::string>> Chains() = 0;
  virtual Result<ChainHead> Head(const std::string& chain) = 0;

  /// Appends in one transaction that first locks the fence's token rows FOR SHARE, then the chain's
  /// head.  kFenced when a token has moved: nothing was written.  kInDoubt when the reply was lost:
  /// the caller re-reads the chain.  An empty fence asks for no token (approvals, registrations).
  /// kUndecidable when a chain does not hold the entry that the draft's writer has read last, or
  /// a token is older than the fence's: this is another copy of the server.  Nothing was written.
  virtual Result<Entry> Append(const std::string& chain, const EntryDraft& draft,
                               const Fence& fence) = 0;

  /// A text that an entry brought along, by its SHA-256; returned verified (kCorrupt).
  virtual Result<std::string> GetText(const Digest& digest) = 0;
};

}  // namespace interlock
