// A MySQL or MariaDB database as a factory of sessions.
#pragma once

#include <memory>

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/mysql/connection.h"

namespace interlock::mysql {

/// What the server can do, for planning.  Pure.
Capabilities CapabilitiesOf(const ServerVersion& version);

class MySqlEngine : public Engine {
 public:
  explicit MySqlEngine(Database database, Clock& clock = SystemClock());

  const Database& database() const override { return database_; }
  /// kConfig (IL-E05) for a server that is too old.
  Result<std::unique_ptr<Session>> Connect(bool holds_claims) override;
  Result<std::unique_ptr<Session>> ConnectReplica(size_t index) override;
  Result<std::unique_ptr<BulkSession>> ConnectBulk() override;
  Result<std::unique_ptr<Ledger>> OpenLedger(const std::string& actor) override;
  Result<Capabilities> Probe() override;

 private:
  Result<std::unique_ptr<Session>> Open(const std::string& url, bool holds_claims,
                                        const std::string& server);

  Database database_;
  Clock& clock_;
};

}  // namespace interlock::mysql
