// A PostgreSQL database as a factory of sessions.
#pragma once

#include <memory>

#include "base/clock.h"
#include "engine/engine.h"

namespace interlock::postgres {

/// The oldest server that is supported; 13 is the oldest that the PostgreSQL project still mends.
inline constexpr int kOldestMajor = 12;

class PgEngine : public Engine {
 public:
  explicit PgEngine(Database database, Clock& clock = SystemClock());

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

}  // namespace interlock::postgres
