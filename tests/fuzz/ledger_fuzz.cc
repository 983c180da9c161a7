// What comes from a ledger that anybody may have written: an export (x), an anchor (a), and bodies
// of entries, a line each: kind, a space, JSON (b).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/history_html.h"
#include "cli/text_style.h"
#include "fuzz/fuzz.h"
#include "ledger/anchor.h"
#include "ledger/export.h"
#include "ledger/fold.h"
#include "ledger/release_fold.h"
#include "ledger/vouching.h"

namespace interlock::fuzz {
namespace {

/// The fields of an encoding, read back by its lengths: what can be read back is no other entry's.
std::vector<std::string> Fields(std::string_view encoding) {
  constexpr std::size_t kDomain = 23;
  std::vector<std::string> out;
  std::size_t at = kDomain;
  while (at < encoding.size()) {
    Require(encoding.size() - at >= 8, "a length has eight bytes");
    std::uint64_t length = 0;
    for (int i = 0; i < 8; ++i) length = length << 8 | static_cast<unsigned char>(encoding[at++]);
    Require(length <= encoding.size() - at, "a field ends within the encoding");
    out.emplace_back(encoding.substr(at, length));
    at += length;
  }
  return out;
}

void CheckEncoding(const Entry& entry) {
  const std::vector<std::string> wanted = {std::to_string(entry.format),
                                           entry.chain,
                                           std::to_string(entry.seq),
                                           entry.prev_hash,
                                           std::to_string(entry.at),
                                           std::string(ToString(entry.kind)),
                                           std::to_string(entry.token),
                                           entry.actor,
                                           entry.session_user,
                                           entry.release,
                                           entry.step,
                                           std::to_string(entry.attempt),
                                           entry.body};
  Require(Fields(CanonicalEncoding(entry)) == wanted, "an encoding can be read back");
}

/// As somebody would who computes all hashes anew.
void Rechain(std::vector<Entry>& entries, const std::string& chain) {
  std::string hash(kGenesisHash);
  std::uint64_t seq = 0;
  for (auto& entry : entries) {
    entry.chain = chain;
    entry.seq = ++seq;
    entry.format = kLedgerFormat;
    entry.prev_hash = hash;
    hash = entry.hash = EntryHash(entry);
  }
}

void CheckTampering(std::vector<Entry> entries) {
  if (entries.empty()) return;
  const auto head = VerifyChain(entries);
  Require(head.has_value(), "a chain with valid hashes verifies",
          head ? std::string() : ToString(head.error()));
  Anchor anchor;
  anchor.heads = {*head};
  anchor.heads[0].chain = entries[0].chain;
  const std::string chain = entries[0].chain;
  Require(VerifyAgainstAnchor(anchor, {{chain, entries}}).has_value(), "and holds to its anchor");
  const std::size_t middle = entries.size() / 2;
  auto edited = entries;
  edited[middle].actor += "x";
  const auto fault = FindFault(edited);
  Require(fault && fault->index == middle, "an edited entry is the first that does not hold");
  Rechain(edited, chain);
  Require(!VerifyAgainstAnchor(anchor, {{chain, edited}}),
          "one edited hash and all, by the anchor");
  auto cut = entries;
  cut.pop_back();
  Require(!VerifyAgainstAnchor(anchor, {{chain, cut}}), "a cut-off end too");
  if (middle + 1 < entries.size()) {
    auto removed = entries;
    removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(middle));
    Require(FindFault(removed).has_value(), "a removed entry is seen");
  }
}

/// Whoever looks at the history sees text, whatever stands in it.
void Show(const std::vector<Entry>& entries, const DatabaseHistory& history) {
  const auto rows = cli::Rows({&entries}, {&history}, {});
  const std::string page = cli::HistoryHtml({"History", "", 0, ""}, rows);
  Require(page.find("<script") == std::string::npos, "no entry becomes a script");
  for (const auto& row : rows) {
    const std::string shown = cli::Render(row.what + row.why + row.evidence + row.actor, false);
    for (const char c : shown)
      Require(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t',
              "no control character reaches the terminal");
    ToJson(row);
  }
}

void FoldAll(const std::vector<Entry>& entries) {
  DatabaseHistory history;
  if (const auto folded = Fold(history, entries); !folded) {
    Require(folded.error().kind == ErrorKind::kCorrupt, "what cannot be read is corrupt",
            ToString(folded.error()));
  }
  history.OpenSpecs();
  history.OpenIntents();
  for (const auto& [id, step] : history.known_steps) history.Superseded(step);
  for (const auto& [id, migration] : history.migrations)
    for (const auto& step : migration.steps)
      if (const auto table = ActionTable(step.action)) history.ActiveSpecs(*table);
  if (const auto fault = FindContradiction(entries, {{"main", entries}, {"other", {}}}))
    RequireUsable(ToError(*fault));
  ReleasesHistory releases;
  if (const auto folded = Fold(releases, entries); !folded)
    Require(folded.error().kind == ErrorKind::kCorrupt, "what cannot be read is corrupt",
            ToString(folded.error()));
  Show(entries, history);
}

void ReadExport(const std::string& text) {
  auto entries = ImportEntries(text);
  if (!entries) return RequireUsable(entries.error());
  const auto again = ImportEntries(ExportEntries(*entries));
  Require(again && *again == *entries, "an export comes back as it was");
  for (const auto& entry : *entries) {
    CheckEncoding(entry);
    WhatHappened(entry);
  }
  for (auto& [name, chain] : ByChain(*entries)) {
    if (const auto head = VerifyChain(chain); !head) RequireUsable(head.error());
    FoldAll(chain);
    Rechain(chain, name);
    CheckTampering(chain);
  }
}

void ReadAnAnchor(const std::string& text) {
  const auto anchor = ReadAnchor(text);
  if (!anchor) return RequireUsable(anchor.error());
  const auto again = ReadAnchor(WriteAnchor(*anchor));
  Require(again && *again == *anchor, "an anchor comes back as it was");
  const auto held = VerifyAgainstAnchor(*anchor, {});
  if (!held) RequireUsable(held.error());
}

void ReadBodies(const std::string& text) {
  std::vector<Entry> entries;
  Timestamp at = 1'795'342'500'000'000;
  for (const auto& line : Split(text, '\n')) {
    auto [kind, body] = Halves(line, " ");
    const auto parsed = ParseEntryKind(kind);
    if (!parsed) continue;
    Entry entry;
    entry.kind = *parsed;
    entry.at = at += 1'000'000;
    entry.release = "r1";
    auto [step, rest] = Halves(body, " {");
    if (!rest.empty()) {
      entry.step = step;
      body = "{" + rest;
    }
    entry.body = body;
    entries.push_back(std::move(entry));
  }
  Rechain(entries, "main");
  FoldAll(entries);
}

}  // namespace
}  // namespace interlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlock::fuzz;
  const Input input(data, size);
  if (input.which == 'x') ReadExport(input.text);
  if (input.which == 'a') ReadAnAnchor(input.text);
  if (input.which == 'b') ReadBodies(input.text);
  return 0;
}
