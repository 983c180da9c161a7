// Proves that a chain of entries is whole, or says which entry was tampered with and how.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry.h"

namespace interlock {

/// What can be wrong with a chain.  The last three need an anchor (ledger/anchor.h).
enum class ChainDefect {
  kEdited,     ///< contents do not give the recorded hash, or another entry stood here before
  kRemoved,    ///< entries are missing at the beginning or in the middle
  kForked,     ///< one place in the chain is taken twice
  kReordered,  ///< all there, in another order
  kFormat,     ///< a format that this version does not know
  kForeign,    ///< an entry of another chain
  kTruncated,  ///< the end is missing
  kRewritten,  ///< consistent in itself, but not what the anchor saw
  kMissing     ///< no chain of that name any more
};
std::string_view ToString(ChainDefect defect);
/// "IL-L01" …, in the enum's order.
std::string_view Code(ChainDefect defect);
/// The defect that an error with such a code reports.
std::optional<ChainDefect> DefectOf(const Error& error);

/// The first entry that does not hold.
struct ChainFault {
  ChainDefect defect = ChainDefect::kEdited;
  std::string chain;
  std::uint64_t seq = 0;  ///< where in the chain, counted from 1
  size_t index = 0;       ///< where in what was given
  std::string message;
  std::vector<std::string> details;
};
/// kCorrupt, with the defect's code and what to do.
Error ToError(const ChainFault& fault);

/// Looks at entries that should follow `from` (default: a chain's beginning) in order.  Pure.
/// A `from` with a chain name also refuses entries of any other chain.
std::optional<ChainFault> FindFault(std::span<const Entry> entries, const ChainHead& from = {});

/// Recomputes every hash from the first entry on.  Pure.
/// kCorrupt names the first entry that does not hold.
Result<ChainHead> VerifyChain(std::span<const Entry> entries);
/// The same for what came after a head that is known to be good.
Result<ChainHead> VerifyContinuation(const ChainHead& from, std::span<const Entry> entries);

/// kUndecidable: the server now reached does not hold the entry `read`; its chain ends at `there`.
Error LacksEntries(const ChainHead& read, const ChainHead& there);
inline constexpr std::string_view kLacksEntriesHint =
    "the server now reached lacks the last commits (an old copy, or a replica promoted too early), "
    "or has others in their place; find the one that has them before anything else";

/// One line for people: "step.outcome 0002-x/expand/1 of release r1, 2026-11-22T10:15:00.000000Z,
/// by ann (entry 12 of chain 'main')".
std::string WhatHappened(const Entry& entry);

}  // namespace interlock
