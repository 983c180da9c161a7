// Reads on in a chain from where a run has read it to.
#pragma once

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "ledger/ledger.h"

namespace interlock {

/// What was appended after `at`, checked to continue it.  kUndecidable when the chain, whose head
/// is `head`, does not hold `at`'s entry: another copy of the server.  kCorrupt when an entry does
/// not continue the one before.
Result<std::vector<Entry>> ReadOn(Ledger& ledger, ChainHead at, const ChainHead& head);

/// Whether the entry, just appended by this run, is the one after `at`, so that nothing else need
/// be read in order to know the chain up to it.
bool Continues(const ChainHead& at, const Entry& entry);

/// Adds entries that follow to a chain's history and to its list.
template <typename History>
Result<void> TakeIn(std::vector<Entry> fresh, History& history, std::vector<Entry>& entries) {
  IL_RETURN_IF_ERROR(Fold(history, fresh));
  std::move(fresh.begin(), fresh.end(), std::back_inserter(entries));
  return {};
}

/// Takes in what was appended after `at`.
template <typename History>
Result<void> CatchUp(Ledger& ledger, const ChainHead& at, History& history,
                     std::vector<Entry>& entries) {
  IL_ASSIGN(const auto there, ledger.Head(at.chain));
  if (there.seq == at.seq && (there.seq == 0 || there.hash == at.hash)) return {};
  IL_ASSIGN(auto fresh, ReadOn(ledger, at, there));
  return TakeIn(std::move(fresh), history, entries);
}

}  // namespace interlock
