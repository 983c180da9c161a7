// What is said of an entry whose body none of ours has written.
#pragma once

#include <string>

#include "ledger/entry.h"

namespace interlock {

inline tl::unexpected<Error> Unreadable(std::string why) {
  return Fail(ErrorKind::kCorrupt, "IL-L23", std::move(why));
}

/// Whatever was wrong with its body, which entry it is and that it is the ledger (IL-L23).
inline Result<void> OfEntry(const Entry& entry, const Result<void>& folded) {
  if (folded) return {};
  return Fail(ErrorKind::kCorrupt, "IL-L23",
              "entry " + std::to_string(entry.seq) + " of chain " + entry.chain + " (" +
                  std::string(ToString(entry.kind)) + ") cannot be read: " + folded.error().message,
              "interlock ledger verify tells whether it was altered", folded.error().details);
}

}  // namespace interlock
