#include "engine/mysql/sender.h"

#include "base/text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

/// ANALYZE TABLE and its like tell of errors in their answer.
Result<void> CheckAnswer(const std::string& statement, const SqlRows& rows) {
  const auto tokens = Tokenize(statement);
  if (tokens.size() < 3 || !tokens[0].Is("ANALYZE") || !tokens[1].Is("TABLE")) return {};
  for (const auto& row : rows.rows)
    if (row.size() == 4 && Lower(row[2].value_or("")) == "error")
      return Fail(ErrorKind::kFailed, "IL-E40", row[3].value_or("the server does not say why"));
  return {};
}

}  // namespace

Sender::Sender(MySqlConnection& connection, const StatementTag& tag, std::vector<std::string>* sent)
    : connection_(connection), comment_(ToComment(tag) + " "), sent_(sent) {}

Result<SqlRows> Sender::Try(const std::string& statement) {
  auto answer = connection_.Execute(comment_ + statement, {});
  if (answer && sent_ != nullptr) sent_->push_back(statement);
  return answer;
}

Result<void> Sender::Send(const Statement& statement) {
  const Flavor flavor = connection_.version().flavor;
  std::vector<std::string> refusals;
  for (const auto& clauses : Clauses(statement.manner, flavor)) {
    const std::string text = statement.sql + clauses;
    auto answer = Try(text);
    if (answer) return CheckAnswer(statement.sql, *answer);
    if (!RefusesManner(answer.error(), flavor)) {
      answer.error().details.push_back(ShownStatement(text));
      return Fail(std::move(answer).error());
    }
    refusals.push_back(answer.error().message);
  }
  const std::string why = refusals.back();
  refusals.push_back(ShownStatement(statement.sql));
  return Fail(ErrorKind::kRefused, "IL-E44",
              "the server could do this only by copying the table while writes wait: " + why,
              "change it another way, such as by a new column that takes the old one's place",
              std::move(refusals));
}

Result<void> Sender::Send(const std::vector<Statement>& statements) {
  for (const auto& statement : statements) IL_RETURN_IF_ERROR(Send(statement));
  return {};
}

Result<void> Sender::WhileLocked(const std::vector<TableName>& tables,
                                 const std::function<Result<void>()>& work) {
  IL_RETURN_IF_ERROR(Send({LockSql(tables), Manner::kPlain}));
  auto done = work();
  const auto unlocked = Try("UNLOCK TABLES");
  if (!done) return done;
  if (!unlocked) return Fail(unlocked.error());
  return {};
}

Result<void> Sender::SendLocked(const TableName& table, const std::vector<Statement>& statements,
                                const std::function<Result<void>()>& back) {
  return WhileLocked({table}, [&]() -> Result<void> {
    auto done = Send(statements);
    if (done || !back) return done;
    const auto undone = back();
    if (undone) return done;
    Error error = std::move(done).error();
    error.details.push_back("and the way back failed: " + undone.error().message);
    error.kind = ErrorKind::kInDoubt;
    error.hint = "it is half done; what is left is looked up and mended first";
    return Fail(std::move(error));
  });
}

}  // namespace interlock::mysql
