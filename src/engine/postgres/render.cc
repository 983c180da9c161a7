#include "engine/postgres/render.h"

#include "base/text.h"
#include "engine/observations.h"
#include "engine/postgres/bulk_session.h"
#include "engine/postgres/definitions.h"
#include "engine/postgres/quote.h"
#include "engine/postgres/sync_trigger.h"
#include "engine/postgres/twins.h"
#include "engine/postgres/user_sql.h"

namespace interlock::postgres {
namespace {

using Statements = std::vector<std::string>;

tl::unexpected<Error> NoSource(const std::string& what, const TableName& table) {
  return Fail(ErrorKind::kRefused, "IL-E37",
              what + " of " + ToString(table) + " is not there, so it has no twin",
              "look at `interlock drift`: something dropped or renamed it");
}

class Renderer {
 public:
  Renderer(SqlConnection& connection, const Step& step, const SyncContext& sync)
      : connection_(connection), step_(step), sync_(sync) {}

  Result<Statements> operator()(const action::CreateTable& create) {
    IL_ASSIGN(const Statements elements, TableElements(connection_, create.definition, true));
    return One("CREATE TABLE " + Quote(create.definition.table) + " (\n  " +
               Join(elements, ",\n  ") + "\n)");
  }
  Result<Statements> operator()(const action::DropTable& drop) {
    return One("DROP TABLE " + Quote(drop.table));
  }
  Result<Statements> operator()(const action::AddColumns& add) {
    Statements clauses;
    for (const auto& column : add.columns) {
      IL_ASSIGN(const std::string text, ColumnDefinition(connection_, column));
      clauses.push_back("ADD COLUMN " + text);
    }
    return Alter(add.table, Join(clauses, ", "));
  }
  Result<Statements> operator()(const action::DropColumns& drop) {
    Statements clauses;
    for (const auto& column : drop.columns) clauses.push_back("DROP COLUMN " + Quote(column.name));
    return Alter(drop.table, Join(clauses, ", "));
  }
  Result<Statements> operator()(const action::ShowColumns&) { return NoHiddenColumns(); }
  Result<Statements> operator()(const action::HideColumns&) { return NoHiddenColumns(); }
  Result<Statements> operator()(const action::SetDefault& set) {
    if (!set.expression) return AlterColumn(set.table, set.column, "DROP DEFAULT");
    IL_RETURN_IF_ERROR(CheckExpression(*set.expression));
    // No parentheses are needed, yet they end a comment in the expression safely.
    return AlterColumn(set.table, set.column, "SET DEFAULT (" + *set.expression + "\n)");
  }
  Result<Statements> operator()(const action::SetNotNull& set) {
    return AlterColumn(set.table, set.column, "SET NOT NULL");
  }
  Result<Statements> operator()(const action::DropNotNull& drop) {
    return AlterColumn(drop.table, drop.column, "DROP NOT NULL");
  }
  Result<Statements> operator()(const action::AddNotNullCheck& add) {
    return Alter(add.table, "ADD CONSTRAINT " + Quote(add.name) + " CHECK (" + Quote(add.column) +
                                " IS NOT NULL) NOT VALID");
  }
  Result<Statements> operator()(const action::ValidateConstraint& validate) {
    return Alter(validate.table, "VALIDATE CONSTRAINT " + Quote(validate.name));
  }
  Result<Statements> operator()(const action::DropConstraint& drop) {
    return Alter(drop.table, "DROP CONSTRAINT " + Quote(drop.name));
  }
  Result<Statements> operator()(const action::CreateIndex& create) {
    IL_ASSIGN(const IndexText text, TextOf(create.definition));
    return One(CreateIndexStatement(text, create.definition.name, create.definition.table,
                                    create.concurrently));
  }
  Result<Statements> operator()(const action::DropIndex& drop) {
    const TableName index{drop.table.schema, drop.name};
    return One(std::string("DROP INDEX ") + (step_.transactional ? "" : "CONCURRENTLY ") +
               Quote(index));
  }
  Result<Statements> operator()(const action::CopyIndex& copy) {
    IL_ASSIGN(const auto twin, IndexTwin(connection_, copy.table, copy.source,
                                         TwinColumns(copy.columns, copy.table, sync_)));
    if (!twin) return NoSource("index " + DisplayName(copy.source), copy.table);
    return One(CreateIndexStatement(*twin, copy.name, copy.table, !step_.transactional));
  }
  Result<Statements> operator()(const action::CopyConstraint& copy) {
    IL_ASSIGN(const auto twin, ConstraintTwin(connection_, copy.table, copy.source,
                                              TwinColumns(copy.columns, copy.table, sync_)));
    if (!twin) return NoSource("constraint " + DisplayName(copy.source), copy.table);
    return Alter(copy.table, "ADD CONSTRAINT " + Quote(copy.name) + " " + *twin + " NOT VALID");
  }
  Result<Statements> operator()(const action::InstallSync&) { return Sync(); }
  Result<Statements> operator()(const action::RemoveSync&) { return Sync(); }
  Result<Statements> operator()(const action::Backfill& backfill) {
    IL_ASSIGN(std::string batch, ShowBatch(connection_, backfill.spec));
    return One(std::move(batch));
  }
  Result<Statements> operator()(const action::Analyze& analyze) {
    return One("ANALYZE " + Quote(analyze.table));
  }
  Result<Statements> operator()(const action::Verify& verify) {
    IL_ASSIGN(std::string compare, ShowCompare(connection_, verify.spec));
    return One(std::move(compare));
  }
  Result<Statements> operator()(const action::Quarantine& quarantine) {
    Statements out;
    for (const auto& [logical, real] : quarantine.renamed)
      out.push_back(Rename(quarantine.spec.table, logical, real));
    return WithSync(std::move(out));
  }
  Result<Statements> operator()(const action::Restore& restore) {
    Statements out;
    for (const auto& [logical, real] : restore.spec.renamed)
      out.push_back(Rename(restore.spec.table, real, logical));
    return WithSync(std::move(out));
  }
  Result<Statements> operator()(const action::DropQuarantined& drop) {
    IL_ASSIGN(Statements out, Sync());
    Statements clauses;
    for (const auto& [logical, real] : drop.spec.renamed)
      clauses.push_back("DROP COLUMN " + Quote(real));
    if (!clauses.empty())
      out.push_back("ALTER TABLE " + Quote(drop.spec.table) + " " + Join(clauses, ", "));
    return out;
  }
  Result<Statements> operator()(const action::AlterTable&) { return NoAlterTable(); }
  Result<Statements> operator()(const action::CopyRows&) { return NoAlterTable(); }
  Result<Statements> operator()(const action::CompareRows&) { return NoAlterTable(); }
  Result<Statements> operator()(const action::CutOver&) { return NoAlterTable(); }
  Result<Statements> operator()(const action::DropReplaced&) { return NoAlterTable(); }
  Result<Statements> operator()(const action::SwapBack&) { return NoAlterTable(); }
  Result<Statements> operator()(const action::UndoAlter&) { return NoAlterTable(); }
  Result<Statements> operator()(const action::RunSql& run) { return SplitStatements(run.step.sql); }

 private:
  static tl::unexpected<Error> NoHiddenColumns() {
    return Fail(ErrorKind::kRefused, "IL-E47", "PostgreSQL has no invisible columns",
                "plan the migration for the server that it is to run on");
  }
  static tl::unexpected<Error> NoAlterTable() {
    return Fail(ErrorKind::kRefused, "IL-E47", "PostgreSQL has no alter_table",
                "plan the migration for the server that it is to run on");
  }
  static Statements One(std::string statement) { return {std::move(statement)}; }
  static Statements Alter(const TableName& table, const std::string& clauses) {
    return One("ALTER TABLE " + Quote(table) + " " + clauses);
  }
  static Statements AlterColumn(const TableName& table, const std::string& column,
                                const std::string& clause) {
    return Alter(table, "ALTER COLUMN " + Quote(column) + " " + clause);
  }
  static std::string Rename(const TableName& table, const std::string& from,
                            const std::string& to) {
    return "ALTER TABLE " + Quote(table) + " RENAME COLUMN " + Quote(from) + " TO " + Quote(to);
  }
  Result<Statements> Sync() { return SyncStatements(connection_, sync_.before, sync_.after); }
  Result<Statements> WithSync(Statements first) {
    IL_ASSIGN(const Statements then, Sync());
    first.insert(first.end(), then.begin(), then.end());
    return first;
  }

  SqlConnection& connection_;
  const Step& step_;
  const SyncContext& sync_;
};

}  // namespace

Result<std::vector<std::string>> RenderStep(SqlConnection& connection, const Step& step,
                                            const SyncContext& sync) {
  return std::visit(Renderer(connection, step, sync), step.action);
}

bool HasUserSql(const Action& action) {
  return std::holds_alternative<action::CreateTable>(action) ||
         std::holds_alternative<action::AddColumns>(action) ||
         std::holds_alternative<action::SetDefault>(action) ||
         std::holds_alternative<action::CreateIndex>(action) ||
         std::holds_alternative<action::RunSql>(action);
}

}  // namespace interlock::postgres
