// Chains for the ledger's tests: valid ones, and the same with something done to them.
#pragma once

#include <string>
#include <vector>

#include "ledger/entry.h"

namespace interlock::ledger_test {

/// Gives every entry its number, predecessor and hash anew, as someone who knows the format would.
inline void Rechain(std::vector<Entry>& entries) {
  Digest previous(kGenesisHash);
  std::uint64_t seq = 0;
  for (auto& entry : entries) {
    entry.seq = ++seq;
    entry.prev_hash = previous;
    entry.hash = EntryHash(entry);
    previous = entry.hash;
  }
}

inline std::vector<Entry> SampleChain(const std::string& chain = "main") {
  std::vector<Entry> entries;
  auto add = [&](EntryKind kind, std::string step, int attempt, std::string body) {
    Entry entry;
    entry.chain = chain;
    entry.at = 1'795'342'500'000'000 + static_cast<Timestamp>(entries.size()) * 1'000'017;
    entry.kind = kind;
    entry.token = step.empty() ? 0 : 7;
    entry.actor = "ann";
    entry.session_user = "deployer";
    entry.release = step.empty() ? "" : "2026-11-22-names";
    entry.step = std::move(step);
    entry.attempt = attempt;
    entry.body = std::move(body);
    entries.push_back(std::move(entry));
  };
  add(EntryKind::kLedgerBegun, "", 0, R"({"environment":"prod","project":"shop"})");
  add(EntryKind::kMigrationPlanned, "", 0, R"({"migration":"0002-split-name"})");
  add(EntryKind::kStepIntent, "0002-split-name/expand/1-add-columns", 1, "{}");
  add(EntryKind::kStepOutcome, "0002-split-name/expand/1-add-columns", 1, R"({"seen":"présent"})");
  add(EntryKind::kStepIntent, "0002-split-name/expand/2-install-sync", 1, std::string("\0\xff", 2));
  add(EntryKind::kStepOutcome, "0002-split-name/expand/2-install-sync", 2, R"({"ms":12})");
  Rechain(entries);
  return entries;
}

}  // namespace interlock::ledger_test
