#include "planning/twins.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "planning/dependents.h"
#include "planning/expression.h"
#include "planning/identifiers.h"

namespace interlock::planning {
namespace {

bool IsDeferrable(const std::string& definition) {
  bool negated = false;
  for (const auto& token : Tokenize(definition)) {
    if (token.text == "deferrable" && !negated) return true;
    negated = token.text == "not";
  }
  return false;
}

class TwinFinder {
 public:
  TwinFinder(const Draft& draft, const Table& table, const std::vector<std::string>& old_columns,
             const std::vector<std::string>& new_columns, const std::vector<std::string>& drops)
      : draft_(draft), table_(table), old_columns_(old_columns), drops_(drops) {
    if (old_columns.size() == 1 && new_columns.size() == 1)
      mapping_[old_columns[0]] = new_columns[0];
  }

  Result<Twins> Run() {
    for (const auto& index : table_.indexes)
      if (index.constraint.empty() && IsDue(index.columns, index.name))
        IL_RETURN_IF_ERROR(Visit(index, ""));
    for (const auto& constraint : table_.constraints)
      if (IsDue(constraint.columns, constraint.name)) IL_RETURN_IF_ERROR(Visit(constraint));
    return std::move(twins_);
  }

 private:
  /// Whether it uses an old column and nobody has said yet what becomes of it.  What uses a column
  /// that an earlier change of the migration drops has had its twin there.
  bool IsDue(const std::vector<std::string>& columns, const std::string& name) {
    bool uses = false;
    for (const auto& column : columns) {
      if (draft_.DroppedHere(table_.name, column)) return false;
      uses = uses || Contains(old_columns_, column);
    }
    if (!uses) return false;
    if (!Contains(drops_, name)) return true;
    twins_.dropped.push_back(name);
    return false;
  }

  std::string Name(const std::string& source) const {
    return TwinName(table_.name, source, draft_.migration().id, draft_.max_name());
  }

  Result<void> Refuse(std::string_view kind, const std::string& name, std::string_view why) const {
    const bool by_index = kind == "index" || kind.starts_with("unique");
    const std::string_view successor =
        by_index ? "a `create_index` on them" : "an `sql` change that declares it";
    return Fail(
        ErrorKind::kRefused, "IL-P09",
        fmt::format("{} {} of {} uses {}, which this change drops, and {}", kind, DisplayName(name),
                    ToString(table_.name), NameList(old_columns_), why),
        fmt::format("write `drops = [\"{}\"]` to let it go; where the new columns need one, "
                    "add {} to this migration as well",
                    name, successor));
  }
  Result<void> CheckMapped(std::string_view kind, const std::string& name) const {
    if (!mapping_.empty()) return {};
    return Refuse(kind, name, "only one old and one new column make plain what its twin is");
  }

  /// `kind` is empty for a plain index; else the index serves the constraint of that kind.
  Result<void> Visit(const Index& index, std::string_view serves) {
    const std::string_view kind = serves.empty() ? "index" : serves;
    if (!index.valid) {
      twins_.dropped.push_back(index.name);
      return {};
    }
    IL_RETURN_IF_ERROR(CheckMapped(kind, index.name));
    if (table_.partitioned && !draft_.capabilities().builds_on_partitioned)
      return Refuse(kind, index.name, "no index can be built concurrently on a partitioned table");
    action::CopyIndex copy{table_.name, index.name, Name(index.name), mapping_};
    IL_RETURN_IF_ERROR(draft_.CheckIndexFree(table_, copy.name));
    (index.unique ? twins_.unique_indexes : twins_.indexes).push_back(std::move(copy));
    return {};
  }

  Result<void> Visit(const Constraint& constraint) {
    switch (constraint.kind) {
      case ConstraintKind::kCheck:
        if (!draft_.capabilities().unvalidated_checks)
          return Refuse("check", constraint.name,
                        "this server adds none without copying the table while writes wait");
        return AddConstraint("check", constraint, twins_.checks);
      case ConstraintKind::kForeignKey:
        if (table_.partitioned && draft_.capabilities().major < 18)
          return Refuse("foreign key", constraint.name,
                        "before version 18 a partitioned table cannot have one NOT VALID");
        return AddConstraint("foreign key", constraint, twins_.foreign_keys);
      case ConstraintKind::kUnique: {
        if (IsDeferrable(constraint.definition))
          return Refuse("unique constraint", constraint.name,
                        "a deferrable one cannot be built from an index");
        for (const auto& index : table_.indexes) {
          if (index.constraint != constraint.name) continue;
          twins_.constraint_sources.push_back(constraint.name);
          return Visit(index, "unique constraint");
        }
        return Refuse("unique constraint", constraint.name, "its index is not to be seen");
      }
      case ConstraintKind::kPrimaryKey:
        return Refuse("primary key", constraint.name, "a primary key has no twin");
      case ConstraintKind::kExclusion:
        return Refuse("exclusion constraint", constraint.name,
                      "an exclusion constraint cannot be built while writes go on");
      case ConstraintKind::kOther:
        break;
    }
    if (IsNotNullConstraint(constraint)) return {};
    return Refuse("constraint", constraint.name, "a constraint of this kind has no twin");
  }

  Result<void> AddConstraint(std::string_view kind, const Constraint& constraint,
                             std::vector<action::CopyConstraint>& out) {
    IL_RETURN_IF_ERROR(CheckMapped(kind, constraint.name));
    action::CopyConstraint copy{table_.name, constraint.name, Name(constraint.name), mapping_};
    IL_RETURN_IF_ERROR(draft_.CheckConstraintFree(table_, copy.name));
    if (!constraint.validated) twins_.unvalidated.push_back(copy.name);
    out.push_back(std::move(copy));
    return {};
  }

  const Draft& draft_;
  const Table& table_;
  const std::vector<std::string>& old_columns_;
  const std::vector<std::string>& drops_;
  std::map<std::string, std::string> mapping_;
  Twins twins_;
};

}  // namespace

Result<Twins> FindTwins(const Draft& draft, const Table& table,
                        const std::vector<std::string>& old_columns,
                        const std::vector<std::string>& new_columns,
                        const std::vector<std::string>& drops) {
  return TwinFinder(draft, table, old_columns, new_columns, drops).Run();
}

void AddBackfillTwins(Draft& draft, const Twins& twins) {
  for (const auto& copy : twins.indexes) draft.Add(Phase::kBackfill, copy);
}

void AddContractTwins(Draft& draft, const Twins& twins) {
  for (const auto& copy : twins.unique_indexes) {
    std::vector<std::string> hazards;
    if (Contains(twins.constraint_sources, copy.source))
      hazards.push_back(
          fmt::format("unique constraint {} lives on as the unique index {}: ON "
                      "CONFLICT ON CONSTRAINT cannot name it",
                      DisplayName(copy.source), DisplayName(copy.name)));
    draft.Add(Phase::kContract, copy, std::move(hazards));
  }
  for (const auto* group : {&twins.checks, &twins.foreign_keys}) {
    for (const auto& copy : *group) {
      const bool validate = !Contains(twins.unvalidated, copy.name);
      std::vector<std::string> hazards;
      if (!validate)
        hazards.push_back(fmt::format("{} was never validated, so its twin is not either",
                                      DisplayName(copy.source)));
      draft.Add(Phase::kContract, copy, std::move(hazards));
      if (validate) draft.Add(Phase::kContract, action::ValidateConstraint{copy.table, copy.name});
    }
  }
}

}  // namespace interlock::planning
