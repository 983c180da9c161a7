// How far replicas are behind: each is asked itself, since a source does not know.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "model/evidence.h"

namespace interlock::mysql {

/// The states of all replicas that count, or of those up to the first whose lag is unknown.  Asked
/// over and over by one thread.  Errors are the primary's: kTransient, or its connection is lost.
using AskReplicas = std::function<Result<std::vector<ReplicaState>>(MySqlConnection& primary)>;

/// Asks each of `urls`, over a connection that is kept, and the primary for attached ones that are
/// not among them: theirs is unknown.  No connection is made before the first question.  One that
/// is silent costs a few seconds at most, and the others are not asked then: whoever asks has
/// claims to keep alive.
AskReplicas WatchReplicas(std::vector<std::string> urls);

/// Asks one over `kept`, which is made when there is none and given up when it is of no use.
ReplicaState AskReplica(const std::string& name, const std::string& url,
                        std::unique_ptr<MySqlConnection>& kept);

/// What SHOW REPLICA STATUS (MariaDB: SHOW ALL SLAVES STATUS) says, a row a channel: the worst of
/// them.  Unknown where a thread does not run, whatever number stands there.  The server's own
/// texts hold rows' values, so only their numbers are shown.  Pure.
ReplicaState ReadReplicaStatus(const std::string& name, const std::vector<NamedRow>& channels);

/// What makes a backfill pause, for messages: a lag that is unknown, else the longest above
/// `max_lag`.  Pure.
std::optional<std::string> ReplicaPause(const std::vector<ReplicaState>& replicas,
                                        Duration max_lag);

}  // namespace interlock::mysql
