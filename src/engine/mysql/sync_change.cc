#include "engine/mysql/sync_change.h"

#include "engine/mysql/sync_trigger.h"

namespace interlock::mysql {
namespace {

StepSql InParts(const TableName& table, const std::vector<std::string>& texts) {
  StepSql out;
  auto* part = &out.first;
  for (const auto& text : texts) {
    if (text.starts_with("LOCK TABLES ")) {
      out.lock = table;
      part = &out.locked;
    } else if (text == "UNLOCK TABLES") {
      part = &out.then;
    } else {
      const bool alters = text.starts_with("ALTER TABLE ");
      part->push_back({text, alters ? Manner::kInstant : Manner::kPlain});
    }
  }
  return out;
}

}  // namespace

Result<StepSql> TriggerChange(MySqlConnection& connection, const TableName& table,
                              const SyncContext& sync, const std::string& alter) {
  if (sync.before == sync.after) {
    // No trigger names the columns: a rename is all there is, and is done or not.
    StepSql out;
    if (!alter.empty()) out.first.push_back({alter, Manner::kInstant});
    return out;
  }
  std::vector<std::string> between;
  if (!alter.empty()) between.push_back(alter);
  IL_ASSIGN(const auto texts, SyncStatements(connection, sync.before, sync.after, between));
  return InParts(table, texts);
}

Result<StepSql> TriggersFor(MySqlConnection& connection, const TableName& table,
                            const std::vector<SyncSpec>& wanted,
                            const std::vector<SyncSpec>& other) {
  if (wanted.empty() && other.empty()) return StepSql();
  IL_ASSIGN(const auto texts, wanted.empty() ? SyncStatements(connection, other, wanted)
                                             : MendSync(connection, wanted, wanted));
  return InParts(table, texts);
}

std::vector<Statement> TriggersAlone(const StepSql& sql) {
  std::vector<Statement> out;
  for (const auto* part : {&sql.first, &sql.locked, &sql.then})
    for (const auto& statement : *part)
      if (statement.sql.starts_with("CREATE TRIGGER ") ||
          statement.sql.starts_with("DROP TRIGGER "))
        out.push_back(statement);
  return out;
}

}  // namespace interlock::mysql
