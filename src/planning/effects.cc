#include "planning/effects.h"

#include <algorithm>

#include "base/text.h"
#include "planning/dependents.h"
#include "planning/expression.h"
#include "planning/identifiers.h"

namespace interlock::planning {
namespace {

constexpr std::size_t kNameBytes = 63;

Column ToColumn(const ColumnSpec& spec) {
  Column column;
  column.name = spec.name;
  column.type = spec.type;
  column.nullable = spec.nullable && !spec.identity;
  column.default_value = spec.default_value;
  column.identity = spec.identity ? "by default" : "";
  column.collation = spec.collation;
  return column;
}

/// Columns of the table that the expression may name.
void AddNamed(const Table& table, const std::string& expression, bool any_case,
              std::vector<std::string>& out) {
  for (const auto& column : table.columns)
    if (MayName(expression, column.name, any_case) && !Contains(out, column.name))
      out.push_back(column.name);
}

void Rename(std::vector<std::string>& columns, const std::map<std::string, std::string>& names) {
  for (auto& column : columns)
    if (const auto found = names.find(column); found != names.end()) column = found->second;
}

class Effects {
 public:
  explicit Effects(Catalog& catalog) : catalog_(catalog) {}

  void operator()(const action::CreateTable& create) {
    const auto& made = create.definition;
    Table table;
    table.name = made.table;
    table.row_estimate = 0;
    for (const auto& column : made.columns) table.columns.push_back(ToColumn(column));
    for (const auto& name : made.primary_key)
      for (auto& column : table.columns)
        if (column.name == name) column.nullable = false;
    if (!made.primary_key.empty())
      AddKey(table, ConstraintKind::kPrimaryKey, "", made.primary_key, "pkey");
    for (const auto& unique : made.uniques)
      AddKey(table, ConstraintKind::kUnique, unique.name, unique.columns, "key");
    for (const auto& check : made.checks) {
      std::vector<std::string> named;
      AddNamed(table, check.expression, catalog_.names_ignore_case, named);
      const std::string column = named.size() == 1 ? named[0] : "";
      table.constraints.push_back({NameOr(check.name, table, column, "check"),
                                   ConstraintKind::kCheck,
                                   "CHECK (" + check.expression + ")",
                                   named,
                                   std::nullopt,
                                   {},
                                   true});
    }
    for (const auto& reference : made.references)
      table.constraints.push_back({NameOr(reference.name, table, reference.columns[0], "fkey"),
                                   ConstraintKind::kForeignKey, "FOREIGN KEY", reference.columns,
                                   reference.table, reference.referenced, true});
    catalog_.tables[made.table] = std::move(table);
  }
  void operator()(const action::AddColumns& add) {
    Table* table = Find(add.table);
    if (table == nullptr) return;
    for (const auto& column : add.columns) table->columns.push_back(ToColumn(column));
    if (catalog_.engine != "mysql" && catalog_.engine != "mariadb") return;
    for (const auto& column : add.columns) Show(add.table, column.name, false);
  }
  void operator()(const action::ShowColumns& show) {
    for (const auto& column : show.columns) Show(show.table, column, true);
  }
  void operator()(const action::HideColumns& hide) {
    for (const auto& column : hide.columns) Show(hide.table, column, false);
  }
  void operator()(const action::SetDefault& set) {
    if (Column* column = Find(set.table, set.column)) column->default_value = set.expression;
  }
  void operator()(const action::SetNotNull& set) {
    if (Column* column = Find(set.table, set.column)) column->nullable = false;
  }
  void operator()(const action::AddNotNullCheck& add) {
    if (Table* table = Find(add.table))
      table->constraints.push_back(
          {add.name, ConstraintKind::kCheck, "CHECK", {add.column}, std::nullopt, {}, false});
  }
  void operator()(const action::ValidateConstraint& validate) {
    if (Table* table = Find(validate.table))
      for (auto& constraint : table->constraints)
        if (constraint.name == validate.name) constraint.validated = true;
  }
  void operator()(const action::DropConstraint& drop) {
    if (Table* table = Find(drop.table))
      std::erase_if(table->constraints,
                    [&](const Constraint& item) { return item.name == drop.name; });
  }
  void operator()(const action::CreateIndex& create) {
    const auto& made = create.definition;
    Table* table = Find(made.table);
    if (table == nullptr) return;
    Index index;
    index.name = made.name;
    index.unique = made.unique;
    for (const auto& part : made.parts) {
      if (!part.column.empty() && !Contains(index.columns, part.column))
        index.columns.push_back(part.column);
      AddNamed(*table, part.expression, catalog_.names_ignore_case, index.columns);
    }
    for (const auto& column : made.include)
      if (!Contains(index.columns, column)) index.columns.push_back(column);
    AddNamed(*table, made.where, catalog_.names_ignore_case, index.columns);
    table->indexes.push_back(std::move(index));
  }
  void operator()(const action::CopyIndex& copy) {
    Table* table = Find(copy.table);
    if (table == nullptr || table->FindIndex(copy.source) == nullptr) return;
    Index twin = *table->FindIndex(copy.source);
    twin.name = copy.name;
    twin.constraint.clear();
    twin.replica_identity = false;
    Rename(twin.columns, copy.columns);
    table->indexes.push_back(std::move(twin));
  }
  void operator()(const action::CopyConstraint& copy) {
    Table* table = Find(copy.table);
    if (table == nullptr || table->FindConstraint(copy.source) == nullptr) return;
    Constraint twin = *table->FindConstraint(copy.source);
    twin.name = copy.name;
    twin.validated = false;
    Rename(twin.columns, copy.columns);
    table->constraints.push_back(std::move(twin));
  }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  Table* Find(const TableName& name) {
    const auto found = catalog_.tables.find(name);
    return found == catalog_.tables.end() ? nullptr : &found->second;
  }
  Column* Find(const TableName& name, const std::string& column) {
    if (Table* table = Find(name))
      for (auto& item : table->columns)
        if (item.name == column) return &item;
    return nullptr;
  }
  /// As the server prints it: one word among a column's attributes.
  void Show(const TableName& name, const std::string& which, bool visible) {
    static constexpr std::string_view kInvisible = "invisible";
    Column* column = Find(name, which);
    if (column == nullptr) return;
    std::vector<std::string> words;
    if (!column->attributes.empty()) words = Split(column->attributes, ' ');
    std::erase(words, kInvisible);
    if (!visible) words.emplace_back(kInvisible);
    column->attributes = Join(words, " ");
  }
  static std::string NameOr(const std::string& name, const Table& table, const std::string& column,
                            const std::string& label) {
    return name.empty() ? ImplicitName(table.name.name, column, label, kNameBytes) : name;
  }
  static void AddKey(Table& table, ConstraintKind kind, const std::string& given,
                     const std::vector<std::string>& columns, const std::string& label) {
    const bool primary = kind == ConstraintKind::kPrimaryKey;
    const std::string middle = primary || columns.empty() ? "" : columns[0];
    const std::string name = NameOr(given, table, middle, label);
    table.constraints.push_back(
        {name, kind, primary ? "PRIMARY KEY" : "UNIQUE", columns, std::nullopt, {}, true});
    table.indexes.push_back({name, "", columns, true, true, name});
  }

  Catalog& catalog_;
};

}  // namespace

void ApplyEffects(const Action& action, Catalog& catalog) { std::visit(Effects(catalog), action); }

}  // namespace interlock::planning
