// What the release chain vouches for: its entries carry heads that the database chains had when
// they were written, so a chain that was cut off or written anew contradicts them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/chain.h"

namespace interlock {

/// A head that an entry of the release chain saw of a database's chain.
struct VouchedHead {
  ChainHead head;
  const Entry* by = nullptr;  ///< never null
};

/// The head of `chain` that the release chain saw last.  What it saw before the last
/// `ledger.reconciled` of that database does not count: a person declared that it is another copy.
/// Points into `releases`.  Pure.
std::optional<VouchedHead> LastVouched(std::span<const Entry> releases, const std::string& chain);

/// How `chain` differs from what was seen of it: it is gone (kMissing), shorter (kTruncated) or has
/// another entry there (kRewritten).  Nothing where it holds.  Pure.
/// REQUIRES: `chain` passed VerifyChain, so that one entry speaks for all before it.
std::optional<ChainFault> Contradiction(const VouchedHead& seen, std::span<const Entry> chain);

/// The first contradiction between any head that counts and the chain of that name.  Chains that
/// are not given are not judged.  Pure.
std::optional<ChainFault> FindContradiction(
    std::span<const Entry> releases, const std::map<std::string, std::span<const Entry>>& chains);

/// What to do where both chains lie in one database, which are copied and restored together.
inline constexpr std::string_view kTogetherHint =
    "no restore or copy of the database explains it: somebody wrote to the ledger's tables; "
    "`interlock ledger export FILE` keeps what is there, to compare with a backup or an export";

}  // namespace interlock
