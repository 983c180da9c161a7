// One value of every change kind and every action, with no field left at its default where the
// field can be told apart from it.
#pragma once

#include <utility>
#include <vector>

#include "model/migration.h"
#include "model/step.h"

namespace interlock {

inline const TableName kSampleTable{"public", "Users: \"old\"\n"};

inline ColumnSpec SampleColumn(const std::string& name) {
  return {name, "character varying(20)", false, "'it''s ü'", "de-x-icu", true};
}

inline change::CreateTable SampleTable() {
  return {kSampleTable,
          {SampleColumn("id"), {"note", "text", true, std::nullopt, "", false}},
          {"id"},
          {{"users_note_key", {"note", "id"}}},
          {{"note_set", "note <> ''"}},
          {{"users_note_fkey", {"note"}, {"other", "notes"}, {"id"}, "set null"}}};
}

inline change::CreateIndex SampleIndex() {
  return {kSampleTable,
          "users_email_idx",
          {{"email", "", "desc", "text_pattern_ops"}, {"", "lower(name)", "asc", ""}},
          {"id"},
          "btree",
          "email <> ''",
          true,
          Phase::kContract};
}

inline change::SqlStep SampleSql() {
  return {"cluster",
          Phase::kVerify,
          "CLUSTER users",
          {{ObjectKind::kIndex, kSampleTable, "i"}},
          "SELECT 'absent'",
          "SELECT 1",
          false};
}

inline SyncSpec SampleSync() {
  return {"0002-split-name/1",
          kSampleTable,
          {"name"},
          {{SampleColumn("first_name"), "split_part(name, ' ', 1)"},
           {SampleColumn("last_name"), "split_part(name, ' ', 2)"}},
          {{"name", "first_name || ' ' || last_name"}},
          {{"fax", "''"}},
          true,
          {{"name", "interlock_q_1_name"}}};
}

inline Alteration SampleAlteration() {
  return {kSampleTable,
          "MODIFY a BIGINT",
          "MODIFY a INT",
          "interlock catalog 1  0\n",
          "interlock catalog 1 mysql 9\n",
          {{"b", "c"}}};
}

inline std::vector<Change> EveryChange() {
  return {SampleTable(),
          change::AddColumn{kSampleTable, SampleColumn("fax"), "''"},
          change::DeriveColumns{kSampleTable,
                                {"name"},
                                {{SampleColumn("first_name"), "split_part(name, ' ', 1)"}},
                                {{"name", "first_name"}},
                                "middle names go",
                                {"users_name_idx"}},
          change::DropColumn{kSampleTable, "fax", "'-'", {"users_fax_idx"}},
          SampleIndex(),
          change::AlterTable{kSampleTable, "MODIFY a BIGINT"},
          change::Sql{{SampleSql()}}};
}

inline std::vector<Action> EveryAction() {
  const std::map<std::string, std::string> names = {{"name", "last_name"}};
  return {action::CreateTable{SampleTable()},
          action::DropTable{kSampleTable},
          action::AddColumns{kSampleTable, {SampleColumn("a"), SampleColumn("b")}},
          action::DropColumns{kSampleTable, {SampleColumn("a")}},
          action::ShowColumns{kSampleTable, {"a", "b"}},
          action::HideColumns{kSampleTable, {"a", "b"}},
          action::SetDefault{kSampleTable, "a", "now()"},
          action::SetNotNull{kSampleTable, "a"},
          action::DropNotNull{kSampleTable, "a"},
          action::AddNotNullCheck{kSampleTable, "a", "a_set"},
          action::ValidateConstraint{kSampleTable, "a_set"},
          action::DropConstraint{kSampleTable, "a_set"},
          action::CreateIndex{SampleIndex(), false},
          action::DropIndex{kSampleTable, "users_email_idx"},
          action::CopyIndex{kSampleTable, "i", "i2", names},
          action::CopyConstraint{kSampleTable, "c", "c2", names},
          action::InstallSync{SampleSync()},
          action::RemoveSync{SampleSync()},
          action::Backfill{SampleSync()},
          action::Analyze{kSampleTable},
          action::Verify{SampleSync()},
          action::Quarantine{SampleSync(), names},
          action::Restore{SampleSync()},
          action::DropQuarantined{SampleSync()},
          action::AlterTable{SampleAlteration()},
          action::CopyRows{SampleAlteration()},
          action::CompareRows{SampleAlteration()},
          action::CutOver{SampleAlteration()},
          action::DropReplaced{SampleAlteration()},
          action::SwapBack{SampleAlteration()},
          action::UndoAlter{SampleAlteration()},
          action::RunSql{SampleSql()}};
}

inline Migration SampleMigration() {
  return {"0002-split-name",
          "main",
          "Split the name",
          "Invoices need it",
          {"SHOP-1432"},
          {{"0001-create-users", SchemaState::kContracted}, {"0000-start", SchemaState::kExpanded}},
          EveryChange(),
          "migrations/0002-split-name.toml",
          "12ab"};
}

inline Step SampleStep() {
  Step step;
  step.id = "0002-split-name/contract/3-drop";
  step.migration = "0002-split-name";
  step.phase = Phase::kContract;
  step.action = action::DropIndex{kSampleTable, "i"};
  step.touches = {{ObjectKind::kIndex, kSampleTable, "i"}, {ObjectKind::kTable, kSampleTable, ""}};
  step.lock = LockLevel::kShareUpdateExclusive;
  step.transactional = false;
  step.only_looks = true;
  step.waits = true;
  step.irreversible = true;
  step.undo = action::CreateIndex{SampleIndex(), true};
  step.summary = "drop index i";
  step.hazards = {"may wait for long transactions"};
  return step;
}

}  // namespace interlock
