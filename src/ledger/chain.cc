#include "ledger/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace interlock {
namespace {

struct DefectText {
  std::string_view name;
  std::string_view code;
  std::string_view hint;
};

constexpr std::string_view kCompare =
    "nothing may be built on it: compare with an export or a backup and find out who wrote to the "
    "ledger's tables";
constexpr std::string_view kRestored =
    "if the database was restored from a backup, run `interlock ledger reconcile`; otherwise "
    "find out who wrote to the ledger's tables";

constexpr std::array<DefectText, 9> kDefectTexts{{
    {"edited", "IL-L01", kCompare},
    {"removed", "IL-L02", kCompare},
    {"forked", "IL-L03", kCompare},
    {"reordered", "IL-L04", kCompare},
    {"format", "IL-L05", "use the version of interlock that wrote it, or a newer one"},
    {"foreign", "IL-L06", kCompare},
    {"truncated", "IL-L07", kRestored},
    {"rewritten", "IL-L08", kRestored},
    {"missing", "IL-L09", kRestored},
}};
static_assert(kDefectTexts.size() == static_cast<size_t>(ChainDefect::kMissing) + 1);

const DefectText& Text(ChainDefect defect) { return kDefectTexts[static_cast<size_t>(defect)]; }

/// Walks the chain; each check looks at one entry whose predecessors all hold.
class Walk {
 public:
  Walk(std::span<const Entry> entries, const ChainHead& from)
      : entries_(entries), start_(from.seq), head_(from) {}

  std::optional<ChainFault> Run() {
    for (index_ = 0; index_ < entries_.size(); ++index_) {
      const Entry& entry = entries_[index_];
      if (head_.chain.empty()) head_.chain = entry.chain;
      auto fault = Contents(entry);
      if (!fault) fault = Place(entry);
      if (!fault) fault = Predecessor(entry);
      if (fault) return fault;
      head_.seq = entry.seq;
      head_.hash = entry.hash;
    }
    return std::nullopt;
  }

  const ChainHead& head() const { return head_; }

 private:
  std::uint64_t Expected() const { return head_.seq + 1; }

  ChainFault Fault(ChainDefect defect, std::string message,
                   std::vector<std::string> details = {}) const {
    details.insert(details.begin(), WhatHappened(entries_[index_]));
    return {defect, head_.chain, Expected(), index_, std::move(message), std::move(details)};
  }

  std::optional<ChainFault> Contents(const Entry& entry) const {
    if (entry.chain != head_.chain)
      return Fault(ChainDefect::kForeign,
                   fmt::format("entry {} of chain '{}' belongs to chain '{}'", Expected(),
                               head_.chain, entry.chain));
    if (entry.format != kLedgerFormat)
      return Fault(ChainDefect::kFormat,
                   fmt::format("entry {} of chain '{}' has format {}, this version knows {}",
                               Expected(), head_.chain, entry.format, kLedgerFormat));
    const Digest hash = EntryHash(entry);
    if (hash != entry.hash)
      return Fault(ChainDefect::kEdited,
                   fmt::format("entry {} of chain '{}' was edited: its contents do not give its "
                               "hash",
                               Expected(), head_.chain),
                   {"recorded hash   " + entry.hash, "of its contents " + hash});
    return std::nullopt;
  }

  /// The contents hold; is it the entry that is due?
  std::optional<ChainFault> Place(const Entry& entry) const {
    if (entry.seq == Expected()) return std::nullopt;
    if (entry.seq > Expected()) {
      const auto later = entries_.subspan(index_ + 1);
      if (std::any_of(later.begin(), later.end(),
                      [&](const Entry& other) { return other.seq == Expected(); }))
        return Fault(ChainDefect::kReordered,
                     fmt::format("chain '{}' is out of order: entry {} stands where entry {} is "
                                 "due, which comes later",
                                 head_.chain, entry.seq, Expected()));
      return Fault(ChainDefect::kRemoved,
                   entry.seq == Expected() + 1
                       ? fmt::format("entry {} of chain '{}' is missing", Expected(), head_.chain)
                       : fmt::format("entries {} to {} of chain '{}' are missing", Expected(),
                                     entry.seq - 1, head_.chain),
                   {"the above is what stands there instead"});
    }
    for (size_t i = 0; i < index_; ++i)
      if (entries_[i].seq == entry.seq) return Twice(entry, entries_[i]);
    return Fault(ChainDefect::kForked,
                 fmt::format("chain '{}' goes back to entry {} where entry {} is due", head_.chain,
                             entry.seq, Expected()));
  }

  ChainFault Twice(const Entry& entry, const Entry& first) const {
    auto fault = Fault(
        ChainDefect::kForked,
        entry.hash == first.hash
            ? fmt::format("entry {} of chain '{}' stands there twice", entry.seq, head_.chain)
            : fmt::format("chain '{}' is forked: there are two entries {}", head_.chain, entry.seq),
        {"the other: " + WhatHappened(first)});
    fault.seq = entry.seq;
    return fault;
  }

  /// Contents and number hold; does it follow the one before?
  std::optional<ChainFault> Predecessor(const Entry& entry) const {
    if (entry.prev_hash == head_.hash) return std::nullopt;
    if (head_.seq == 0)
      return Fault(ChainDefect::kRemoved,
                   fmt::format("chain '{}' does not begin with its first entry: what stands there "
                               "follows another one",
                               head_.chain));
    for (size_t i = 0; i < index_; ++i) {
      if (entries_[i].prev_hash == entry.prev_hash)
        return Fault(ChainDefect::kForked,
                     fmt::format("chain '{}' is forked: entries {} and {} follow the same one",
                                 head_.chain, entries_[i].seq, entry.seq),
                     {"the other: " + WhatHappened(entries_[i])});
    }
    // Two neighbours contradict each other.  The one that its successor vouches for is the old one.
    const bool vouched =
        index_ + 1 < entries_.size() && entries_[index_ + 1].prev_hash == entry.hash;
    const bool names_other = vouched && head_.seq > start_;
    auto fault =
        Fault(ChainDefect::kEdited,
              fmt::format("entry {} of chain '{}' was replaced: entry {} {}",
                          names_other ? head_.seq : entry.seq, head_.chain, entry.seq,
                          names_other ? "follows another one" : "does not follow the one before"),
              {"entry " + std::to_string(head_.seq) + " has hash " + head_.hash,
               "entry " + std::to_string(entry.seq) + " follows  " + entry.prev_hash});
    if (names_other) {
      fault.seq = head_.seq;
      fault.index = index_ - 1;
      fault.details.front() = WhatHappened(entries_[index_ - 1]);
    }
    return fault;
  }

  std::span<const Entry> entries_;
  std::uint64_t start_;
  ChainHead head_;
  size_t index_ = 0;
};

}  // namespace

std::string_view ToString(ChainDefect defect) { return Text(defect).name; }
std::string_view Code(ChainDefect defect) { return Text(defect).code; }

std::optional<ChainDefect> DefectOf(const Error& error) {
  for (size_t i = 0; i < kDefectTexts.size(); ++i)
    if (kDefectTexts[i].code == error.code) return static_cast<ChainDefect>(i);
  return std::nullopt;
}

Error ToError(const ChainFault& fault) {
  return {ErrorKind::kCorrupt, std::string(Code(fault.defect)), fault.message, fault.details,
          std::string(Text(fault.defect).hint)};
}

std::optional<ChainFault> FindFault(std::span<const Entry> entries, const ChainHead& from) {
  return Walk(entries, from).Run();
}

Result<ChainHead> VerifyChain(std::span<const Entry> entries) {
  return VerifyContinuation({}, entries);
}

Result<ChainHead> VerifyContinuation(const ChainHead& from, std::span<const Entry> entries) {
  Walk walk(entries, from);
  if (auto fault = walk.Run()) return Fail(ToError(*fault));
  return walk.head();
}

Error LacksEntries(const ChainHead& read, const ChainHead& there) {
  Error error{ErrorKind::kUndecidable, "IL-R20", "", {}, std::string(kLacksEntriesHint)};
  const std::string chain = "chain " + read.chain;
  if (there.seq < read.seq) {
    error.message = "The ledger's " + chain + " ends at entry " + std::to_string(there.seq) +
                    ", this run has already read entry " + std::to_string(read.seq);
  } else {
    error.message = "The ledger's " + chain + " has another entry " + std::to_string(read.seq) +
                    " than this run has read";
  }
  error.details = {"read: entry " + std::to_string(read.seq) + ", " + read.hash,
                   "there: it ends at entry " + std::to_string(there.seq) + ", " + there.hash};
  return error;
}

std::string WhatHappened(const Entry& entry) {
  std::string out(ToString(entry.kind));
  if (!entry.step.empty()) out += " " + entry.step;
  if (entry.attempt > 1) out += fmt::format(" (attempt {})", entry.attempt);
  if (!entry.release.empty()) out += " of release " + entry.release;
  out += ", " + FormatTimestamp(entry.at);
  if (!entry.actor.empty()) out += ", by " + entry.actor;
  return out + fmt::format(" (entry {} of chain '{}')", entry.seq, entry.chain);
}

}  // namespace interlock
