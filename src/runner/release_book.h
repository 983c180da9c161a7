// The release chain during a run: in the one database beside its own chain, or in a ledger home.
#pragma once

#include <memory>
#include <string>

#include "ledger/ledger.h"
#include "ledger/release_fold.h"
#include "model/claim.h"

namespace interlock {

inline constexpr std::string_view kReleaseChain = "releases";

class ReleaseBook {
 public:
  /// Reads the chain of `ledger`, which outlives the book or is replaced by Rebind.
  explicit ReleaseBook(Ledger& ledger) : ledger_(&ledger) {}
  void Rebind(Ledger& ledger) { ledger_ = &ledger; }

  /// Reads what was appended since and folds it; an empty history when there is no ledger yet.
  Result<void> Refresh();
  Result<void> Append(EntryDraft draft, const Fence& fence);

  const ReleasesHistory& history() const { return history_; }
  /// nullptr when there is no such release.
  const ReleaseHistory* Find(const std::string& id) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  Ledger* ledger_;
  ReleasesHistory history_;
  std::vector<Entry> entries_;
};

}  // namespace interlock
