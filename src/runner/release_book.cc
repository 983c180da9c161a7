#include "runner/release_book.h"

#include "ledger/chain.h"
#include "runner/read_on.h"

namespace interlock {

Result<void> ReleaseBook::Refresh() {
  const ChainHead at = head();
  IL_ASSIGN(const bool exists, ledger_->Exists());
  if (!exists && at.seq == 0) return {};
  if (!exists) return Fail(LacksEntries(at, {at.chain}));
  return CatchUp(*ledger_, at, history_, entries_);
}

Result<void> ReleaseBook::Append(EntryDraft draft, const Fence& fence) {
  draft.read = {head()};
  if (also_read_) draft.read.push_back(also_read_());
  IL_ASSIGN(auto entry, ledger_->Append(std::string(kReleaseChain), draft, fence));
  if (!Continues(head(), entry)) return Refresh();
  return TakeIn({std::move(entry)}, history_, entries_);
}

const ReleaseHistory* ReleaseBook::Find(const std::string& id) const {
  const auto found = history_.releases.find(id);
  return found == history_.releases.end() ? nullptr : &found->second;
}

}  // namespace interlock
