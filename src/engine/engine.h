// A database as a factory of sessions: its primary, its replicas, its ledger.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/bulk.h"
#include "engine/session.h"
#include "ledger/ledger.h"
#include "model/capabilities.h"
#include "model/project.h"

namespace interlock {

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const Database& database() const = 0;

  /// A session on the primary.  `holds_claims`: the server ends it after 30 s of silence.
  /// kUnreachable without a connection, with what was tried (never the password).
  virtual Result<std::unique_ptr<Session>> Connect(bool holds_claims) = 0;
  virtual Result<std::unique_ptr<Session>> ConnectReplica(size_t index) = 0;
  virtual Result<std::unique_ptr<BulkSession>> ConnectBulk() = 0;
  /// The ledger tables in this database, over a connection of its own.
  virtual Result<std::unique_ptr<Ledger>> OpenLedger(const std::string& actor) = 0;
  virtual Result<Capabilities> Probe() = 0;
};

}  // namespace interlock
