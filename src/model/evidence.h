// What is seen of the world outside the schema: running instances, sessions, servers, rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace interlock {

/// An instance as a driver lists it.
struct Instance {
  std::string app;
  std::string name;
  std::string version;
  bool operator==(const Instance&) const = default;
};

/// A session as the server lists it.
struct DbSession {
  std::int64_t id = 0;  ///< backend pid, connection id
  std::string server;   ///< "primary", or the replica's host
  std::string name;     ///< application_name
  std::string user;
  std::string host;   ///< "" for a local socket
  std::string state;  ///< "active", "idle", "idle in transaction", …
  Duration idle{0};   ///< since the last change of state
  /// Names it, too, where `name` is none of an application's: the account's, where each version may
  /// have its own.
  std::string account{};
  /// Works in another database by default, so it is no unknown one of this.
  bool elsewhere = false;
  bool operator==(const DbSession&) const = default;
};

/// All sessions a server shows, or why that is not all of them.
struct SessionList {
  std::vector<DbSession> sessions;
  bool complete = true;  ///< false: this role sees only part, or a pooler hides clients
  std::string why_incomplete;
};

/// Tells servers apart: recorded with each claim, compared before each run.
struct ServerIdentity {
  std::string system;    ///< PostgreSQL system identifier, server_uuid
  std::string database;  ///< name and oid
  std::string timeline;
  std::string position;  ///< LSN or GTID: informative
  std::string host;      ///< address and port as the server knows them
  std::string version;   ///< "15.20"
  int major = 0;
  bool in_recovery = false;
};

struct ReplicaState {
  std::string name;
  bool reachable = false;
  std::optional<Duration> lag;  ///< nothing when it can't be read
  std::string fingerprint;      ///< of its catalog, or ""
  std::string why_unknown{};    ///< what keeps the lag from being read, or ""
};

/// Something that waits or makes others wait, for messages.
struct Blocker {
  std::int64_t session = 0;
  std::string name;
  std::string user;
  std::string state;
  Duration age{0};    ///< of its transaction
  std::string query;  ///< the first 80 characters, never a literal of ours
  /// The server itself ends it for whoever has waited so long (an autovacuum); nothing otherwise.
  std::optional<Duration> gives_way{};
  /// A client's session that is known to have a lock on the table in its transaction, and waits for
  /// nobody.
  bool holds = false;
  bool reads = false;  ///< that lock keeps nobody away but who needs the table alone
};

struct BackfillCounts {
  std::int64_t rows_seen = 0;  ///< in the ranges done
  std::int64_t rows_changed = 0;
  std::int64_t batches = 0;
  std::int64_t retried = 0;
};

struct VerifyCounts {
  std::int64_t rows = 0;
  std::int64_t differing = 0;                ///< neither new = up(old) nor old = down(new)
  std::int64_t lossy = 0;                    ///< down(new) ≠ old although new = up(old)
  std::vector<std::string> first_differing;  ///< keys, at most 10
  std::vector<std::string> first_lossy;
};

}  // namespace interlock
