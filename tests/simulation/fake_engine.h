// Session, ledger, bulk work and driver over a FakeServer, each operation one that a fault can hit.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "rollout/driver.h"
#include "runner/bulk_work.h"
#include "simulation/fake_server.h"

namespace interlock::simulation {

class FakeEngine : public Engine {
 public:
  explicit FakeEngine(FakeServer& server);
  const Database& database() const override { return database_; }
  Result<std::unique_ptr<Session>> Connect(bool holds_claims) override;
  Result<std::unique_ptr<Session>> ConnectReplica(size_t index) override;
  Result<std::unique_ptr<BulkSession>> ConnectBulk() override;
  Result<std::unique_ptr<Ledger>> OpenLedger(const std::string& actor) override;
  Result<Capabilities> Probe() override { return CapabilitiesOf(server_.kind); }

 private:
  FakeServer& server_;
  Database database_;
};

class FakeBulk : public BulkWork {
 public:
  explicit FakeBulk(FakeServer& server) : server_(server) {}
  Result<Observation> Observe(DatabaseLink& link, const Step& step) override;
  Result<nlohmann::json> Execute(DatabaseLink& link, const Step& step,
                                 const StatementTag& tag) override;
  Result<void> CatchUp(DatabaseLink& link, const Step& step, const StatementTag& tag) override;

 private:
  /// How many of the step are done, of 2.
  int& SegmentsOf(const Step& step);
  Result<nlohmann::json> Compare(DatabaseLink& link, const Step& step);
  Result<void> Work(DatabaseLink& link, const Step& step, const std::function<void()>& effect);
  FakeServer& server_;
};

class FakeDriver : public Driver {
 public:
  explicit FakeDriver(FakeServer& server) : server_(server) {}
  Result<std::vector<Instance>> List() override;
  Result<void> Start(const std::string& instance, const std::string& version) override;
  Result<void> Stop(const std::string& instance) override;
  Result<Health> Healthy(const std::string& instance, const std::string& version) override;
  Result<void> Drain(const std::string&) override { return {}; }
  Result<void> Undrain(const std::string&) override { return {}; }
  Duration timeout() const override { return std::chrono::seconds(30); }

 private:
  Result<void> Call(const std::function<void()>& effect);
  FakeServer& server_;
};

}  // namespace interlock::simulation
