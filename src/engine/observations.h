// What dialects' observations of steps have in common.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "engine/sql.h"
#include "model/step.h"

namespace interlock {

inline Observation Seen(Observed state, std::string detail) { return {state, std::move(detail)}; }

/// What an error while building scratch objects means for an observation: a lack of privilege or a
/// read-only server is undecidable, a refused definition cannot be what is there; connection
/// trouble stays an error.
Result<Observation> Incomparable(const Error& error, const std::string& what);

/// What a user's observe query answered: one of four words.  Connection trouble stays an error.
Result<Observation> ReadAnswer(const Result<SqlRows>& answer);

/// Old column → new column of a twin, found under logical and quarantined names alike.
std::map<std::string, std::string> TwinColumns(const std::map<std::string, std::string>& columns,
                                               const TableName& table, const SyncContext& sync);

}  // namespace interlock
