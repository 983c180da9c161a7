#include "engine/mysql/render.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/alter_step.h"
#include "engine/mysql/bulk_session.h"
#include "engine/mysql/definitions.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/rows_in_the_way.h"
#include "engine/mysql/sync_change.h"
#include "engine/mysql/table_text.h"
#include "engine/mysql/twins.h"
#include "engine/mysql/user_sql.h"
#include "engine/observations.h"

namespace interlock::mysql {
namespace {

tl::unexpected<Error> NoSource(const std::string& what, const TableName& table) {
  return Fail(ErrorKind::kRefused, "IL-E37",
              what + " of " + ToString(table) + " is not there, so it has no twin",
              "look at `interlock drift`: something dropped or renamed it");
}

std::string Alter(const TableName& table, const std::string& clauses) {
  return "ALTER TABLE " + Quote(table) + " " + clauses;
}

StepSql One(std::string sql, Manner manner) {
  StepSql out;
  out.first.push_back({std::move(sql), manner});
  return out;
}

class Renderer {
 public:
  Renderer(MySqlConnection& connection, const SyncContext& sync)
      : connection_(connection), flavor_(connection.version().flavor), sync_(sync) {}

  Result<StepSql> operator()(const action::CreateTable& create) {
    IL_ASSIGN(const auto elements, TableElements(connection_, create.definition));
    return One("CREATE TABLE " + Quote(create.definition.table) + " (\n  " +
                   Join(elements, ",\n  ") + "\n) ENGINE=InnoDB",
               Manner::kPlain);
  }
  Result<StepSql> operator()(const action::DropTable& drop) {
    return One("DROP TABLE " + Quote(drop.table), Manner::kPlain);
  }
  Result<StepSql> operator()(const action::AddColumns& add) {
    std::vector<std::string> clauses;
    for (const auto& column : add.columns) {
      IL_ASSIGN(const std::string text, ColumnDefinition(flavor_, column, ColumnPlace::kAdded));
      clauses.push_back("ADD COLUMN " + text);
    }
    return One(Alter(add.table, Join(clauses, ", ")), Manner::kInstant);
  }
  Result<StepSql> operator()(const action::DropColumns& drop) {
    std::vector<std::string> names;
    for (const auto& column : drop.columns) names.push_back(column.name);
    return One(DropColumns(drop.table, names), Manner::kInstant);
  }
  Result<StepSql> operator()(const action::ShowColumns& show) {
    return Visibility(show.table, show.columns, true);
  }
  Result<StepSql> operator()(const action::HideColumns& hide) {
    return Visibility(hide.table, hide.columns, false);
  }
  Result<StepSql> operator()(const action::SetDefault& set) {
    IL_ASSIGN(const auto table, ShowTable(connection_, set.table));
    IL_ASSIGN(Statement statement, DefaultStatement(flavor_, set, table ? &*table : nullptr));
    return One(std::move(statement.sql), statement.manner);
  }
  Result<StepSql> operator()(const action::SetNotNull& set) {
    return Nullability(set.table, set.column, false);
  }
  Result<StepSql> operator()(const action::DropNotNull& drop) {
    return Nullability(drop.table, drop.column, true);
  }
  Result<StepSql> operator()(const action::AddNotNullCheck& add) {
    return One(Alter(add.table, "ADD CONSTRAINT " + Quote(add.name) + " CHECK (" +
                                    Quote(add.column) + " IS NOT NULL)"),
               Manner::kInstant);
  }
  Result<StepSql> operator()(const action::ValidateConstraint& validate) {
    IL_ASSIGN(const auto table, ShowTable(connection_, validate.table));
    const auto query = table ? OrphanQuery(*table, validate.name) : std::nullopt;
    return One(query ? *query
                     : "DO 0 /* looks for rows that constraint " + Quote(validate.name) + " of " +
                           Quote(validate.table) + " forbids */",
               Manner::kPlain);
  }
  Result<StepSql> operator()(const action::DropConstraint& drop) {
    IL_ASSIGN(const auto table, ShowTable(connection_, drop.table));
    const Constraint* found = table ? table->table.FindConstraint(drop.name) : nullptr;
    if (found == nullptr && table && table->keys.count(drop.name) != 0)
      return One(Alter(drop.table, "DROP KEY " + Quote(drop.name)), Manner::kOnline);
    const bool key = found != nullptr && found->kind == ConstraintKind::kForeignKey;
    return One(
        Alter(drop.table, (key ? "DROP FOREIGN KEY " : "DROP CONSTRAINT ") + Quote(drop.name)),
        Manner::kInstant);
  }
  Result<StepSql> operator()(const action::CreateIndex& create) {
    IL_ASSIGN(const std::string key, KeyText(flavor_, create.definition));
    if (create.concurrently) IL_RETURN_IF_ERROR(CheckBuiltOnline(create.definition.name, key));
    // A table that is new in this migration is in nobody's way.
    return One(Alter(create.definition.table, "ADD " + key),
               create.concurrently ? Manner::kOnline : Manner::kPlain);
  }
  Result<StepSql> operator()(const action::DropIndex& drop) {
    return One(Alter(drop.table, "DROP KEY " + Quote(drop.name)), Manner::kOnline);
  }
  Result<StepSql> operator()(const action::CopyIndex& copy) {
    IL_ASSIGN(const auto table, ShowTable(connection_, copy.table));
    const auto twin = table ? KeyTwin(*table, copy.source, copy.name,
                                      TwinColumns(copy.columns, copy.table, sync_))
                            : std::nullopt;
    if (!twin) return NoSource("index " + DisplayName(copy.source), copy.table);
    IL_RETURN_IF_ERROR(CheckBuiltOnline(copy.source, *twin));
    return One(Alter(copy.table, "ADD " + *twin), Manner::kOnline);
  }
  Result<StepSql> operator()(const action::CopyConstraint& copy) {
    IL_ASSIGN(const auto table, ShowTable(connection_, copy.table));
    const auto twin =
        table ? ConstraintTwin(*table, copy.source, TwinColumns(copy.columns, copy.table, sync_))
              : std::nullopt;
    if (!twin) return NoSource("constraint " + DisplayName(copy.source), copy.table);
    StepSql out = One(Alter(copy.table, "ADD CONSTRAINT " + Quote(copy.name) + " " + twin->sent),
                      Manner::kInstant);
    out.without_key_checks = twin->foreign_key;
    return out;
  }
  Result<StepSql> operator()(const action::InstallSync& install) {
    return Sync(install.spec.table, "");
  }
  Result<StepSql> operator()(const action::RemoveSync& remove) {
    return Sync(remove.spec.table, "");
  }
  Result<StepSql> operator()(const action::Backfill& backfill) {
    IL_ASSIGN(std::string batch, ShowBatch(connection_, backfill.spec));
    return One(std::move(batch), Manner::kPlain);
  }
  Result<StepSql> operator()(const action::Analyze& analyze) {
    return One("ANALYZE TABLE " + Quote(analyze.table), Manner::kPlain);
  }
  Result<StepSql> operator()(const action::Verify& verify) {
    IL_ASSIGN(std::string compare, ShowCompare(connection_, verify.spec));
    return One(std::move(compare), Manner::kPlain);
  }
  Result<StepSql> operator()(const action::Quarantine& quarantine) {
    std::vector<std::string> clauses;
    for (const auto& [logical, real] : quarantine.renamed) clauses.push_back(Rename(logical, real));
    return Sync(quarantine.spec.table, Alter(quarantine.spec.table, Join(clauses, ", ")));
  }
  Result<StepSql> operator()(const action::Restore& restore) {
    std::vector<std::string> clauses;
    for (const auto& [logical, real] : restore.spec.renamed)
      clauses.push_back(Rename(real, logical));
    return Sync(restore.spec.table, Alter(restore.spec.table, Join(clauses, ", ")));
  }
  Result<StepSql> operator()(const action::DropQuarantined& drop) {
    IL_ASSIGN(StepSql out, Sync(drop.spec.table, ""));
    std::vector<std::string> names;
    for (const auto& [logical, real] : drop.spec.renamed) names.push_back(real);
    if (names.empty()) return out;
    // Not under the lock: where the server has to build the table anew, writes go on.
    IL_ASSIGN(const auto table, ShowTable(connection_, drop.spec.table));
    const auto along = table ? DropsOfKeys(*table, drop.spec) : std::vector<std::string>{};
    // By themselves: without keys on it the column goes in a moment.
    if (!along.empty())
      out.then.push_back({Alter(drop.spec.table, Join(along, ", ")), Manner::kInstant});
    out.then.push_back({DropColumns(drop.spec.table, names), Manner::kInstant});
    return out;
  }
  Result<StepSql> operator()(const action::AlterTable& step) { return OfAlter(step); }
  Result<StepSql> operator()(const action::CopyRows& step) { return OfAlter(step); }
  Result<StepSql> operator()(const action::CompareRows& step) { return OfAlter(step); }
  Result<StepSql> operator()(const action::CutOver& step) { return OfAlter(step); }
  Result<StepSql> operator()(const action::DropReplaced& step) { return OfAlter(step); }
  Result<StepSql> operator()(const action::SwapBack& step) { return OfAlter(step); }
  Result<StepSql> operator()(const action::UndoAlter& step) { return OfAlter(step); }
  Result<StepSql> operator()(const action::RunSql& run) {
    IL_ASSIGN(const auto statements, SplitStatements(run.step.sql));
    StepSql out;
    for (const auto& statement : statements) out.first.push_back({statement, Manner::kPlain});
    return out;
  }

 private:
  static StepSql OfAlter(const Action& action) {
    StepSql out;
    for (auto& line : ShowAlter(action)) out.first.push_back({std::move(line), Manner::kPlain});
    return out;
  }
  static std::string DropColumns(const TableName& table, const std::vector<std::string>& names) {
    std::vector<std::string> clauses;
    for (const auto& name : names) clauses.push_back("DROP COLUMN " + Quote(name));
    return Alter(table, Join(clauses, ", "));
  }
  /// Keys and foreign keys of the columns: the server would leave them over what remains.  In a
  /// plan the columns have their logical names yet.
  static std::vector<std::string> DropsOfKeys(const TableText& table, const SyncSpec& spec) {
    std::vector<std::string> columns;
    for (const auto& [logical, real] : spec.renamed)
      columns.push_back(table.columns.count(real) != 0 ? real : logical);
    const auto uses = [&](const std::vector<std::string>& used) {
      return std::any_of(used.begin(), used.end(),
                         [&](const std::string& column) { return Contains(columns, column); });
    };
    std::vector<std::string> out;
    for (const auto& constraint : table.table.constraints)
      if (constraint.kind == ConstraintKind::kForeignKey && uses(constraint.columns))
        out.push_back("DROP FOREIGN KEY " + Quote(constraint.name));
    for (const auto& index : table.table.indexes)
      if (uses(index.columns)) out.push_back("DROP INDEX " + Quote(index.name));
    return out;
  }
  static std::string Rename(const std::string& from, const std::string& to) {
    return "RENAME COLUMN " + Quote(from) + " TO " + Quote(to);
  }

  /// The column as it is; "" where it is not there yet, as in a plan: then a mark takes its place.
  static std::string TextOf(const std::optional<TableText>& table, const std::string& column) {
    return table ? ForModify(*table, column) : "";
  }
  Result<StepSql> Nullability(const TableName& name, const std::string& column, bool nullable) {
    IL_ASSIGN(const auto table, ShowTable(connection_, name));
    const std::string text = TextOf(table, column);
    const std::string wanted = text.empty() ? Quote(column) + (nullable ? " … NULL" : " … NOT NULL")
                                            : WithNullability(text, nullable);
    return One(Alter(name, "MODIFY COLUMN " + wanted), Manner::kOnline);
  }
  Result<StepSql> Visibility(const TableName& name, const std::vector<std::string>& columns,
                             bool visible) {
    std::vector<std::string> clauses;
    if (flavor_ == Flavor::kMySql) {
      for (const auto& column : columns)
        clauses.push_back("ALTER COLUMN " + Quote(column) +
                          (visible ? " SET VISIBLE" : " SET INVISIBLE"));
    } else {
      IL_ASSIGN(const auto table, ShowTable(connection_, name));
      for (const auto& column : columns) {
        const std::string text = TextOf(table, column);
        clauses.push_back("MODIFY COLUMN " +
                          (text.empty() ? Quote(column) + (visible ? " …" : " … INVISIBLE")
                                        : WithVisibility(text, visible)));
      }
    }
    return One(Alter(name, Join(clauses, ", ")), Manner::kInstant);
  }

  Result<StepSql> Sync(const TableName& table, const std::string& alter) {
    return TriggerChange(connection_, table, sync_, alter);
  }

  MySqlConnection& connection_;
  const Flavor flavor_;
  const SyncContext& sync_;
};

}  // namespace

Result<Statement> DefaultStatement(Flavor flavor, const action::SetDefault& set,
                                   const TableText* table) {
  const Column* column = table == nullptr ? nullptr : table->table.FindColumn(set.column);
  const bool long_type = flavor == Flavor::kMySql && column != nullptr && IsLongType(column->type);
  std::string value = "NULL";
  if (set.expression) {
    IL_ASSIGN(value, DefaultText(flavor, *set.expression, column == nullptr ? "" : column->type));
  } else if (column == nullptr || !column->nullable) {
    return Statement{Alter(set.table, "ALTER COLUMN " + Quote(set.column) + " DROP DEFAULT"),
                     Manner::kInstant};
  }
  const bool by_modify = column != nullptr && flavor == Flavor::kMySql &&
                         (long_type || (set.expression && IsCurrentTime(*set.expression)));
  const std::string clause =
      by_modify ? "MODIFY COLUMN " + WithDefault(ForModify(*table, set.column), value)
                : "ALTER COLUMN " + Quote(set.column) + " SET DEFAULT " + value;
  return Statement{Alter(set.table, clause), Manner::kInstant};
}

Result<StepSql> SqlOf(MySqlConnection& connection, const Step& step, const SyncContext& sync) {
  return std::visit(Renderer(connection, sync), step.action);
}

std::vector<std::string> Texts(const StepSql& sql, Flavor flavor) {
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& texts) {
    out.insert(out.end(), texts.begin(), texts.end());
  };
  if (sql.without_key_checks) add({"SET SESSION foreign_key_checks = 0"});
  add(FirstForms(sql.first, flavor));
  if (sql.lock) {
    add({LockSql({*sql.lock})});
    add(FirstForms(sql.locked, flavor));
    add({"UNLOCK TABLES"});
  }
  add(FirstForms(sql.then, flavor));
  if (sql.without_key_checks) add({"SET SESSION foreign_key_checks = 1"});
  return out;
}

Result<std::vector<std::string>> RenderStep(MySqlConnection& connection, const Step& step,
                                            const SyncContext& sync) {
  IL_ASSIGN(const StepSql sql, SqlOf(connection, step, sync));
  return Texts(sql, connection.version().flavor);
}

}  // namespace interlock::mysql
