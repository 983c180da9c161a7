#include "ledger/anchor.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/json.h"

namespace interlock {
namespace {

using nlohmann::json;

constexpr int kAnchorFormat = 1;

tl::unexpected<Error> BadAnchor(std::string_view what) {
  return Fail(ErrorKind::kCorrupt, "IL-L14", fmt::format("not an anchor: {}", what),
              "an anchor is a file that `interlock ledger anchor` wrote");
}

bool IsDigest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool HasKeys(const json& object, std::initializer_list<const char*> keys) {
  return object.is_object() && object.size() == keys.size() &&
         std::all_of(keys.begin(), keys.end(),
                     [&](const char* key) { return object.contains(key); });
}

Result<ChainHead> ReadHead(const json& object) {
  if (!HasKeys(object, {"chain", "seq", "hash"}) || !object["chain"].is_string() ||
      !object["seq"].is_number_unsigned() || !object["hash"].is_string())
    return BadAnchor("a head must have chain, seq and hash");
  ChainHead head{object["chain"], object["seq"], object["hash"]};
  if (!IsDigest(head.hash)) return BadAnchor("a hash must be 64 hexadecimal digits");
  return head;
}

ChainFault Fault(ChainDefect defect, const ChainHead& head, std::string message,
                 std::vector<std::string> details) {
  return {defect, head.chain, head.seq, head.seq - 1, std::move(message), std::move(details)};
}

}  // namespace

std::string WriteAnchor(const Anchor& anchor) {
  json heads = json::array();
  auto sorted = anchor.heads;
  std::sort(sorted.begin(), sorted.end(),
            [](const ChainHead& a, const ChainHead& b) { return a.chain < b.chain; });
  for (const auto& head : sorted)
    heads.push_back({{"chain", head.chain}, {"seq", head.seq}, {"hash", head.hash}});
  return CanonicalJson({{"format", anchor.format},
                        {"project", anchor.project},
                        {"created_at", anchor.created_at},
                        {"heads", heads}}) +
         "\n";
}

Result<Anchor> ReadAnchor(const std::string& text) {
  auto parsed = ParseJson(text);
  if (!parsed) return BadAnchor(parsed.error().message);
  const json& object = *parsed;
  if (!object.is_object() || !object.contains("format") || !object["format"].is_number_unsigned())
    return BadAnchor("there is no format number");
  if (object["format"] != kAnchorFormat)
    return BadAnchor(fmt::format("it has format {}, this version knows {}", object["format"].dump(),
                                 kAnchorFormat));
  if (!HasKeys(object, {"format", "project", "created_at", "heads"}) ||
      !object["project"].is_string() || !object["created_at"].is_number_integer() ||
      !object["heads"].is_array())
    return BadAnchor("it must have format, project, created_at and heads");
  Anchor anchor{kAnchorFormat, object["project"], object["created_at"], {}};
  for (const auto& item : object["heads"]) {
    IL_ASSIGN(auto head, ReadHead(item));
    if (!anchor.heads.empty() && anchor.heads.back().chain >= head.chain)
      return BadAnchor("its heads are not sorted by chain, or a chain stands twice");
    anchor.heads.push_back(std::move(head));
  }
  return anchor;
}

Result<void> VerifyAgainstAnchor(const Anchor& anchor,
                                 const std::map<std::string, std::vector<Entry>>& chains) {
  const std::string when = FormatTimestamp(anchor.created_at);
  for (const auto& head : anchor.heads) {
    if (head.seq == 0) continue;
    const auto found = chains.find(head.chain);
    if (found == chains.end() || found->second.empty())
      return Fail(ToError(Fault(
          ChainDefect::kMissing, head,
          fmt::format("chain '{}' is gone; it had {} entries at {}", head.chain, head.seq, when),
          {})));
    const auto& entries = found->second;
    if (entries.size() < head.seq)
      return Fail(ToError(Fault(ChainDefect::kTruncated, head,
                                fmt::format("chain '{}' is truncated: it ends with entry {}, but "
                                            "had {} at {}",
                                            head.chain, entries.size(), head.seq, when),
                                {"its last: " + WhatHappened(entries.back())})));
    const Entry& entry = entries[head.seq - 1];
    if (entry.hash != head.hash)
      return Fail(ToError(Fault(ChainDefect::kRewritten, head,
                                fmt::format("chain '{}' was rewritten: entry {} is not the one "
                                            "that stood there at {}",
                                            head.chain, head.seq, when),
                                {WhatHappened(entry), "the anchor's hash " + head.hash,
                                 "its hash now      " + entry.hash})));
  }
  return {};
}

}  // namespace interlock
