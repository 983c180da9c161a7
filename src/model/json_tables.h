// The JSON form of every value: which key holds what.  Recorded in ledgers, so a key once released
// keeps its meaning.  For json.cc; everyone else uses model/json.h.
#pragma once

#include <string_view>
#include <tuple>

#include "model/json_io.h"
#include "model/migration.h"
#include "model/step.h"

namespace interlock::json_io {

template <>
inline constexpr auto kLast<Phase> = Phase::kContract;
template <>
inline constexpr auto kLast<ObjectKind> = ObjectKind::kOther;
template <>
inline constexpr auto kLast<LockLevel> = LockLevel::kAccessExclusive;
template <>
inline constexpr auto kLast<SchemaState> = SchemaState::kContracted;

template <>
struct AsText<StateInterval> {
  static std::string Write(const StateInterval& interval) { return interval.ToString(); }
  /// Only as ToString writes it: "expanded", never "expanded..expanded".
  static bool Read(const std::string& text, StateInterval& out) {
    auto parsed = StateInterval::Parse(text);
    if (!parsed || parsed->ToString() != text) return false;
    out = *parsed;
    return true;
  }
};

template <>
struct Tag<Change> {
  static constexpr std::string_view kKey = "kind";
  static std::string_view Name(const Change& change) { return KindName(change); }
};
template <>
struct Tag<Action> {
  static constexpr std::string_view kKey = "action";
  static std::string_view Name(const Action& action) { return ActionName(action); }
};

template <>
inline constexpr auto kFields<TableName> = std::tuple(Field("schema", &TableName::schema),
                                                      Field("name", &TableName::name));
template <>
inline constexpr auto kFields<ObjectRef> = std::tuple(Field("kind", &ObjectRef::kind),
                                                      Field("table", &ObjectRef::table),
                                                      Field("member", &ObjectRef::member));
template <>
inline constexpr auto kFields<ColumnSpec> = std::tuple(Field("name", &ColumnSpec::name),
                                                       Field("type", &ColumnSpec::type),
                                                       Field("nullable", &ColumnSpec::nullable),
                                                       Field("default", &ColumnSpec::default_value),
                                                       Field("collation", &ColumnSpec::collation),
                                                       Field("identity", &ColumnSpec::identity));
template <>
inline constexpr auto kFields<TableCheck> =
    std::tuple(Field("name", &TableCheck::name), Field("expression", &TableCheck::expression));
template <>
inline constexpr auto kFields<TableReference> = std::tuple(
    Field("name", &TableReference::name), Field("columns", &TableReference::columns),
    Field("table", &TableReference::table), Field("referenced", &TableReference::referenced),
    Field("on_delete", &TableReference::on_delete));
template <>
inline constexpr auto kFields<TableUnique> = std::tuple(Field("name", &TableUnique::name),
                                                        Field("columns", &TableUnique::columns));

template <>
inline constexpr auto kFields<change::CreateTable> = std::tuple(
    Field("table", &change::CreateTable::table), Field("columns", &change::CreateTable::columns),
    Field("primary_key", &change::CreateTable::primary_key),
    Field("uniques", &change::CreateTable::uniques), Field("checks", &change::CreateTable::checks),
    Field("references", &change::CreateTable::references));
template <>
inline constexpr auto kFields<change::AddColumn> = std::tuple(
    Field("table", &change::AddColumn::table), Field("column", &change::AddColumn::column),
    Field("fill", &change::AddColumn::fill));
template <>
inline constexpr auto kFields<change::DerivedColumn> = std::tuple(
    Field("column", &change::DerivedColumn::column), Field("up", &change::DerivedColumn::up));
template <>
inline constexpr auto kFields<change::DeriveColumns> = std::tuple(
    Field("table", &change::DeriveColumns::table),
    Field("old", &change::DeriveColumns::old_columns),
    Field("new", &change::DeriveColumns::new_columns), Field("down", &change::DeriveColumns::down),
    Field("lossy", &change::DeriveColumns::lossy), Field("drops", &change::DeriveColumns::drops));
template <>
inline constexpr auto kFields<change::DropColumn> = std::tuple(
    Field("table", &change::DropColumn::table), Field("column", &change::DropColumn::column),
    Field("fill", &change::DropColumn::fill), Field("drops", &change::DropColumn::drops));
template <>
inline constexpr auto kFields<change::IndexPart> = std::tuple(
    Field("column", &change::IndexPart::column),
    Field("expression", &change::IndexPart::expression), Field("order", &change::IndexPart::order),
    Field("opclass", &change::IndexPart::opclass));
template <>
inline constexpr auto kFields<change::CreateIndex> = std::tuple(
    Field("table", &change::CreateIndex::table), Field("name", &change::CreateIndex::name),
    Field("parts", &change::CreateIndex::parts), Field("include", &change::CreateIndex::include),
    Field("method", &change::CreateIndex::method), Field("where", &change::CreateIndex::where),
    Field("unique", &change::CreateIndex::unique), Field("phase", &change::CreateIndex::phase));
template <>
inline constexpr auto kFields<change::AlterTable> = std::tuple(
    Field("table", &change::AlterTable::table), Field("clauses", &change::AlterTable::clauses));
template <>
inline constexpr auto kFields<change::SqlStep> =
    std::tuple(Field("name", &change::SqlStep::name), Field("phase", &change::SqlStep::phase),
               Field("sql", &change::SqlStep::sql), Field("touches", &change::SqlStep::touches),
               Field("observe", &change::SqlStep::observe), Field("undo", &change::SqlStep::undo),
               Field("transaction", &change::SqlStep::transaction));
template <>
inline constexpr auto kFields<change::Sql> = std::tuple(Field("steps", &change::Sql::steps));

template <>
inline constexpr auto kFields<SyncSpec> =
    std::tuple(Field("id", &SyncSpec::id), Field("table", &SyncSpec::table),
               Field("old", &SyncSpec::old_columns), Field("new", &SyncSpec::new_columns),
               Field("down", &SyncSpec::down), Field("fills", &SyncSpec::fills),
               Field("lossy", &SyncSpec::lossy), Field("renamed", &SyncSpec::renamed));

template <>
inline constexpr auto kFields<action::CreateTable> =
    std::tuple(Field("definition", &action::CreateTable::definition));
template <>
inline constexpr auto kFields<action::DropTable> = std::tuple(Field("table",
                                                                    &action::DropTable::table));
template <>
inline constexpr auto kFields<action::AddColumns> = std::tuple(
    Field("table", &action::AddColumns::table), Field("columns", &action::AddColumns::columns));
template <>
inline constexpr auto kFields<action::DropColumns> = std::tuple(
    Field("table", &action::DropColumns::table), Field("columns", &action::DropColumns::columns));
template <>
inline constexpr auto kFields<action::ShowColumns> = std::tuple(
    Field("table", &action::ShowColumns::table), Field("columns", &action::ShowColumns::columns));
template <>
inline constexpr auto kFields<action::HideColumns> = std::tuple(
    Field("table", &action::HideColumns::table), Field("columns", &action::HideColumns::columns));
template <>
inline constexpr auto kFields<action::SetDefault> = std::tuple(
    Field("table", &action::SetDefault::table), Field("column", &action::SetDefault::column),
    Field("expression", &action::SetDefault::expression));
template <>
inline constexpr auto kFields<action::SetNotNull> = std::tuple(
    Field("table", &action::SetNotNull::table), Field("column", &action::SetNotNull::column));
template <>
inline constexpr auto kFields<action::DropNotNull> = std::tuple(
    Field("table", &action::DropNotNull::table), Field("column", &action::DropNotNull::column));
template <>
inline constexpr auto kFields<action::AddNotNullCheck> =
    std::tuple(Field("table", &action::AddNotNullCheck::table),
               Field("column", &action::AddNotNullCheck::column),
               Field("name", &action::AddNotNullCheck::name));
template <>
inline constexpr auto kFields<action::ValidateConstraint> =
    std::tuple(Field("table", &action::ValidateConstraint::table),
               Field("name", &action::ValidateConstraint::name));
template <>
inline constexpr auto kFields<action::DropConstraint> = std::tuple(
    Field("table", &action::DropConstraint::table), Field("name", &action::DropConstraint::name));
template <>
inline constexpr auto kFields<action::CreateIndex> =
    std::tuple(Field("definition", &action::CreateIndex::definition),
               Field("concurrently", &action::CreateIndex::concurrently));
template <>
inline constexpr auto kFields<action::DropIndex> =
    std::tuple(Field("table", &action::DropIndex::table), Field("name", &action::DropIndex::name));
template <>
inline constexpr auto kFields<action::CopyIndex> = std::tuple(
    Field("table", &action::CopyIndex::table), Field("source", &action::CopyIndex::source),
    Field("name", &action::CopyIndex::name), Field("columns", &action::CopyIndex::columns));
template <>
inline constexpr auto kFields<action::CopyConstraint> = std::tuple(
    Field("table", &action::CopyConstraint::table),
    Field("source", &action::CopyConstraint::source), Field("name", &action::CopyConstraint::name),
    Field("columns", &action::CopyConstraint::columns));
template <>
inline constexpr auto kFields<action::InstallSync> = std::tuple(Field("spec",
                                                                      &action::InstallSync::spec));
template <>
inline constexpr auto kFields<action::RemoveSync> = std::tuple(Field("spec",
                                                                     &action::RemoveSync::spec));
template <>
inline constexpr auto kFields<action::Backfill> = std::tuple(Field("spec",
                                                                   &action::Backfill::spec));
template <>
inline constexpr auto kFields<action::Analyze> = std::tuple(Field("table",
                                                                  &action::Analyze::table));
template <>
inline constexpr auto kFields<action::Verify> = std::tuple(Field("spec", &action::Verify::spec));
template <>
inline constexpr auto kFields<action::Quarantine> = std::tuple(
    Field("spec", &action::Quarantine::spec), Field("renamed", &action::Quarantine::renamed));
template <>
inline constexpr auto kFields<action::Restore> = std::tuple(Field("spec", &action::Restore::spec));
template <>
inline constexpr auto kFields<action::DropQuarantined> =
    std::tuple(Field("spec", &action::DropQuarantined::spec));
template <>
inline constexpr auto kFields<Alteration> = std::tuple(
    Field("table", &Alteration::table), Field("clauses", &Alteration::clauses),
    Field("clauses_back", &Alteration::clauses_back), Field("before", &Alteration::before),
    Field("after", &Alteration::after), Field("renamed", &Alteration::renamed));
template <>
inline constexpr auto kFields<action::AlterTable> =
    std::tuple(Field("alteration", &action::AlterTable::alteration));
template <>
inline constexpr auto kFields<action::CopyRows> = std::tuple(Field("alteration",
                                                                   &action::CopyRows::alteration));
template <>
inline constexpr auto kFields<action::CompareRows> =
    std::tuple(Field("alteration", &action::CompareRows::alteration));
template <>
inline constexpr auto kFields<action::CutOver> = std::tuple(Field("alteration",
                                                                  &action::CutOver::alteration));
template <>
inline constexpr auto kFields<action::DropReplaced> =
    std::tuple(Field("alteration", &action::DropReplaced::alteration));
template <>
inline constexpr auto kFields<action::SwapBack> = std::tuple(Field("alteration",
                                                                   &action::SwapBack::alteration));
template <>
inline constexpr auto kFields<action::UndoAlter> =
    std::tuple(Field("alteration", &action::UndoAlter::alteration));
template <>
inline constexpr auto kFields<action::RunSql> = std::tuple(Field("step", &action::RunSql::step));

template <>
inline constexpr auto kFields<Step> = std::tuple(
    Field("id", &Step::id), Field("migration", &Step::migration), Field("phase", &Step::phase),
    Field("action", &Step::action), Field("touches", &Step::touches), Field("lock", &Step::lock),
    Field("transactional", &Step::transactional), Field("only_looks", &Step::only_looks),
    Field("waits", &Step::waits), Field("irreversible", &Step::irreversible),
    Field("undo", &Step::undo), Field("summary", &Step::summary), Field("hazards", &Step::hazards));
template <>
inline constexpr auto kFields<Uses> = std::tuple(Field("listed", &Uses::listed),
                                                 Field("contains", &Uses::contains));
template <>
inline constexpr auto kFields<MigrationRef> = std::tuple(Field("id", &MigrationRef::id),
                                                         Field("state", &MigrationRef::state));
template <>
inline constexpr auto kFields<Migration> =
    std::tuple(Field("id", &Migration::id), Field("database", &Migration::database),
               Field("summary", &Migration::summary), Field("why", &Migration::why),
               Field("refs", &Migration::refs), Field("after", &Migration::after),
               Field("changes", &Migration::changes), Field("file", &Migration::file),
               Field("hash", &Migration::hash));

}  // namespace interlock::json_io
