// The heads of a ledger's chains, kept outside the database: what makes a cut-off end visible.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain.h"

namespace interlock {

struct Anchor {
  int format = 1;
  std::string project;
  Timestamp created_at = 0;
  std::vector<ChainHead> heads;  ///< sorted by chain
  bool operator==(const Anchor&) const = default;
};

/// One JSON object on one line, with a line end; docs/ledger-format.md has the keys.
std::string WriteAnchor(const Anchor& anchor);
/// kCorrupt (IL-L14) on anything that WriteAnchor would not have written.
Result<Anchor> ReadAnchor(const std::string& text);

/// Whether the chains still contain what the anchor saw: kCorrupt when a chain is gone, shorter
/// than it was, or has another entry at the anchor's place.  A longer chain is fine.  Pure.
/// REQUIRES: every chain passed VerifyChain, so that the entry at the anchor speaks for all before.
Result<void> VerifyAgainstAnchor(const Anchor& anchor,
                                 const std::map<std::string, std::vector<Entry>>& chains);

}  // namespace interlock
