#include "runner/read_on.h"

#include "ledger/chain.h"

namespace interlock {

Result<std::vector<Entry>> ReadOn(Ledger& ledger, ChainHead at, const ChainHead& head) {
  if (head.seq < at.seq) return Fail(LacksEntries(at, head));
  // The last one read is read once more: it must still be the same.
  IL_ASSIGN(auto fresh, ledger.Read(at.chain, at.seq == 0 ? 0 : at.seq - 1));
  if (at.seq != 0) {
    if (fresh.empty() || fresh.front().seq != at.seq || fresh.front().hash != at.hash)
      return Fail(LacksEntries(at, head));
    fresh.erase(fresh.begin());
  }
  for (const auto& entry : fresh) {
    if (entry.seq != at.seq + 1 || entry.prev_hash != at.hash || entry.chain != at.chain ||
        entry.format != kLedgerFormat || EntryHash(entry) != entry.hash)
      return Fail(ErrorKind::kCorrupt, "IL-R21",
                  "Entry " + std::to_string(entry.seq) + " of chain " + at.chain +
                      " does not continue the ledger",
                  "interlock ledger verify names what is wrong; nothing was changed");
    at = {entry.chain, entry.seq, entry.hash};
  }
  return fresh;
}

bool Continues(const ChainHead& at, const Entry& entry) {
  return entry.seq == at.seq + 1 && entry.prev_hash == at.hash;
}

}  // namespace interlock
