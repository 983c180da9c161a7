// The steps of alter_table: what the server shows of each, and one attempt at it.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/table_text.h"
#include "engine/session.h"
#include "model/step.h"

namespace interlock::mysql {

Result<Observation> ObserveAlter(MySqlConnection& connection, const Action& action);

struct AlterManner {
  bool instant_only = false;  ///< what takes the server a while in place is rebuilt
  /// A copy has its keys from the beginning: to build one is work that gives way to nobody.
  bool keys_first = false;
};

/// As ExecuteStep; CopyRows and CompareRows have loops of their own.  Idempotent: what an attempt
/// before this one left is used or made anew, so it mends as well.
Result<void> ExecuteAlter(MySqlConnection& connection, const Action& action, const Fence& fence,
                          const StatementTag& tag, Duration lock_timeout, const AlterManner& manner,
                          std::vector<std::string>* sent);

/// Of what was sent: "instant", "in place" or "rebuild"; "" when nothing was altered.
std::string MannerOf(const std::vector<std::string>& sent);

/// Whether an ALTER in place would hold up replicas: there are some, and the table has more than
/// `rows` rows.
Result<bool> HoldsUpReplicas(MySqlConnection& connection, const TableName& table, std::int64_t rows,
                             bool configured);

/// What the step would send, in short.
std::vector<std::string> ShowAlter(const Action& action);

/// Why the table cannot be rebuilt so, a line each: what a copy of its definition does not keep,
/// what would not follow it, and values that would not come over or back.
Result<std::vector<std::string>> HindrancesOf(MySqlConnection& connection, const TableName& table,
                                              const TableText& before, const TableText& after,
                                              const std::map<std::string, std::string>& renamed);

/// As Session::ForeseeAlter.
Result<ForeseenAlter> ForeseeAlter(MySqlConnection& connection, const TableName& table,
                                   const std::string& clauses, bool instant_only = false);

}  // namespace interlock::mysql
