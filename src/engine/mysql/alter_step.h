// The steps of alter_table: what the server shows of each, and one attempt at it.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/session.h"
#include "model/step.h"

namespace interlock::mysql {

Result<Observation> ObserveAlter(MySqlConnection& connection, const Action& action);

/// As ExecuteStep; CopyRows and CompareRows have loops of their own.  Idempotent: what an attempt
/// before this one left is used or made anew, so it mends as well.
Result<void> ExecuteAlter(MySqlConnection& connection, const Action& action, const Fence& fence,
                          const StatementTag& tag, Duration lock_timeout,
                          std::vector<std::string>* sent);

/// What the step would send, in short.
std::vector<std::string> ShowAlter(const Action& action);

/// Why the table cannot be rebuilt, a line each: what a copy of its definition does not keep, or
/// what would not follow it.  `shared_key`: whether both shapes have a key in common.
Result<std::vector<std::string>> HindrancesOf(MySqlConnection& connection, const TableName& table,
                                              const Table& before, bool shared_key);

/// As Session::ForeseeAlter.
Result<ForeseenAlter> ForeseeAlter(MySqlConnection& connection, const TableName& table,
                                   const std::string& clauses);

}  // namespace interlock::mysql
