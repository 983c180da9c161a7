#include "runner/release_book.h"

#include <algorithm>
#include <iterator>

#include "ledger/chain.h"
#include "runner/read_on.h"

namespace interlock {

Result<void> ReleaseBook::Refresh() {
  const ChainHead at = head();
  IL_ASSIGN(const bool exists, ledger_->Exists());
  if (!exists && at.seq == 0) return {};
  if (!exists) return Fail(LacksEntries(at, {at.chain}));
  IL_ASSIGN(const auto there, ledger_->Head(at.chain));
  if (there.seq == at.seq && (there.seq == 0 || there.hash == at.hash)) return {};
  IL_ASSIGN(auto fresh, ReadOn(*ledger_, at, there));
  IL_RETURN_IF_ERROR(Fold(history_, fresh));
  std::move(fresh.begin(), fresh.end(), std::back_inserter(entries_));
  return {};
}

Result<void> ReleaseBook::Append(EntryDraft draft, const Fence& fence) {
  draft.read = {head()};
  if (also_read_) draft.read.push_back(also_read_());
  IL_ASSIGN(auto entry, ledger_->Append(std::string(kReleaseChain), draft, fence));
  if (!Continues(head(), entry)) return Refresh();
  IL_RETURN_IF_ERROR(Fold(history_, {entry}));
  entries_.push_back(std::move(entry));
  return {};
}

const ReleaseHistory* ReleaseBook::Find(const std::string& id) const {
  const auto found = history_.releases.find(id);
  return found == history_.releases.end() ? nullptr : &found->second;
}

}  // namespace interlock
