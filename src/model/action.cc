#include "model/action.h"

#include <algorithm>

namespace interlock {
namespace {

struct ActionNames {
  std::string_view operator()(const action::CreateTable&) const { return "create_table"; }
  std::string_view operator()(const action::DropTable&) const { return "drop_table"; }
  std::string_view operator()(const action::AddColumns&) const { return "add_columns"; }
  std::string_view operator()(const action::DropColumns&) const { return "drop_columns"; }
  std::string_view operator()(const action::ShowColumns&) const { return "show_columns"; }
  std::string_view operator()(const action::HideColumns&) const { return "hide_columns"; }
  std::string_view operator()(const action::SetDefault&) const { return "set_default"; }
  std::string_view operator()(const action::SetNotNull&) const { return "set_not_null"; }
  std::string_view operator()(const action::DropNotNull&) const { return "drop_not_null"; }
  std::string_view operator()(const action::AddNotNullCheck&) const { return "add_not_null_check"; }
  std::string_view operator()(const action::ValidateConstraint&) const {
    return "validate_constraint";
  }
  std::string_view operator()(const action::DropConstraint&) const { return "drop_constraint"; }
  std::string_view operator()(const action::CreateIndex&) const { return "create_index"; }
  std::string_view operator()(const action::DropIndex&) const { return "drop_index"; }
  std::string_view operator()(const action::CopyIndex&) const { return "copy_index"; }
  std::string_view operator()(const action::CopyConstraint&) const { return "copy_constraint"; }
  std::string_view operator()(const action::InstallSync&) const { return "install_sync"; }
  std::string_view operator()(const action::RemoveSync&) const { return "remove_sync"; }
  std::string_view operator()(const action::Backfill&) const { return "backfill"; }
  std::string_view operator()(const action::Analyze&) const { return "analyze"; }
  std::string_view operator()(const action::Verify&) const { return "verify"; }
  std::string_view operator()(const action::Quarantine&) const { return "quarantine"; }
  std::string_view operator()(const action::Restore&) const { return "restore"; }
  std::string_view operator()(const action::DropQuarantined&) const { return "drop_quarantined"; }
  std::string_view operator()(const action::AlterTable&) const { return "alter_table"; }
  std::string_view operator()(const action::CopyRows&) const { return "copy_rows"; }
  std::string_view operator()(const action::CompareRows&) const { return "compare_rows"; }
  std::string_view operator()(const action::CutOver&) const { return "cut_over"; }
  std::string_view operator()(const action::DropReplaced&) const { return "drop_replaced"; }
  std::string_view operator()(const action::SwapBack&) const { return "swap_back"; }
  std::string_view operator()(const action::UndoAlter&) const { return "undo_alter"; }
  std::string_view operator()(const action::RunSql&) const { return "run_sql"; }
};

/// Changes a list of specs; an id that is not in it changes nothing, but InstallSync adds it.
class SyncFold {
 public:
  explicit SyncFold(std::vector<SyncSpec>& specs) : specs_(specs) {}

  void operator()(const action::InstallSync& install) {
    if (auto* found = Find(install.spec.id)) {
      *found = install.spec;
    } else {
      specs_.push_back(install.spec);
    }
  }
  void operator()(const action::RemoveSync& remove) { Remove(remove.spec.id); }
  void operator()(const action::DropQuarantined& drop) { Remove(drop.spec.id); }
  void operator()(const action::Quarantine& quarantine) {
    if (auto* found = Find(quarantine.spec.id)) found->renamed = quarantine.renamed;
  }
  void operator()(const action::Restore& restore) {
    if (auto* found = Find(restore.spec.id)) found->renamed.clear();
  }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  SyncSpec* Find(const std::string& id) {
    const auto found = std::find_if(specs_.begin(), specs_.end(),
                                    [&](const SyncSpec& spec) { return spec.id == id; });
    return found == specs_.end() ? nullptr : &*found;
  }
  void Remove(const std::string& id) {
    std::erase_if(specs_, [&](const SyncSpec& spec) { return spec.id == id; });
  }

  std::vector<SyncSpec>& specs_;
};

}  // namespace

std::string_view ActionName(const Action& action) { return std::visit(ActionNames{}, action); }

const Alteration* AlterationOf(const Action& action) {
  return std::visit(
      [](const auto& item) -> const Alteration* {
        if constexpr (requires { item.alteration; }) {
          return &item.alteration;
        } else {
          return nullptr;
        }
      },
      action);
}

bool MayBeNeedless(const Action& action) {
  return AlterationOf(action) != nullptr && !std::holds_alternative<action::AlterTable>(action);
}

bool IsBulk(const Action& action) {
  return std::holds_alternative<action::Backfill>(action) ||
         std::holds_alternative<action::Verify>(action) ||
         std::holds_alternative<action::CopyRows>(action) ||
         std::holds_alternative<action::CompareRows>(action);
}

bool ChangesTriggers(const Action& action) {
  return std::holds_alternative<action::InstallSync>(action) ||
         std::holds_alternative<action::RemoveSync>(action) ||
         std::holds_alternative<action::Quarantine>(action) ||
         std::holds_alternative<action::Restore>(action) ||
         std::holds_alternative<action::DropQuarantined>(action);
}

std::optional<TableName> ActionTable(const Action& action) {
  return std::visit(
      [](const auto& item) -> std::optional<TableName> {
        if constexpr (requires { item.table; }) {
          return item.table;
        } else if constexpr (requires { item.spec.table; }) {
          return item.spec.table;
        } else if constexpr (requires { item.alteration.table; }) {
          return item.alteration.table;
        } else if constexpr (requires { item.definition.table; }) {
          return item.definition.table;
        } else {
          return std::nullopt;
        }
      },
      action);
}

std::vector<SyncSpec> ApplyToSync(std::vector<SyncSpec> before, const Action& action) {
  std::visit(SyncFold(before), action);
  return before;
}

}  // namespace interlock
