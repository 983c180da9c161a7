// One entry of the append-only, hash-chained ledger, and its canonical encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace interlock {

/// Every kind of entry.  The text form is part of the format (docs/ledger-format.md).
enum class EntryKind {
  // on a database's chain
  kLedgerBegun,       ///< project, environment, catalog fingerprint: claimed, not witnessed
  kClaimTaken,        ///< objects, server identity
  kMigrationPlanned,  ///< the migration and all its steps
  kMigrationState,    ///< schema state reached
  kStepIntent,
  kStepOutcome,
  kStepFailed,
  kStepAdopted,
  kStepRetried,
  kMilestone,  ///< of a backfill or verification: counts
  kDriftFound,
  kDriftAccepted,
  kAppRegistered,  ///< version, uses, contained migrations
  kVersionClosed,  ///< gate refuses this version from now on
  kVersionReopened,
  kIdentityChanged,  ///< another server, timeline or host than before: observed anew
  kReconciled,
  kClaimBroken,
  // on the release chain
  kReleasePlanned,  ///< digest of all that will run, the plan itself
  kReleaseState,
  kGate,  ///< point, answer, evidence, heads of the database chains
  kApproved,
  kAttested,
  kOverridden,
  kRolloutMoved,  ///< one instance from one version to another, with what happened
  kInstanceForgotten,
  kPaused,
  kResumed,
  kRollbackBegun  ///< from now on the release only goes back
};
inline constexpr EntryKind kLastEntryKind = EntryKind::kRollbackBegun;
std::string_view ToString(EntryKind kind);
Result<EntryKind> ParseEntryKind(std::string_view text);

inline constexpr std::string_view kGenesisHash =
    "0000000000000000000000000000000000000000000000000000000000000000";

struct ChainHead {
  std::string chain;
  std::uint64_t seq = 0;  ///< 0 = empty
  Digest hash = std::string(kGenesisHash);
  bool operator==(const ChainHead&) const = default;
};

/// What a caller gives; the rest is the ledger's.
struct EntryDraft {
  EntryKind kind = EntryKind::kStepIntent;
  std::string release;  ///< or ""
  std::string step;     ///< step id, or ""
  int attempt = 0;
  std::string body;  ///< canonical JSON object, exact bytes
  /// How far the writer has read chains of this ledger, this one and others; seq 0 asks nothing.
  std::vector<ChainHead> read{};
  /// What the body names by its SHA-256 (a catalog's text): kept in the same transaction, so that
  /// no copy of the server ever has the one without the other.
  std::optional<std::string> kept_text{};
};

struct Entry {
  std::string chain;      ///< database name, or "releases"
  std::uint64_t seq = 0;  ///< from 1, no holes
  int format = 1;
  Digest prev_hash;  ///< of seq - 1; 64 zeros for the first
  Digest hash;
  Timestamp at = 0;  ///< microseconds since the epoch
  EntryKind kind = EntryKind::kStepIntent;
  std::uint64_t token = 0;   ///< highest fencing token held, 0 without a claim
  std::string actor;         ///< who, as configured or from the environment
  std::string session_user;  ///< whom the server knows
  std::string release;
  std::string step;
  int attempt = 0;
  std::string body;
  bool operator==(const Entry&) const = default;
};

inline constexpr int kLedgerFormat = 1;

/// The bytes that are hashed: domain separator, then each field length-prefixed.  Pure.
std::string CanonicalEncoding(const Entry& entry);
/// SHA-256 of CanonicalEncoding.  Pure.
Digest EntryHash(const Entry& entry);

}  // namespace interlock
