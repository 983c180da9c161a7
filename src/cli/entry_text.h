// What an entry of the ledger says, as a sentence with evidence; filters; for history and its page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ledger/fold.h"

namespace interlock::cli {

/// One row of the audit.
struct HistoryRow {
  Timestamp at = 0;
  std::string chain;
  std::uint64_t seq = 0;
  EntryKind kind = EntryKind::kStepIntent;
  std::string actor;
  std::string release;
  std::string migration;
  std::string step;
  std::string what;          ///< a sentence: "step 0002-x/expand/1 done: add columns …"
  std::string why;           ///< the reason given, or the migration's why and refs
  bool persons_why = false;  ///< it was given for this entry, and is not the migration's
  std::string evidence;      ///< counts, fingerprints and digests, shortened
  bool stands_out = false;   ///< a halt, a failure, drift, or a person's door
  std::vector<std::string>
      objects;  ///< that the entry is about: "public.users", "public.users.name"
};

/// `history` is the fold of the chain (or of any) that knows migrations and steps.
HistoryRow RowOf(const Entry& entry, const std::vector<const DatabaseHistory*>& histories);

struct HistoryFilter {
  std::string object;  ///< "users", "users.name", "public.users.name", an index's name
  std::string release;
  std::string actor;  ///< a part of it
  std::optional<Timestamp> since;
};
bool Passes(const HistoryRow& row, const HistoryFilter& filter);

/// All entries as rows in the order of time; entries of one chain keep theirs.
std::vector<HistoryRow> Rows(const std::vector<const std::vector<Entry>*>& chains,
                             const std::vector<const DatabaseHistory*>& histories,
                             const HistoryFilter& filter);

/// "7d" before `now`, or "2026-11-22", or "2026-11-22T10:15:00Z".  kUsage (IL-U04) otherwise.
Result<Timestamp> ParseSince(const std::string& text, Timestamp now);

nlohmann::json ToJson(const HistoryRow& row);

}  // namespace interlock::cli
