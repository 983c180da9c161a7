// The release chain during a run: in the one database beside its own chain, or in a ledger home.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

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
  /// Another chain in the same ledger, whose head every entry of this one then asks for.
  void AlsoRead(std::function<ChainHead()> head) { also_read_ = std::move(head); }
  /// How far this run has read the chain.
  ChainHead head() const {
    return {std::string(kReleaseChain), history_.head.seq, history_.head.hash};
  }

  const ReleasesHistory& history() const { return history_; }
  /// nullptr when there is no such release.
  const ReleaseHistory* Find(const std::string& id) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  Ledger* ledger_;
  std::function<ChainHead()> also_read_;
  ReleasesHistory history_;
  std::vector<Entry> entries_;
};

}  // namespace interlock
