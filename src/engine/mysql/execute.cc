#include "engine/mysql/execute.h"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/mysql/alter_step.h"
#include "engine/mysql/definitions.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/rows_in_the_way.h"
#include "engine/mysql/sender.h"
#include "engine/mysql/session_setting.h"
#include "engine/mysql/trigger_step.h"
#include "engine/mysql/twins.h"
#include "engine/mysql/user_sql.h"
#include "engine/observations.h"
#include "engine/session_claims.h"

namespace interlock::mysql {
namespace {

/// The key that a step builds, as text; nothing for other steps.
std::optional<std::string> BuiltKey(MySqlConnection& connection, const Action& action,
                                    const SyncContext& sync) {
  if (const auto* create = std::get_if<action::CreateIndex>(&action)) {
    auto key = KeyText(connection.version().flavor, create->definition);
    return key ? std::optional(std::move(*key)) : std::nullopt;
  }
  const auto* copy = std::get_if<action::CopyIndex>(&action);
  if (copy == nullptr) return std::nullopt;
  const auto table = ShowTable(connection, copy->table);
  if (!table || !*table) return std::nullopt;
  return KeyTwin(**table, copy->source, copy->name, TwinColumns(copy->columns, copy->table, sync));
}

bool IsAboutRows(int number) {
  // A value twice, NULL where none may be (each server, in place and by copy), a CHECK, a key.
  static constexpr std::array<int, 8> kNumbers{1062, 1138, 1048, 1265, 3819, 4025, 1452, 1169};
  return std::find(kNumbers.begin(), kNumbers.end(), number) != kNumbers.end();
}

/// A refusal by the data means that the rows, not the statement, are wrong.
Error Explained(MySqlConnection& connection, Error error, const Step& step,
                const SyncContext& sync) {
  const auto* not_null = std::get_if<action::SetNotNull>(&step.action);
  const auto key = BuiltKey(connection, step.action, sync);
  if ((!key && not_null == nullptr) || !IsAboutRows(NumberOf(error))) return error;
  error.kind = ErrorKind::kVerification;
  error.code = "IL-E43";
  error.hint = "correct the rows, then `interlock retry` the step";
  std::vector<std::string> rows;
  if (key) {
    rows = Duplicates(connection, *ActionTable(step.action), *key);
  } else if (const auto table = ShowTable(connection, not_null->table); table && *table) {
    rows = NullRows(connection, **table, not_null->table, not_null->column);
  }
  error.details.insert(error.details.end(), rows.begin(), rows.end());
  return error;
}

Result<void> Send(MySqlConnection& connection, const StepSql& sql, Sender& sender) {
  std::optional<SessionSetting> no_checks;
  if (sql.without_key_checks) {
    IL_ASSIGN(auto set, SessionSetting::NoKeyChecks(connection));
    no_checks.emplace(std::move(set));
  }
  return sender.Send(sql.first);
}

Result<void> Validate(MySqlConnection& connection, const action::ValidateConstraint& validate) {
  IL_ASSIGN(const auto table, ShowTable(connection, validate.table));
  const std::string what =
      "constraint " + DisplayName(validate.name) + " of " + ToString(validate.table);
  if (!table || table->table.FindConstraint(validate.name) == nullptr)
    return Fail(ErrorKind::kFailed, "IL-E40", what + " is not there");
  const auto query = OrphanQuery(*table, validate.name);
  if (!query) return {};  // A CHECK holds from the moment it is there.
  IL_ASSIGN(auto rows, Orphans(connection, *query));
  if (rows.empty()) return {};
  return Fail(ErrorKind::kVerification, "IL-E43", what + " does not hold for every row",
              "correct the rows, then `interlock retry` the step", std::move(rows));
}

/// SQL of the user, in a transaction where every statement keeps one.
class UserSql {
 public:
  UserSql(MySqlConnection& connection, const Fence& fence, Sender& sender)
      : connection_(connection), fence_(fence), sender_(sender) {}

  Result<void> Run(const std::vector<Statement>& statements, bool in_transaction) {
    for (const auto& statement : statements)
      in_transaction = in_transaction && KeepsTransaction(statement.sql);
    auto done = in_transaction ? Together(statements) : OneByOne(statements);
    // It may have set what outlives it.  A connection that is lost here shows at its next use.
    [[maybe_unused]] const auto ignored = connection_.Pin();
    return done;
  }

 private:
  Result<void> Together(const std::vector<Statement>& statements) {
    IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection_));
    IL_RETURN_IF_ERROR(LockFence(connection_, fence_));
    IL_RETURN_IF_ERROR(sender_.Send(statements));
    return transaction.Commit();
  }
  Result<void> OneByOne(const std::vector<Statement>& statements) {
    IL_RETURN_IF_ERROR(CheckFenceOnce(connection_, fence_));
    bool some_done = false;
    for (const auto& statement : statements) {
      auto done = sender_.Send(statement);
      if (!done) {
        Error error = std::move(done).error();
        // Not to be tried again from the beginning before it is looked at.
        if (some_done && error.kind == ErrorKind::kTransient) error.kind = ErrorKind::kInDoubt;
        return Fail(std::move(error));
      }
      some_done = true;
    }
    return {};
  }

  MySqlConnection& connection_;
  const Fence& fence_;
  Sender& sender_;
};

}  // namespace

Result<void> CheckFenceOnce(MySqlConnection& connection, const Fence& fence) {
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  IL_RETURN_IF_ERROR(LockFence(connection, fence));
  return transaction.Commit();
}

Result<void> ExecuteStep(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                         const Fence& fence, const StatementTag& tag, Duration lock_timeout,
                         std::vector<std::string>* sent) {
  if (std::holds_alternative<action::Backfill>(step.action) ||
      std::holds_alternative<action::Verify>(step.action))
    return Fail(ErrorKind::kInternal, "IL-E99",
                "step " + step.id + " is carried out in batches, not by one statement");
  if (AlterationOf(step.action) != nullptr)
    return ExecuteAlter(connection, step.action, fence, tag, lock_timeout, {}, sent);
  IL_ASSIGN(const auto wait, SessionSetting::LockWait(connection, lock_timeout));
  Sender sender(connection, tag, sent);
  if (ChangesTriggers(step.action)) {
    IL_RETURN_IF_ERROR(CheckFenceOnce(connection, fence));
    return ChangeTriggers(connection, step, sync, sender);
  }
  IL_ASSIGN(const StepSql sql, SqlOf(connection, step, sync));
  if (std::holds_alternative<action::RunSql>(step.action))
    return UserSql(connection, fence, sender).Run(sql.first, step.transactional);
  IL_RETURN_IF_ERROR(CheckFenceOnce(connection, fence));
  if (const auto* validate = std::get_if<action::ValidateConstraint>(&step.action))
    return Validate(connection, *validate);
  const auto done = Send(connection, sql, sender);
  if (!done) return Fail(Explained(connection, done.error(), step, sync));
  return {};
}

Result<void> MendStep(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                      const Fence& fence, const StatementTag& tag, Duration lock_timeout) {
  // Executing it mends what is half done.
  if (AlterationOf(step.action) != nullptr) return {};
  if (!ChangesTriggers(step.action))
    return Fail(ErrorKind::kUndecidable, "IL-E38",
                "step " + step.id + " is half done, and only a person can say how it goes on",
                "finish it by hand and `interlock adopt` it, or undo it and `interlock retry` it");
  IL_ASSIGN(const auto wait, SessionSetting::LockWait(connection, lock_timeout));
  IL_RETURN_IF_ERROR(CheckFenceOnce(connection, fence));
  Sender sender(connection, tag, nullptr);
  return MendTriggers(connection, step, sync, sender);
}

}  // namespace interlock::mysql
