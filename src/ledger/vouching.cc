#include "ledger/vouching.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/json.h"
#include "model/json_field.h"

namespace interlock {
namespace {

using nlohmann::json;

/// What cannot be read says nothing here; Fold reports it.
json BodyOf(const Entry& entry) {
  auto body = ParseJson(entry.body);
  return body ? std::move(*body) : json::object();
}

std::optional<VouchedHead> Seen(const Entry& entry, const json& body, const std::string& chain) {
  const json heads = ObjectField(body, "heads");
  const auto* head = FindField(heads, chain.c_str());
  if (head == nullptr) return std::nullopt;
  const std::int64_t seq = NumberField(*head, "seq");
  if (seq <= 0) return std::nullopt;
  return VouchedHead{{chain, static_cast<std::uint64_t>(seq), TextField(*head, "hash")}, &entry};
}

bool Reconciles(const Entry& entry, const json& body, const std::string& chain) {
  return entry.kind == EntryKind::kReconciled && TextField(body, "database") == chain;
}

/// The index in `releases` from which on heads of `chain` count.
size_t CountsFrom(std::span<const Entry> releases, const std::string& chain) {
  for (size_t i = releases.size(); i-- > 0;)
    if (releases[i].kind == EntryKind::kReconciled &&
        Reconciles(releases[i], BodyOf(releases[i]), chain))
      return i;
  return 0;
}

}  // namespace

std::optional<VouchedHead> LastVouched(std::span<const Entry> releases, const std::string& chain) {
  for (auto entry = releases.rbegin(); entry != releases.rend(); ++entry) {
    const json body = BodyOf(*entry);
    if (auto seen = Seen(*entry, body, chain)) return seen;
    if (Reconciles(*entry, body, chain)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<ChainFault> Contradiction(const VouchedHead& seen, std::span<const Entry> chain) {
  const std::string& name = seen.head.chain;
  const std::uint64_t seq = seen.head.seq;
  const auto fault = [&](ChainDefect defect, std::uint64_t at, std::string message) {
    return ChainFault{defect,
                      name,
                      at,
                      static_cast<size_t>(at - 1),
                      std::move(message),
                      {"seen by: " + WhatHappened(*seen.by)}};
  };
  if (chain.empty())
    return fault(
        ChainDefect::kMissing, 1,
        fmt::format("chain '{}' is gone; the release chain saw {} entries of it", name, seq));
  if (chain.size() < seq) {
    auto truncated =
        fault(ChainDefect::kTruncated, chain.size() + 1,
              fmt::format("chain '{}' is truncated: it ends with entry {}, but the release chain "
                          "saw entry {}",
                          name, chain.size(), seq));
    truncated.details.push_back("its last: " + WhatHappened(chain.back()));
    return truncated;
  }
  const Entry& entry = chain[seq - 1];
  if (entry.hash == seen.head.hash) return std::nullopt;
  auto rewritten = fault(ChainDefect::kRewritten, seq,
                         fmt::format("chain '{}' was rewritten: entry {} is not the one that the "
                                     "release chain saw",
                                     name, seq));
  rewritten.details.push_back("there now: " + WhatHappened(entry));
  rewritten.details.push_back("the hash that was seen " + seen.head.hash);
  rewritten.details.push_back("its hash now           " + entry.hash);
  return rewritten;
}

std::optional<ChainFault> FindContradiction(
    std::span<const Entry> releases, const std::map<std::string, std::span<const Entry>>& chains) {
  std::map<std::string, size_t> from;
  for (const auto& [name, chain] : chains) from[name] = CountsFrom(releases, name);
  for (size_t i = 0; i < releases.size(); ++i) {
    const json body = BodyOf(releases[i]);
    for (const auto& [name, chain] : chains) {
      if (i < from[name]) continue;
      const auto seen = Seen(releases[i], body, name);
      if (!seen) continue;
      if (auto fault = Contradiction(*seen, chain)) return fault;
    }
  }
  return std::nullopt;
}

}  // namespace interlock
