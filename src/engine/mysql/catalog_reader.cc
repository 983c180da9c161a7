#include "engine/mysql/catalog_reader.h"

#include <algorithm>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/catalog_scope.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/grants.h"
#include "engine/mysql/mentions.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/rebuild.h"
#include "engine/mysql/show_create.h"

namespace interlock::mysql {
namespace {

// What the server says of something that was dropped since it was listed.
constexpr int kNoTable = 1146;
constexpr int kNoRoutine = 1305;
constexpr int kNoTrigger = 1360;
constexpr int kNoEvent = 1539;
constexpr int kNoSequence = 4091;

bool IsGone(const Error& error, Flavor flavor) {
  const int number = NumberOf(error);
  return number == kNoTable || number == kNoRoutine || number == kNoTrigger || number == kNoEvent ||
         (number == kNoSequence && flavor == Flavor::kMariaDb);
}

std::vector<std::string> Folded(std::vector<std::string> patterns) {
  for (auto& pattern : patterns) pattern = Lower(pattern);
  return patterns;
}

/// One reading; what is dropped meanwhile makes it fail.
class Reading {
 public:
  Reading(MySqlConnection& connection, const CatalogScope& scope)
      : connection_(connection), scope_(scope), schema_(connection.database()) {}

  Result<Catalog> Run() {
    catalog_.engine = std::string(connection_.dialect());
    catalog_.names_ignore_case = true;
    catalog_.server_major = connection_.version().number / 100;
    catalog_.default_schema = schema_;
    catalog_.search_path = {schema_};
    IL_RETURN_IF_ERROR(ReadSchema());
    IL_RETURN_IF_ERROR(ReadRelations());
    IL_RETURN_IF_ERROR(ReadTriggers());
    IL_RETURN_IF_ERROR(ReadRoutines());
    IL_RETURN_IF_ERROR(ReadEvents());
    for (auto& [other, text] : texts_) {
      other.depends_on = Named(text);
      catalog_.others.push_back(std::move(other));
    }
    std::erase_if(catalog_.tables, [&](const auto& table) { return !scope_.Has(table.first); });
    scope_.Restrict(catalog_.others);
    return std::move(catalog_);
  }

 private:
  /// `column` of what SHOW CREATE prints of one object; NULL is what the account may not see.
  Result<std::string> ShowCreate(const std::string& what, const std::string& name,
                                 std::size_t column) {
    IL_ASSIGN(const SqlRows rows,
              connection_.Execute("SHOW CREATE " + what + " " + Quote({schema_, name}), {}));
    IL_ASSIGN(const auto row, FirstRow(rows));
    if (column >= row.size()) return WrongShape("SHOW CREATE " + what + " has too few columns");
    if (!row[column])
      return Fail(ErrorKind::kUndecidable, "IL-E22",
                  "this account may not see the definition of " + Upper(what) + " " + name,
                  "let it see what " + schema_ + " holds: `interlock doctor` says how");
    return *row[column];
  }

  Result<void> ReadSchema() {
    IL_ASSIGN(const SqlRows rows,
              connection_.Execute("SELECT default_character_set_name, default_collation_name FROM "
                                  "information_schema.schemata WHERE schema_name = DATABASE()",
                                  {}));
    IL_ASSIGN(const auto row, FirstRow(rows));
    catalog_.others.push_back(
        {{ObjectKind::kSchema, {"", schema_}, ""},
         "charset " + row.at(0).value_or("") + " collate " + row.at(1).value_or(""),
         {}});
    return {};
  }

  Result<void> ReadRelations() {
    IL_ASSIGN(const SqlRows rows,
              connection_.Execute("SELECT table_name, table_type, table_rows FROM "
                                  "information_schema.tables WHERE table_schema = DATABASE()",
                                  {}));
    for (const auto& row : rows.rows) {
      const std::string name = row.at(0).value_or("");
      const std::string type = row.at(1).value_or("");
      if (name.starts_with(kOwnPrefix) || IsHelperName(name) || type.starts_with("TEMPORARY"))
        continue;
      if (type == "VIEW") {
        IL_RETURN_IF_ERROR(ReadOther(ObjectKind::kView, "VIEW", name, 1, ""));
      } else if (type == "SEQUENCE") {
        IL_ASSIGN(std::string text, ShowCreate("SEQUENCE", name, 1));
        catalog_.others.push_back(
            {{ObjectKind::kSequence, {schema_, name}, ""}, std::move(text), {}});
      } else {
        IL_RETURN_IF_ERROR(ReadTable(name, row.at(2)));
      }
    }
    return {};
  }

  Result<void> ReadTable(const std::string& name, const SqlValue& rows) {
    IL_ASSIGN(const std::string text, ShowCreate("TABLE", name, 1));
    IL_ASSIGN(Table table, ParseCreateTable(text, schema_));
    table.row_estimate = -1;
    if (rows) {
      IL_ASSIGN(table.row_estimate, WholeNumber(rows));
    }
    catalog_.tables[table.name] = std::move(table);
    return {};
  }

  Result<void> ReadTriggers() {
    IL_ASSIGN(const SqlRows rows,
              connection_.Execute("SELECT trigger_name, event_object_table, action_timing, "
                                  "action_order FROM information_schema.triggers "
                                  "WHERE trigger_schema = DATABASE()",
                                  {}));
    for (const auto& row : rows.rows) {
      const auto table = catalog_.tables.find({schema_, row.at(1).value_or("")});
      if (table == catalog_.tables.end()) continue;
      Trigger trigger;
      trigger.name = row.at(0).value_or("");
      IL_ASSIGN(const SqlRows shown,
                connection_.Execute("SHOW CREATE TRIGGER " + Quote({schema_, trigger.name}), {}));
      IL_ASSIGN(const auto parts, FirstRow(shown));
      if (parts.size() < 3 || !parts[2]) return WrongShape("a trigger has no statement");
      trigger.definition = *parts[2] + " (order " + row.at(3).value_or("") + ", sql_mode '" +
                           parts[1].value_or("") + "')";
      // information_schema's action_statement is garbled where MySQL finds "a ""b""" in it.
      trigger.depends_on = Named(*parts[2], &table->first);
      trigger.before_row = row.at(2) == "BEFORE";
      trigger.enabled = "origin";
      table->second.triggers.push_back(std::move(trigger));
    }
    for (auto& [name, table] : catalog_.tables)
      std::sort(table.triggers.begin(), table.triggers.end(),
                [](const Trigger& a, const Trigger& b) { return a.name < b.name; });
    return {};
  }

  Result<void> ReadRoutines() {
    IL_ASSIGN(const SqlRows rows,
              connection_.Execute("SELECT routine_name, routine_type FROM "
                                  "information_schema.routines WHERE routine_schema = DATABASE()",
                                  {}));
    for (const auto& row : rows.rows) {
      const std::string type = row.at(1).value_or("");
      IL_RETURN_IF_ERROR(
          ReadOther(ObjectKind::kRoutine, type, row.at(0).value_or(""), 2, Lower(type) + " "));
    }
    return {};
  }

  Result<void> ReadEvents() {
    IL_ASSIGN(const SqlRows rows,
              connection_.Execute("SELECT event_name FROM information_schema.events "
                                  "WHERE event_schema = DATABASE()",
                                  {}));
    for (const auto& row : rows.rows)
      IL_RETURN_IF_ERROR(
          ReadOther(ObjectKind::kOther, "EVENT", row.at(0).value_or(""), 3, "event "));
    return {};
  }

  /// One whose text may be long: kept as its digest.
  Result<void> ReadOther(ObjectKind kind, const std::string& what, const std::string& name,
                         std::size_t column, const std::string& prefix) {
    IL_ASSIGN(std::string text, ShowCreate(what, name, column));
    OtherObject other{{kind, {schema_, name}, ""}, prefix + "sha256:" + Sha256(text), {}};
    texts_.emplace_back(std::move(other), std::move(text));
    return {};
  }

  /// Tables and columns that a text may name.  Aliases hide which table a column is of, so it errs
  /// to too many.  A trigger need not name its own table, `own`.
  std::vector<ObjectRef> Named(const std::string& text, const TableName* own = nullptr) const {
    const Mentions mentions(text);
    std::vector<ObjectRef> out;
    for (const auto& [name, table] : catalog_.tables) {
      if (!mentions(name.name) && (own == nullptr || name != *own)) continue;
      out.push_back({ObjectKind::kTable, name, ""});
      for (const auto& column : table.columns)
        if (mentions(column.name)) out.push_back({ObjectKind::kColumn, name, column.name});
    }
    return out;
  }

  MySqlConnection& connection_;
  const CatalogScope& scope_;
  std::string schema_;
  Catalog catalog_;
  std::vector<std::pair<OtherObject, std::string>> texts_;
};

}  // namespace

Result<Catalog> ReadCatalog(MySqlConnection& connection, const std::vector<std::string>& owns,
                            const std::vector<std::string>& ignore) {
  const bool folds = connection.folds_names();
  const auto owned = folds ? Folded(owns) : owns;
  const auto ignored = folds ? Folded(ignore) : ignore;
  const CatalogScope scope(owned, ignored);
  IL_ASSIGN(const auto missing,
            MissingPrivileges(connection, {"SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "EXECUTE"}));
  if (!missing.empty())
    return Fail(ErrorKind::kUndecidable, "IL-E22",
                "this account may not see all of database " + connection.database() +
                    ": it lacks " + Join(missing, ", "),
                "GRANT " + Join(missing, ", ") + " ON " + Quote(connection.database()) +
                    ".* TO its account");
  constexpr int kTries = 5;
  for (int attempt = 1;; ++attempt) {
    auto catalog = Reading(connection, scope).Run();
    if (catalog) return catalog;
    Error& error = catalog.error();
    if (IsGone(error, connection.version().flavor) && attempt < kTries) continue;
    if (error.code == "IL-E20") {
      error.kind = ErrorKind::kUndecidable;
      error.code = "IL-E22";
      error.hint = "let this account see all that the database holds";
    }
    return catalog;
  }
}

}  // namespace interlock::mysql
