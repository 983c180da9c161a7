#include "runner/release_book.h"

#include <algorithm>
#include <iterator>

namespace interlock {

Result<void> ReleaseBook::Refresh() {
  IL_ASSIGN(const bool exists, ledger_->Exists());
  if (!exists) return {};
  const std::string chain(kReleaseChain);
  IL_ASSIGN(auto fresh, ledger_->Read(chain, history_.head.seq));
  ChainHead at = history_.head;
  for (const auto& entry : fresh) {
    if (entry.seq != at.seq + 1 || entry.prev_hash != at.hash || entry.chain != chain ||
        entry.format != kLedgerFormat || EntryHash(entry) != entry.hash)
      return Fail(
          ErrorKind::kCorrupt, "IL-R21",
          "Entry " + std::to_string(entry.seq) + " of the release chain does not continue it",
          "interlock ledger verify names what is wrong; nothing was changed");
    at = {entry.chain, entry.seq, entry.hash};
  }
  IL_RETURN_IF_ERROR(Fold(history_, fresh));
  std::move(fresh.begin(), fresh.end(), std::back_inserter(entries_));
  return {};
}

Result<void> ReleaseBook::Append(const EntryDraft& draft, const Fence& fence) {
  IL_RETURN_IF_ERROR(ledger_->Append(std::string(kReleaseChain), draft, fence));
  return Refresh();
}

const ReleaseHistory* ReleaseBook::Find(const std::string& id) const {
  const auto found = history_.releases.find(id);
  return found == history_.releases.end() ? nullptr : &found->second;
}

}  // namespace interlock
