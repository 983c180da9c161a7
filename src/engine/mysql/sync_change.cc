#include "engine/mysql/sync_change.h"

#include "engine/mysql/sync_trigger.h"

namespace interlock::mysql {
namespace {

std::vector<Statement> Plain(const std::vector<std::string>& texts) {
  std::vector<Statement> out;
  for (const auto& text : texts) out.push_back({text, Manner::kPlain});
  return out;
}

}  // namespace

Result<StepSql> TriggerChange(MySqlConnection& connection, const TableName& table,
                              const SyncContext& sync, const std::string& alter) {
  StepSql out;
  if (sync.before == sync.after) {
    // No trigger names the columns: a rename is all there is, and is done or not.
    if (!alter.empty()) out.first.push_back({alter, Manner::kInstant});
    return out;
  }
  std::vector<std::string> between;
  if (!alter.empty()) between.push_back(alter);
  IL_ASSIGN(const auto texts, SyncStatements(connection, sync.before, sync.after, between));
  auto* part = &out.first;
  for (const auto& text : texts) {
    if (text.starts_with("LOCK TABLES ")) {
      out.lock = table;
      part = &out.locked;
    } else if (text == "UNLOCK TABLES") {
      part = &out.then;
    } else {
      part->push_back({text, text == alter ? Manner::kInstant : Manner::kPlain});
    }
  }
  return out;
}

Result<std::vector<Statement>> TriggersFor(MySqlConnection& connection,
                                           const std::vector<SyncSpec>& wanted,
                                           const std::vector<SyncSpec>& other) {
  if (wanted.empty() && other.empty()) return std::vector<Statement>();
  IL_ASSIGN(const auto texts, wanted.empty() ? SyncStatements(connection, other, wanted)
                                             : MendSync(connection, wanted, wanted));
  return Plain(texts);
}

bool IsOfTriggers(const Statement& statement) {
  return statement.sql.starts_with("CREATE TRIGGER ") || statement.sql.starts_with("DROP TRIGGER ");
}

std::vector<Statement> TriggersAlone(const std::vector<Statement>& statements) {
  std::vector<Statement> out;
  for (const auto& statement : statements)
    if (IsOfTriggers(statement)) out.push_back(statement);
  return out;
}

}  // namespace interlock::mysql
