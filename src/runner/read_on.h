// Reads on in a chain from where a run has read it to.
#pragma once

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

}  // namespace interlock
