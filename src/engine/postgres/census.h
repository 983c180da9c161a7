// Who is connected to a PostgreSQL server: sessions, blockers, replicas, and whether a pooler
// stands in between.
#pragma once

#include <string>
#include <vector>

#include "engine/postgres/connection.h"
#include "engine/sql.h"
#include "model/evidence.h"
#include "model/names.h"

namespace interlock::postgres {

/// Client sessions of this database but ours.  Incomplete where this role may not see whether
/// something is a client, or where a pooler shows itself.
Result<SessionList> ReadSessions(SqlConnection& connection, const std::string& server);
/// As Session::Blockers.
/// Sessions that the server process `pid` waits for; none when it waits for nobody.
Result<std::vector<Blocker>> ReadBlockersOf(SqlConnection& connection, int pid);
Result<std::vector<Blocker>> ReadBlockers(SqlConnection& connection, const TableName& table);
/// Streaming replicas as the server reports them; kUndecidable when the role may not see them.
Result<std::vector<ReplicaState>> ReadReplicas(SqlConnection& connection);
Result<ServerIdentity> ReadIdentity(SqlConnection& connection);

/// kRefused when the connection is not proved to be one server session: IL-E30 when a pooler
/// answers for the server (its process id differs; a pooler in session mode too), IL-E31 when a
/// second connection shares the session.
Result<void> ProveOneSession(PgConnection& connection);

}  // namespace interlock::postgres
