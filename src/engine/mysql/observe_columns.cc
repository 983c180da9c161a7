#include <algorithm>
#include <map>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/definitions.h"
#include "engine/mysql/observe_parts.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/render.h"

namespace interlock::mysql {
namespace {

struct Shape {
  std::string type;
  std::string collation;
  std::string generated;
  std::string others;  ///< ON UPDATE, a column's own CHECK, SRID
  bool identity = false;
  bool operator==(const Shape&) const = default;
};

std::string ToString(const Shape& shape) {
  return shape.type + (shape.collation.empty() ? "" : " collate " + shape.collation) +
         (shape.generated.empty() ? "" : " generated " + shape.generated) +
         (shape.others.empty() ? "" : " " + shape.others) +
         (shape.identity ? " auto_increment" : "");
}

using Shapes = std::map<std::string, Shape>;

/// Without charset, which the collation says, and visibility, which a later step changes.
std::string OtherAttributes(const std::string& attributes) {
  if (attributes.empty()) return "";
  std::vector<std::string> out;
  const auto words = Split(attributes, ' ');
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "charset") {
      ++i;
    } else if (words[i] != "invisible") {
      out.push_back(words[i]);
    }
  }
  return Join(out, " ");
}

/// SHOW CREATE leaves out collations that are the table's own; SHOW FULL COLUMNS does not.
Result<Shapes> ShapesOf(MySqlConnection& connection, const TableName& name, const Table& table) {
  Shapes out;
  for (const auto& column : table.columns)
    out[column.name] = {column.type, "", column.generated, OtherAttributes(column.attributes),
                        !column.identity.empty()};
  IL_ASSIGN(const SqlRows rows, connection.Execute("SHOW FULL COLUMNS FROM " + Quote(name), {}));
  for (const auto& row : rows.rows) {
    if (row.size() < 3) return WrongShape("SHOW FULL COLUMNS has too few columns");
    if (const auto found = out.find(row[0].value_or("")); found != out.end())
      found->second.collation = row[2].value_or("");
  }
  return out;
}

Result<Shapes> WantedShapes(MySqlConnection& connection, const TableName& table,
                            const std::vector<ColumnSpec>& columns, const std::string& charset) {
  std::vector<std::string> elements;
  for (const auto& column : columns) {
    IL_ASSIGN(std::string text,
              ColumnDefinition(connection.version().flavor, column, ColumnPlace::kShape));
    elements.push_back(std::move(text));
    if (column.identity) elements.push_back("KEY (" + Quote(column.name) + ")");
  }
  IL_ASSIGN(const Scratch scratch, Scratch::Make(connection, table.schema, elements, charset));
  IL_ASSIGN(const TableText shown, scratch.Show());
  return ShapesOf(connection, scratch.name(), shown.table);
}

/// The first column that is there in another shape, in words; "" when none is.  Defaults and NOT
/// NULL are left out: later steps change them.
Result<std::string> FirstDifference(MySqlConnection& connection, const TableName& name,
                                    const TableText& table,
                                    const std::vector<ColumnSpec>& columns) {
  IL_ASSIGN(const Shapes real, ShapesOf(connection, name, table.table));
  IL_ASSIGN(const Shapes wanted, WantedShapes(connection, name, columns, table.charset));
  for (const auto& [column, shape] : wanted) {
    const auto found = real.find(column);
    if (found == real.end() || found->second == shape) continue;
    return "column " + DisplayName(column) + " is " + ToString(found->second) + ", not " +
           ToString(shape);
  }
  return std::string();
}

std::vector<std::string> Names(const std::vector<ColumnSpec>& columns) {
  std::vector<std::string> out;
  for (const auto& column : columns) out.push_back(column.name);
  return out;
}

Observation NoColumn(const std::string& column, const TableName& table) {
  return Seen(Observed::kConflicting,
              "there is no column " + DisplayName(column) + " in " + interlock::ToString(table));
}

bool IsInvisible(const Column& column) {
  return !column.attributes.empty() && Contains(Split(column.attributes, ' '), "invisible");
}

}  // namespace

Result<Observation> ObserveColumns(MySqlConnection& connection, const action::AddColumns& add) {
  IL_ASSIGN(const auto table, ShowTable(connection, add.table));
  if (!table) return NoTable(add.table);
  const auto there = ExistingColumns(*table, Names(add.columns));
  if (there.empty()) return Seen(Observed::kAbsent, "no column " + Join(Names(add.columns), ", "));
  const auto difference = FirstDifference(connection, add.table, *table, add.columns);
  if (!difference) return Incomparable(difference.error(), "column " + Join(there, ", "));
  if (!difference->empty()) return Seen(Observed::kConflicting, *difference);
  if (there.size() < add.columns.size())
    return Seen(Observed::kUndecidable, "only column " + Join(there, ", ") +
                                            " is there, though one statement adds them all");
  return Seen(Observed::kPresent, "column " + Join(there, ", ") + " is there");
}

Result<Observation> ObserveColumnsGone(MySqlConnection& connection,
                                       const action::DropColumns& drop) {
  IL_ASSIGN(const auto table, ShowTable(connection, drop.table));
  if (!table) return NoTable(drop.table);
  const auto names = Names(drop.columns);
  const auto there = ExistingColumns(*table, names);
  if (there.empty()) return Seen(Observed::kPresent, "column " + Join(names, ", ") + " is gone");
  if (there.size() == names.size())
    return Seen(Observed::kAbsent, "column " + Join(there, ", ") + " is still there");
  return Seen(Observed::kUndecidable, "of " + Join(names, ", ") + " only " + Join(there, ", ") +
                                          " is there, though one statement drops them all");
}

Result<Observation> ObserveVisibility(MySqlConnection& connection, const TableName& table,
                                      const std::vector<std::string>& columns, bool visible) {
  IL_ASSIGN(const auto shown, ShowTable(connection, table));
  if (!shown) return NoTable(table);
  std::vector<std::string> others;
  for (const auto& name : columns) {
    const Column* column = shown->table.FindColumn(name);
    if (column == nullptr) return NoColumn(name, table);
    if (IsInvisible(*column) == visible) others.push_back(name);
  }
  if (others.empty())
    return Seen(Observed::kPresent,
                "column " + Join(columns, ", ") + (visible ? " is visible" : " is invisible"));
  return Seen(Observed::kAbsent,
              "column " + Join(others, ", ") + (visible ? " is invisible" : " is visible"));
}

Result<Observation> ObserveDefault(MySqlConnection& connection, const action::SetDefault& set) {
  IL_ASSIGN(const auto table, ShowTable(connection, set.table));
  const Column* column = table ? table->table.FindColumn(set.column) : nullptr;
  if (column == nullptr) return NoColumn(set.column, set.table);
  const std::string shown = "the default of " + DisplayName(set.column) + " is " +
                            (column->default_value ? *column->default_value : "none");
  const auto wanted = [&]() -> Result<SqlValue> {
    if (!set.expression) return SqlValue();
    const std::string& text = table->columns.at(set.column);
    IL_ASSIGN(const std::string value,
              DefaultText(connection.version().flavor, *set.expression, column->type));
    auto elements = ColumnsFor(*table, text + *set.expression);
    for (auto& element : elements)
      if (element == WithoutIdentity(text)) element = WithDefault(element, value);
    IL_ASSIGN(const Scratch scratch,
              Scratch::Make(connection, set.table.schema, elements, table->charset));
    IL_ASSIGN(const TableText made, scratch.Show());
    const Column* wanted_column = made.table.FindColumn(set.column);
    return wanted_column == nullptr ? SqlValue() : wanted_column->default_value;
  }();
  if (!wanted) return Incomparable(wanted.error(), "the default");
  return Seen(*wanted == column->default_value ? Observed::kPresent : Observed::kAbsent, shown);
}

Result<Observation> ObserveNotNull(MySqlConnection& connection, const TableName& table,
                                   const std::string& column, bool wanted) {
  IL_ASSIGN(const auto shown, ShowTable(connection, table));
  const Column* found = shown ? shown->table.FindColumn(column) : nullptr;
  if (found == nullptr) return NoColumn(column, table);
  return Seen(
      !found->nullable == wanted ? Observed::kPresent : Observed::kAbsent,
      "column " + DisplayName(column) + (found->nullable ? " may be NULL" : " is NOT NULL"));
}

Result<Observation> ObserveTable(MySqlConnection& connection, const change::CreateTable& table) {
  IL_ASSIGN(const auto shown, ShowTable(connection, table.table));
  const std::string name = "table " + interlock::ToString(table.table);
  if (!shown) return Seen(Observed::kAbsent, "there is no " + name);
  if (!shown->plain) return Seen(Observed::kConflicting, name + " is no plain table");
  for (const auto& column : table.columns) {
    const Column* found = shown->table.FindColumn(column.name);
    if (found == nullptr)
      return Seen(Observed::kConflicting, name + " has no column " + DisplayName(column.name));
    if (IsInvisible(*found))
      return Seen(Observed::kConflicting,
                  name + ": column " + DisplayName(column.name) + " is invisible");
  }
  const auto difference = FirstDifference(connection, table.table, *shown, table.columns);
  if (!difference) return Incomparable(difference.error(), name);
  if (!difference->empty()) return Seen(Observed::kConflicting, name + ": " + *difference);
  if (shown->table.PrimaryKey() != table.primary_key)
    return Seen(Observed::kConflicting, name + " has the primary key (" +
                                            Join(shown->table.PrimaryKey(), ", ") + "), not (" +
                                            Join(table.primary_key, ", ") + ")");
  return Seen(Observed::kPresent, name + " is there");
}

Result<Observation> ObserveTableGone(MySqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const auto shown, ShowTable(connection, table));
  const std::string name = "table " + interlock::ToString(table);
  if (!shown) return Seen(Observed::kPresent, name + " is gone");
  if (!shown->plain) return Seen(Observed::kConflicting, name + " is no table");
  return Seen(Observed::kAbsent, name + " is still there");
}

Result<Observation> ObserveAnalyzed(MySqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const auto shown, ShowTable(connection, table));
  if (!shown) return NoTable(table);
  // Only accounts of administrators read the statistics themselves.
  const auto kept = connection.Execute(
      "SELECT 1 FROM mysql.innodb_table_stats WHERE database_name = $1 AND table_name = $2",
      {table.schema, table.name});
  if (kept && !kept->rows.empty())
    return Seen(Observed::kPresent, "statistics of the table are there");
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT t.table_rows IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "
                               "information_schema.statistics s WHERE s.table_schema = "
                               "t.table_schema AND s.table_name = t.table_name AND s.seq_in_index "
                               "= 1 AND s.cardinality IS NULL AND s.index_type = 'BTREE') FROM "
                               "information_schema.tables t WHERE t.table_schema = $1 AND "
                               "t.table_name = $2",
                               {table.schema, table.name}));
  if (!rows.rows.empty() && rows.rows[0].at(0) == "1")
    return Seen(Observed::kPresent, "statistics of every index are there");
  return Seen(Observed::kAbsent, "an index has no statistics");
}

}  // namespace interlock::mysql
