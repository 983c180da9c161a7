// Entries as JSON lines: what `ledger export` writes and what an offline verifier reads.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry.h"

namespace interlock {

/// One JSON object without a line end; keys sorted; `body` is the exact text.  A field that is not
/// UTF-8 (only a damaged ledger has others than `body`) is {"base64": "…"}.
std::string ExportEntry(const Entry& entry);
/// One line an entry, each with a line end.
std::string ExportEntries(std::span<const Entry> entries);

/// Reads one line.  kCorrupt (IL-L14) on a missing or unknown key or a wrong type.  Proves nothing:
/// that is VerifyChain's work.
Result<Entry> ImportEntry(const std::string& line);
/// Reads an export; the error names the line.  kCorrupt also when the last line has no
/// end: it was cut off.
Result<std::vector<Entry>> ImportEntries(std::string_view text);

/// Entries by chain, their order kept.
std::map<std::string, std::vector<Entry>> ByChain(std::vector<Entry> entries);

}  // namespace interlock
