#include "engine/mysql/mysql_session.h"

#include <utility>

#include "engine/answers.h"
#include "engine/mysql/alter_step.h"
#include "engine/mysql/catalog_reader.h"
#include "engine/mysql/census.h"
#include "engine/mysql/claims.h"
#include "engine/mysql/execute.h"
#include "engine/mysql/observe.h"
#include "engine/mysql/prove.h"
#include "engine/mysql/render.h"
#include "engine/mysql/sync_trigger.h"
#include "engine/mysql/table_key.h"

namespace interlock::mysql {
namespace {

Result<std::string> SessionId(SqlConnection& connection) {
  IL_ASSIGN(const SqlRows rows, connection.Execute("SELECT CONNECTION_ID()", {}));
  IL_ASSIGN(const SqlValue id, FirstValue(rows));
  return id.value_or("0");
}

/// A statement waits for nobody but while its state says so.
class Probe : public WaitProbe {
 public:
  Probe(std::unique_ptr<MySqlConnection> connection, std::string session, TableName table)
      : connection_(std::move(connection)),
        session_(std::move(session)),
        table_(std::move(table)) {}

  Result<std::vector<Blocker>> Blockers() override {
    IL_ASSIGN(const SqlRows rows,
              connection_->Execute("SELECT 1 FROM " + connection_->process_list() +
                                       " WHERE id = $1 AND state LIKE 'Waiting for%lock%'",
                                   {session_}));
    if (rows.rows.empty()) return std::vector<Blocker>{};
    IL_ASSIGN(auto blockers, ReadBlockers(*connection_, table_));
    std::erase_if(blockers, [&](const Blocker& blocker) {
      return std::to_string(blocker.session) == session_;
    });
    return blockers;
  }
  Result<void> Cancel() override {
    IL_RETURN_IF_ERROR(connection_->Execute("KILL QUERY " + session_, {}));
    return {};
  }

 private:
  std::unique_ptr<MySqlConnection> connection_;
  std::string session_;
  TableName table_;
};

}  // namespace

MySqlSession::MySqlSession(std::unique_ptr<MySqlConnection> connection, SessionScope scope,
                           Clock& clock)
    : connection_(std::move(connection)), scope_(std::move(scope)), clock_(clock) {}

Result<ServerIdentity> MySqlSession::Identity() { return ReadIdentity(*connection_); }

Result<Timestamp> MySqlSession::Now() { return ReadNow(*connection_); }

Result<Catalog> MySqlSession::ReadCatalog() {
  return mysql::ReadCatalog(*connection_, scope_.owns, scope_.ignore);
}

Result<Observation> MySqlSession::Observe(const Step& step, const SyncContext& sync) {
  auto observation = ObserveStep(*connection_, step, sync);
  if (observation || observation.error().kind != ErrorKind::kRefused) return observation;
  return Observation{Observed::kUndecidable,
                     "this account may not look: " + observation.error().message};
}

Result<std::vector<std::string>> MySqlSession::Render(const Step& step, const SyncContext& sync) {
  return RenderStep(*connection_, step, sync);
}

Result<std::vector<Blocker>> MySqlSession::Blockers(const TableName& table) {
  return ReadBlockers(*connection_, table);
}

Result<SessionList> MySqlSession::Sessions() { return ReadSessions(*connection_, scope_.server); }

Result<std::int64_t> MySqlSession::OldShapeWrites(const TableName& table) {
  return mysql::OldShapeWrites(*connection_, table);
}

Result<void> MySqlSession::ProveExpressions(const SyncSpec& spec) {
  IL_RETURN_IF_ERROR(mysql::ProveExpressions(*connection_, spec));
  // What a backfill walks by.  Without the table, which the same release may make, there is none
  // yet.
  const auto key = ReadKey(*connection_, spec.table);
  if (!key && key.error().code != "IL-E61") return Fail(key.error());
  return {};
}

Result<ForeseenAlter> MySqlSession::ForeseeAlter(const TableName& table,
                                                 const std::string& clauses) {
  TableName name = table;
  if (name.schema.empty()) name.schema = connection_->database();
  IL_ASSIGN(const bool instant_only, InstantOnly(name));
  return mysql::ForeseeAlter(*connection_, name, clauses, instant_only);
}

Result<bool> MySqlSession::HasRows(const TableName& table) {
  return mysql::HasRows(*connection_, table);
}

Result<std::vector<ReplicaState>> MySqlSession::AttachedReplicas() {
  return ReadReplicas(*connection_);
}

Result<void> MySqlSession::ProveSessionMode() { return ProveOneSession(*connection_); }

Result<HeldClaim> MySqlSession::TryClaim(const ClaimRequest& request) {
  MySqlClaims claims(*connection_);
  return TakeClaim(claims, request, clock_);
}

Result<void> MySqlSession::ReleaseClaim(const HeldClaim& claim) {
  MySqlClaims claims(*connection_);
  return GiveUpClaim(claims, claim);
}

Result<void> MySqlSession::Beat(const Fence& fence) {
  MySqlClaims claims(*connection_);
  return CheckClaims(claims, fence);
}

Result<std::vector<ClaimHolder>> MySqlSession::Claims() {
  return MySqlClaims(*connection_).Holders();
}

Result<void> MySqlSession::BreakClaim(const std::string& object) {
  MySqlClaims claims(*connection_);
  return interlock::BreakClaim(claims, object, clock_);
}

Result<void> MySqlSession::EndSession(std::int64_t session) {
  return MySqlClaims(*connection_).End(session);
}

Result<bool> MySqlSession::InstantOnly(const TableName& table) {
  return HoldsUpReplicas(*connection_, table, scope_.in_place_rows, scope_.replicas);
}

std::unique_ptr<LongWaitWatch> MySqlSession::Watch(const Step& step, const StatementTag& tag) {
  const auto table = ActionTable(step.action);
  if (!step.waits || !long_wait_.blocked || !table) return nullptr;
  auto id = SessionId(*connection_);
  if (!id) return nullptr;  // the statement itself will tell
  const auto connect = [url = connection_->url(), session = *id,
                        table = *table]() -> Result<std::unique_ptr<WaitProbe>> {
    IL_ASSIGN(auto connection, MySqlConnection::Open(url, {"interlock watch", false}));
    return std::make_unique<Probe>(std::move(connection), session, table);
  };
  return std::make_unique<LongWaitWatch>(connect, tag, long_wait_);
}

Result<void> MySqlSession::Execute(const Step& step, const SyncContext& sync, const Fence& fence,
                                   const StatementTag& tag, Duration lock_timeout) {
  const auto watch = Watch(step, tag);
  manner_.clear();
  const Alteration* alteration = AlterationOf(step.action);
  if (alteration == nullptr) return ExecuteStep(*connection_, step, sync, fence, tag, lock_timeout);
  IL_ASSIGN(const bool instant_only, InstantOnly(alteration->table));
  std::vector<std::string> sent;
  const AlterManner manner{instant_only, scope_.gentle};
  auto done = ExecuteAlter(*connection_, step.action, fence, tag, lock_timeout, manner, &sent);
  manner_ = MannerOf(sent);
  return done;
}

Result<void> MySqlSession::Rehearse(const std::vector<Step>& steps,
                                    const std::vector<SyncContext>& sync, const Fence& fence,
                                    const StatementTag& tag, Duration lock_timeout) {
  return RehearseSteps(*connection_, steps, sync, fence, tag, lock_timeout);
}

Result<void> MySqlSession::Mend(const Step& step, const SyncContext& sync, const Fence& fence,
                                const StatementTag& tag, Duration lock_timeout) {
  const auto watch = Watch(step, tag);
  return MendStep(*connection_, step, sync, fence, tag, lock_timeout);
}

}  // namespace interlock::mysql
