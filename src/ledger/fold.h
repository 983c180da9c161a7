// A database's chain folded into what it says: what was planned, intended, done and undone.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/entry.h"
#include "model/evidence.h"
#include "model/migration.h"
#include "model/step.h"
#include "model/uses.h"

namespace interlock {

/// What the chain says of one step.
struct StepHistory {
  bool intended = false;
  bool succeeded = false;
  bool failed = false;
  bool undone = false;  ///< its undo step succeeded; or it had no effect when a way back began
  int attempts = 0;
  std::uint64_t intent_seq = 0;
  std::uint64_t outcome_seq = 0;
  Timestamp intended_at = 0;
  Timestamp finished_at = 0;
  std::string error;  ///< of the failure
};

struct MigrationHistory {
  Migration migration;
  std::vector<Step> steps;
  std::string release;
  SchemaState state = SchemaState::kAbsent;
  int generation = 1;  ///< raised when it is planned again after a rollback
  std::uint64_t planned_seq = 0;
  Timestamp state_at = 0;
  bool open() const { return state != SchemaState::kAbsent && state != SchemaState::kContracted; }
};

struct RegisteredApp {
  Uses uses;
  Timestamp at = 0;
};

struct DatabaseHistory {
  std::string chain;
  ChainHead head;
  bool begun = false;
  std::string project;
  std::string environment;
  Digest fingerprint;  ///< of the catalog as last recorded
  std::optional<ServerIdentity> server;
  std::map<std::string, StepHistory> steps;            ///< by step id
  std::map<std::string, MigrationHistory> migrations;  ///< by id, the newest plan of each
  std::vector<std::string> order;                      ///< migration ids as first planned
  std::map<std::pair<std::string, std::string>, RegisteredApp> apps;  ///< (app, version)
  std::map<std::pair<std::string, std::string>, std::set<std::string>>
      closed;                                  ///< (app, version) → migrations; none is empty
  std::map<std::string, Timestamp> closed_at;  ///< migration → when versions were closed

  /// Specs that the sync trigger of `table` covers by what succeeded so far, in order.
  std::vector<SyncSpec> ActiveSpecs(const TableName& table) const;
  /// The same if every step of `table` that is intended took effect already, as it may have: its
  /// outcome is written only once it was seen.
  std::vector<SyncSpec> IntendedSpecs(const TableName& table) const;
  /// Every open spec of every table.
  std::vector<SyncSpec> OpenSpecs() const;
  /// Tables that open migrations alter, and which migration: their former shape is still kept.
  std::map<TableName, std::string> OpenAlterations() const;
  /// Step ids with an intent and neither outcome nor failure, that no way back has settled.
  std::vector<std::string> OpenIntents() const;
  const Step* FindStep(const std::string& id) const;
  /// A step is superseded once a step after it that touches the same object has an intent, or once
  /// it was undone.
  bool Superseded(const Step& step) const;

  /// All steps ever planned, undo steps too, with the sequence number of their intent.
  std::map<std::string, Step> known_steps;
};

/// Continues `history` with entries that follow its head.  Pure.  kCorrupt on a body that cannot be
/// read; hashes are VerifyChain's business.
Result<void> Fold(DatabaseHistory& history, const std::vector<Entry>& entries);

nlohmann::json ToJson(const ServerIdentity& server);
Result<ServerIdentity> ServerIdentityFromJson(const nlohmann::json& json);

}  // namespace interlock
