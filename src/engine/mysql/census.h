// Who is connected to a MySQL or MariaDB server: sessions, blockers, replicas, and whether
// something stands in between.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "model/evidence.h"
#include "model/names.h"

namespace interlock::mysql {

/// system: MySQL's server_uuid; MariaDB's @@server_uid, a digest of network address and port, with
/// the server_id beside it (where there is no server_uid, before 10.6.16, the host's name).
/// A replica has another than its source, and a promotion changes neither, so there is no timeline.
/// in_recovery: it takes no writes (read_only), or follows another server now, as far as this
/// account may see that.
Result<ServerIdentity> ReadIdentity(MySqlConnection& connection);

/// Client sessions of the server but this one.  Any of them may use this database: those whose
/// default database is another are `elsewhere`.
///
/// A session is called by its attribute program_name, and beside it by its account's name.
/// Without the attribute, and where performance_schema is off as MariaDB has it by default, the
/// account's name is all there is: there a census goes by accounts, one a version.  Ours are called
/// "interlock" in any case.
/// Incomplete without PROCESS, without the privilege to read the attributes, and where a pooler
/// shows itself.
Result<SessionList> ReadSessions(MySqlConnection& connection, const std::string& server);

/// As Session::Blockers: who holds or waits for a lock on the table, by the metadata locks of
/// performance_schema or of MariaDB's plugin METADATA_LOCK_INFO.  Where neither can be read, open
/// transactions, "may hold it", and statements that name the table.  Without PROCESS only sessions
/// of this account.
Result<std::vector<Blocker>> ReadBlockers(MySqlConnection& connection, const TableName& table);
/// Whether the server tells who holds a lock, so that it need not be guessed.
Result<bool> TellsLocks(MySqlConnection& connection);

/// Replicas that have registered, as servers do and most other readers of the binary log do not.
/// Without the privilege to list them every reader of the log counts; kUndecidable (IL-E24) without
/// PROCESS either.  The other members of a Galera cluster or a replication group count, too.  A
/// source knows no lag.
Result<std::vector<ReplicaState>> ReadReplicas(MySqlConnection& connection);

/// kRefused when the connection is not proved to be one server session: IL-E30 when something that
/// stands in between answers for the server, made the session, or spreads statements over several;
/// IL-E31 when a second connection shares the session.
Result<void> ProveOneSession(MySqlConnection& connection);
/// The same for any connection; `program_name` is what it called itself.
using Reconnect = std::function<Result<std::unique_ptr<SqlConnection>>()>;
Result<void> ProveOneSession(SqlConnection& connection, const std::string& program_name,
                             const Reconnect& reconnect);

/// Microseconds of the server's clock.
Result<Timestamp> ReadNow(MySqlConnection& connection);

/// As Session::HasRows.
Result<bool> HasRows(MySqlConnection& connection, const TableName& table);

}  // namespace interlock::mysql
