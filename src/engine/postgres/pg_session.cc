#include "engine/postgres/pg_session.h"

#include <utility>

#include "engine/postgres/answers.h"
#include "engine/postgres/catalog_reader.h"
#include "engine/postgres/census.h"
#include "engine/postgres/claims.h"
#include "engine/postgres/execute.h"
#include "engine/postgres/observe.h"
#include "engine/postgres/prove.h"
#include "engine/postgres/quote.h"
#include "engine/postgres/render.h"
#include "engine/postgres/sync_trigger.h"

namespace interlock::postgres {
namespace {

class Probe : public WaitProbe {
 public:
  Probe(std::unique_ptr<PgConnection> connection, int pid)
      : connection_(std::move(connection)), pid_(pid) {}
  Result<std::vector<Blocker>> Blockers() override { return ReadBlockersOf(*connection_, pid_); }
  Result<void> Cancel() override {
    IL_RETURN_IF_ERROR(connection_->Execute("SELECT pg_catalog.pg_cancel_backend($1::int)",
                                            {std::to_string(pid_)}));
    return {};
  }

 private:
  std::unique_ptr<PgConnection> connection_;
  int pid_;
};

}  // namespace

PgSession::PgSession(std::unique_ptr<PgConnection> connection, SessionScope scope, Clock& clock)
    : connection_(std::move(connection)), scope_(std::move(scope)), clock_(clock) {}

Result<ServerIdentity> PgSession::Identity() { return ReadIdentity(*connection_); }

Result<Timestamp> PgSession::Now() {
  IL_ASSIGN(const SqlRows rows,
            connection_->Execute("SELECT (pg_catalog.date_part('epoch',"
                                 " pg_catalog.clock_timestamp()) * 1000000)::bigint",
                                 {}));
  IL_ASSIGN(const SqlValue now, FirstValue(rows));
  return WholeNumber(now);
}

Result<Catalog> PgSession::ReadCatalog() {
  return postgres::ReadCatalog(*connection_, scope_.owns, scope_.ignore);
}

Result<Observation> PgSession::Observe(const Step& step, const SyncContext& sync) {
  auto observation = ObserveStep(*connection_, step, sync);
  if (observation || observation.error().kind != ErrorKind::kRefused) return observation;
  return Observation{Observed::kUndecidable,
                     "this role may not look: " + observation.error().message};
}

Result<std::vector<std::string>> PgSession::Render(const Step& step, const SyncContext& sync) {
  return RenderStep(*connection_, step, sync);
}

Result<std::vector<Blocker>> PgSession::Blockers(const TableName& table) {
  return ReadBlockers(*connection_, table);
}

Result<SessionList> PgSession::Sessions() { return ReadSessions(*connection_, scope_.server); }

Result<std::int64_t> PgSession::OldShapeWrites(const TableName& table) {
  return postgres::OldShapeWrites(*connection_, table);
}

Result<void> PgSession::ProveExpressions(const SyncSpec& spec) {
  return postgres::ProveExpressions(*connection_, spec);
}

Result<bool> PgSession::HasRows(const TableName& table) {
  IL_ASSIGN(const SqlRows there,
            connection_->Execute("SELECT pg_catalog.to_regclass($1)", {Quote(table)}));
  IL_ASSIGN(const SqlValue relation, FirstValue(there));
  if (!relation) return false;
  IL_ASSIGN(const SqlRows found,
            connection_->Execute("SELECT EXISTS (SELECT FROM " + Quote(table) + ")", {}));
  IL_ASSIGN(const SqlValue has_rows, FirstValue(found));
  return has_rows == "t";
}

Result<std::vector<ReplicaState>> PgSession::AttachedReplicas() {
  return ReadReplicas(*connection_);
}

Result<void> PgSession::ProveSessionMode() { return ProveOneSession(*connection_); }

Result<HeldClaim> PgSession::TryClaim(const ClaimRequest& request) {
  PgClaims claims(*connection_);
  return TakeClaim(claims, request, clock_);
}

Result<void> PgSession::ReleaseClaim(const HeldClaim& claim) {
  PgClaims claims(*connection_);
  return GiveUpClaim(claims, claim);
}

Result<void> PgSession::Beat(const Fence& fence) {
  PgClaims claims(*connection_);
  return CheckClaims(claims, fence);
}

Result<std::vector<ClaimHolder>> PgSession::Claims() { return PgClaims(*connection_).Holders(); }

Result<void> PgSession::BreakClaim(const std::string& object) {
  PgClaims claims(*connection_);
  return interlock::BreakClaim(claims, object, clock_);
}

Result<void> PgSession::EndSession(std::int64_t session) {
  return PgClaims(*connection_).End(session);
}

std::unique_ptr<LongWaitWatch> PgSession::Watch(const Step& step, const StatementTag& tag) const {
  if (!step.waits || !long_wait_.blocked) return nullptr;
  const auto connect = [url = connection_->url(),
                        pid = connection_->backend_pid()]() -> Result<std::unique_ptr<WaitProbe>> {
    IL_ASSIGN(auto connection, PgConnection::Open(url, {"interlock watch", false}));
    return std::make_unique<Probe>(std::move(connection), pid);
  };
  return std::make_unique<LongWaitWatch>(connect, tag, long_wait_);
}

Result<void> PgSession::Execute(const Step& step, const SyncContext& sync, const Fence& fence,
                                const StatementTag& tag, Duration lock_timeout) {
  const auto watch = Watch(step, tag);
  return ExecuteStep(*connection_, step, sync, fence, tag, lock_timeout);
}

Result<void> PgSession::Rehearse(const std::vector<Step>& steps,
                                 const std::vector<SyncContext>& sync, const Fence& fence,
                                 const StatementTag& tag, Duration lock_timeout) {
  return RehearseSteps(*connection_, steps, sync, fence, tag, lock_timeout);
}

Result<void> PgSession::Mend(const Step& step, const SyncContext& sync, const Fence& fence,
                             const StatementTag& tag, Duration lock_timeout) {
  const auto watch = Watch(step, tag);
  return MendStep(*connection_, step, sync, fence, tag, lock_timeout);
}

}  // namespace interlock::postgres
