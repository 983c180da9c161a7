// A session on a MySQL or MariaDB server: the room's parts behind the Session interface.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/catalog_scope.h"
#include "engine/long_wait.h"
#include "engine/mysql/connection.h"
#include "engine/session.h"

namespace interlock::mysql {

class MySqlSession : public Session {
 public:
  MySqlSession(std::unique_ptr<MySqlConnection> connection, SessionScope scope, Clock& clock);

  Result<ServerIdentity> Identity() override;
  Result<Timestamp> Now() override;
  Result<Catalog> ReadCatalog() override;
  Result<Observation> Observe(const Step& step, const SyncContext& sync) override;
  Result<std::vector<std::string>> Render(const Step& step, const SyncContext& sync) override;
  Result<std::vector<Blocker>> Blockers(const TableName& table) override;
  Result<SessionList> Sessions() override;
  Result<std::int64_t> OldShapeWrites(const TableName& table) override;
  Result<void> ProveExpressions(const SyncSpec& spec) override;
  Result<ForeseenAlter> ForeseeAlter(const TableName& table, const std::string& clauses) override;
  Result<bool> HasRows(const TableName& table) override;
  Result<std::vector<ReplicaState>> AttachedReplicas() override;
  Result<void> ProveSessionMode() override;

  Result<HeldClaim> TryClaim(const ClaimRequest& request) override;
  Result<void> ReleaseClaim(const HeldClaim& claim) override;
  Result<void> Beat(const Fence& fence) override;
  Result<std::vector<ClaimHolder>> Claims() override;
  Result<void> BreakClaim(const std::string& object) override;
  Result<void> EndSession(std::int64_t session) override;

  Result<void> Execute(const Step& step, const SyncContext& sync, const Fence& fence,
                       const StatementTag& tag, Duration lock_timeout) override;
  Result<void> Rehearse(const std::vector<Step>& steps, const std::vector<SyncContext>& sync,
                        const Fence& fence, const StatementTag& tag,
                        Duration lock_timeout) override;
  Result<void> Mend(const Step& step, const SyncContext& sync, const Fence& fence,
                    const StatementTag& tag, Duration lock_timeout) override;
  void WatchLongWaits(LongWait hooks) override { long_wait_ = std::move(hooks); }
  std::string Manner() const override { return manner_; }

 private:
  /// Lives while a statement of the step may wait by design; nothing for other steps.
  std::unique_ptr<LongWaitWatch> Watch(const Step& step, const StatementTag& tag);

  /// Whether it is to be rebuilt rather than altered in place.
  Result<bool> InstantOnly(const TableName& table);

  std::unique_ptr<MySqlConnection> connection_;
  SessionScope scope_;
  Clock& clock_;
  LongWait long_wait_;
  std::string manner_;
};

}  // namespace interlock::mysql
