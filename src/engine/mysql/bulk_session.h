// Moves and compares the rows of one table in key ranges, on a connection of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/bulk.h"
#include "engine/mysql/replica_lag.h"
#include "engine/sql.h"
#include "model/project.h"
#include "model/step.h"

namespace interlock::mysql {

inline constexpr const char* kBulkProgramName = "interlock backfill";

/// A session for `open_bulk`; `url` as MySqlConnection::Open takes it.  Without `ask_replicas` no
/// lag makes it pause, beyond `limits` the server's load does.
Result<std::unique_ptr<BulkSession>> OpenBulkSession(const std::string& url,
                                                     AskReplicas ask_replicas = {},
                                                     const BackfillSettings& limits = {});

/// interlock_backfill, if it is not there.
Result<void> EnsureCheckpointTable(SqlConnection& connection);

/// kPresent when the checkpoints of `step` cover the table's whole key space and all are done,
/// kAbsent otherwise: a backfill goes on from its checkpoints by being executed again.  `detail`
/// says how far it is.
Result<Observation> ObserveBackfill(SqlConnection& connection, const std::string& step);

/// One batch of the backfill, and one comparison, as `plan` shows them: SQL with $1 … for keys.
Result<std::string> ShowBatch(SqlConnection& connection, const SyncSpec& spec);
Result<std::string> ShowCompare(SqlConnection& connection, const SyncSpec& spec);

}  // namespace interlock::mysql
