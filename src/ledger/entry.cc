#include "ledger/entry.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace interlock {
namespace {

constexpr std::array<std::pair<EntryKind, std::string_view>, 29> kKindTexts{{
    {EntryKind::kLedgerBegun, "ledger.begun"},
    {EntryKind::kClaimTaken, "claim.taken"},
    {EntryKind::kMigrationPlanned, "migration.planned"},
    {EntryKind::kMigrationState, "migration.state"},
    {EntryKind::kStepIntent, "step.intent"},
    {EntryKind::kStepOutcome, "step.outcome"},
    {EntryKind::kStepFailed, "step.failed"},
    {EntryKind::kStepAdopted, "step.adopted"},
    {EntryKind::kStepRetried, "step.retried"},
    {EntryKind::kMilestone, "milestone"},
    {EntryKind::kDriftFound, "drift.found"},
    {EntryKind::kDriftAccepted, "drift.accepted"},
    {EntryKind::kAppRegistered, "app.registered"},
    {EntryKind::kVersionClosed, "version.closed"},
    {EntryKind::kVersionReopened, "version.reopened"},
    {EntryKind::kIdentityChanged, "identity.changed"},
    {EntryKind::kReconciled, "ledger.reconciled"},
    {EntryKind::kClaimBroken, "claim.broken"},
    {EntryKind::kReleasePlanned, "release.planned"},
    {EntryKind::kReleaseState, "release.state"},
    {EntryKind::kGate, "gate"},
    {EntryKind::kApproved, "approved"},
    {EntryKind::kAttested, "attested"},
    {EntryKind::kOverridden, "overridden"},
    {EntryKind::kRolloutMoved, "rollout.moved"},
    {EntryKind::kInstanceForgotten, "instance.forgotten"},
    {EntryKind::kPaused, "paused"},
    {EntryKind::kResumed, "resumed"},
    {EntryKind::kRollbackBegun, "rollback.begun"},
}};
static_assert(kKindTexts.size() == static_cast<size_t>(kLastEntryKind) + 1);

constexpr std::string_view kDomain("interlock-ledger-entry\0", 23);

void Append(std::string& out, std::string_view field) {
  const auto size = static_cast<std::uint64_t>(field.size());
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((size >> shift) & 0xff);
  out += field;
}

}  // namespace

std::string_view ToString(EntryKind kind) {
  for (const auto& [value, text] : kKindTexts)
    if (value == kind) return text;
  return "unknown";
}

Result<EntryKind> ParseEntryKind(std::string_view text) {
  for (const auto& [value, name] : kKindTexts)
    if (name == text) return value;
  return Fail(ErrorKind::kCorrupt, "IL-L05",
              fmt::format("'{}' is not a kind of ledger entry that this version knows", text),
              "a newer interlock may have written it: use that version, or a newer one");
}

std::string CanonicalEncoding(const Entry& entry) {
  std::string out(kDomain);
  out.reserve(512 + entry.body.size());
  Append(out, std::to_string(entry.format));
  Append(out, entry.chain);
  Append(out, std::to_string(entry.seq));
  Append(out, entry.prev_hash);
  Append(out, std::to_string(entry.at));
  Append(out, ToString(entry.kind));
  Append(out, std::to_string(entry.token));
  Append(out, entry.actor);
  Append(out, entry.session_user);
  Append(out, entry.release);
  Append(out, entry.step);
  Append(out, std::to_string(entry.attempt));
  Append(out, entry.body);
  return out;
}

Digest EntryHash(const Entry& entry) { return Sha256(CanonicalEncoding(entry)); }

}  // namespace interlock
