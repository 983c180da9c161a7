#include "engine/postgres/execute.h"

#include <algorithm>

#include "base/text.h"
#include "engine/postgres/catalog_reader.h"
#include "engine/postgres/claims.h"
#include "engine/postgres/errors.h"
#include "engine/postgres/observe.h"
#include "engine/postgres/quote.h"
#include "engine/postgres/render.h"

namespace interlock::postgres {
namespace {

std::string Milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  // Zero would mean no limit at all.
  return "'" + std::to_string(std::max<std::int64_t>(count, 1)) + "ms'";
}

std::string LockTimeout(const Step& step, Duration lock_timeout) {
  return step.waits ? "0" : Milliseconds(lock_timeout);
}

/// The index that a step builds; nothing for other steps.
std::optional<TableName> BuiltIndex(const Action& action) {
  if (const auto* create = std::get_if<action::CreateIndex>(&action))
    return TableName{create->definition.table.schema, create->definition.name};
  if (const auto* copy = std::get_if<action::CopyIndex>(&action))
    return TableName{copy->table.schema, copy->name};
  return std::nullopt;
}

/// The first keys that stand more than once, found through the INVALID index that the failed build
/// left; empty when they cannot be read.
std::vector<std::string> Duplicates(SqlConnection& connection, const TableName& index) {
  const auto parts = connection.Execute(
      "SELECT (SELECT string_agg('(' || pg_get_indexdef(i.indexrelid, k, false) || ')::text', ', '"
      "   ORDER BY k) FROM generate_series(1, i.indnkeyatts::int) k),"
      " (SELECT string_agg(k::text, ', ' ORDER BY k) FROM generate_series(1,"
      "   i.indnkeyatts::int) k), pg_get_expr(i.indpred, i.indrelid), i.indrelid::regclass"
      " FROM pg_index i WHERE i.indexrelid = to_regclass($1) AND NOT i.indisvalid",
      {Quote(index)});
  if (!parts || parts->rows.empty()) return {};
  const auto& row = parts->rows.front();
  const std::string where = row.at(2) ? " WHERE " + *row.at(2) : "";
  auto transaction = SqlTransaction::Begin(connection);
  if (!transaction) return {};
  if (!connection.Execute("SET LOCAL statement_timeout = '30s'")) return {};
  const auto found = connection.Execute("SELECT " + row.at(0).value_or("") + ", count(*) FROM " +
                                        row.at(3).value_or("") + where + " GROUP BY " +
                                        row.at(1).value_or("1") + " HAVING count(*) > 1 LIMIT 10");
  if (!found) return {};
  std::vector<std::string> out;
  for (const auto& values : found->rows) {
    std::vector<std::string> key;
    for (size_t i = 0; i + 1 < values.size(); ++i) key.push_back(values[i].value_or("NULL"));
    out.push_back("(" + Join(key, ", ") + "): " + values.back().value_or("?") + " rows");
  }
  return out;
}

/// Whether a refusal by the data means that the rows, not the statement, are wrong.
bool JudgesRows(const Action& action) {
  return BuiltIndex(action).has_value() ||
         std::holds_alternative<action::ValidateConstraint>(action) ||
         std::holds_alternative<action::SetNotNull>(action);
}

Error Explained(SqlConnection& connection, Error error, const Step& step,
                const std::string& statement) {
  const std::string state = SqlState(error);
  if (JudgesRows(step.action) && state.starts_with("23")) {
    error.kind = ErrorKind::kVerification;
    error.code = "IL-E43";
    error.hint = "correct the rows, then `interlock retry` the step";
    if (const auto index = BuiltIndex(step.action); index && state == "23505") {
      for (auto& line : Duplicates(connection, *index)) error.details.push_back(std::move(line));
    }
  }
  error.details.push_back(ShownStatement(statement));
  return error;
}

Result<void> Send(SqlConnection& connection, const Step& step, const StatementTag& tag,
                  const std::vector<std::string>& statements) {
  const std::string comment = ToComment(tag) + " ";
  for (const auto& statement : statements) {
    auto sent = connection.Execute(comment + statement);
    if (!sent) return Fail(Explained(connection, std::move(sent).error(), step, statement));
  }
  return {};
}

/// SQL of the user may have set what outlives its transaction.  The step is done: a connection that
/// is lost here shows at its next use.
void ResetSession(SqlConnection& connection, const Step& step) {
  if (!std::holds_alternative<action::RunSql>(step.action)) return;
  [[maybe_unused]] const auto ignored = connection.Execute(
      "RESET ROLE; SET search_path = ''; SET lock_timeout = 0; SET statement_timeout = 0; "
      "SET standard_conforming_strings = on; SET client_encoding = 'UTF8'");
}

Result<void> InTransaction(SqlConnection& connection, const Step& step, const SyncContext& sync,
                           const Fence& fence, const StatementTag& tag, Duration lock_timeout) {
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  IL_RETURN_IF_ERROR(connection.Execute("SET LOCAL lock_timeout = " + Milliseconds(lock_timeout)));
  IL_RETURN_IF_ERROR(LockFence(connection, fence));
  IL_ASSIGN(const auto statements, RenderStep(connection, step, sync));
  IL_RETURN_IF_ERROR(
      connection.Execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = " +
                         LockTimeout(step, lock_timeout)));
  if (HasUserSql(step.action)) IL_RETURN_IF_ERROR(UseDefaultSearchPath(connection));
  IL_RETURN_IF_ERROR(Send(connection, step, tag, statements));
  auto done = transaction.Commit();
  if (!done) return Fail(Explained(connection, std::move(done).error(), step, "COMMIT"));
  ResetSession(connection, step);
  return {};
}

/// The fence as it is now; a takeover after it waits for nothing, but proves by the session lock
/// that this session, and so its statement, is gone.
Result<void> CheckFenceOnce(SqlConnection& connection, const Fence& fence, Duration lock_timeout) {
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  IL_RETURN_IF_ERROR(connection.Execute("SET LOCAL lock_timeout = " + Milliseconds(lock_timeout)));
  IL_RETURN_IF_ERROR(LockFence(connection, fence));
  return transaction.Commit();
}

Result<void> SentAlone(SqlConnection& connection, const Step& step, const StatementTag& tag,
                       const std::vector<std::string>& statements, Duration lock_timeout) {
  IL_RETURN_IF_ERROR(connection.Execute("SET lock_timeout = " + LockTimeout(step, lock_timeout)));
  if (HasUserSql(step.action)) IL_RETURN_IF_ERROR(connection.Execute("SET search_path TO DEFAULT"));
  auto sent = Send(connection, step, tag, statements);
  auto reset = connection.Execute("SET lock_timeout = 0; SET search_path = ''");
  ResetSession(connection, step);
  IL_RETURN_IF_ERROR(sent);
  IL_RETURN_IF_ERROR(reset);
  return {};
}

}  // namespace

Result<void> ExecuteStep(SqlConnection& connection, const Step& step, const SyncContext& sync,
                         const Fence& fence, const StatementTag& tag, Duration lock_timeout) {
  if (std::holds_alternative<action::Backfill>(step.action) ||
      std::holds_alternative<action::Verify>(step.action))
    return Fail(ErrorKind::kInternal, "IL-E99",
                "step " + step.id + " is carried out in batches, not by one statement");
  if (step.transactional) return InTransaction(connection, step, sync, fence, tag, lock_timeout);
  IL_ASSIGN(const auto statements, RenderStep(connection, step, sync));
  IL_RETURN_IF_ERROR(CheckFenceOnce(connection, fence, lock_timeout));
  return SentAlone(connection, step, tag, statements, lock_timeout);
}

Result<void> RehearseSteps(SqlConnection& connection, const std::vector<Step>& steps,
                           const std::vector<SyncContext>& sync, const Fence& fence,
                           const StatementTag& tag, Duration lock_timeout) {
  // Ends by a rollback, as the transaction is never committed.
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  IL_RETURN_IF_ERROR(connection.Execute("SET LOCAL lock_timeout = " + Milliseconds(lock_timeout)));
  IL_RETURN_IF_ERROR(LockFence(connection, fence));
  for (size_t i = 0; i < steps.size(); ++i) {
    IL_ASSIGN(const auto statements, RenderStep(connection, steps[i], sync[i]));
    IL_RETURN_IF_ERROR(Send(connection, steps[i], tag, statements));
  }
  return {};
}

Result<void> MendStep(SqlConnection& connection, const Step& step, const SyncContext& sync,
                      const Fence& fence, const StatementTag& tag, Duration lock_timeout) {
  const auto index = BuiltIndex(step.action);
  if (!index)
    return Fail(ErrorKind::kUndecidable, "IL-E38",
                "step " + step.id + " is half done, and only a person can say how it goes on",
                "finish it by hand and `interlock adopt` it, or undo it and `interlock retry` it");
  IL_ASSIGN(const Observation now, ObserveStep(connection, step, sync));
  if (now.state != Observed::kPartial)
    return Fail(ErrorKind::kUndecidable, "IL-E39",
                "there is nothing to mend any more: " + now.detail, "run it again");
  IL_RETURN_IF_ERROR(CheckFenceOnce(connection, fence, lock_timeout));
  return SentAlone(connection, step, tag, {"DROP INDEX CONCURRENTLY " + Quote(*index)},
                   lock_timeout);
}

}  // namespace interlock::postgres
