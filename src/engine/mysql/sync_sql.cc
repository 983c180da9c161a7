#include "engine/mysql/sync_sql.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "engine/mysql/expression.h"
#include "engine/mysql/quote.h"

namespace interlock::mysql {
namespace {

std::string RealName(const SyncSpec& spec, const std::string& column) {
  const auto renamed = spec.renamed.find(column);
  return renamed == spec.renamed.end() ? column : renamed->second;
}

std::string Cell(const std::string& row, const std::string& quoted) { return row + "." + quoted; }

std::string InParentheses(const std::string& condition) { return "(" + condition + ")"; }

std::string AllSame(const std::string& row, const std::vector<SyncValue>& values) {
  std::vector<std::string> tests;
  for (const auto& value : values)
    tests.push_back(Same(Cell(row, value.column), value.stored, value.type));
  return InParentheses(Join(tests, " AND "));
}

/// The type that a spec's column has, or will have.
Result<ColumnType> TypeOf(const SyncSpec& spec, const ColumnTypes& types,
                          const std::string& column) {
  if (const auto type = types.find(column); type != types.end()) return type->second;
  for (const auto& derived : spec.new_columns)
    if (derived.column.name == column)
      return ParseColumnType(derived.column.type, "", derived.column.collation);
  // A fill's column may be one to come, whose type no spec tells: its value then stands as it is.
  if (spec.fills.contains(column)) return ColumnType{};
  return Fail(ErrorKind::kRefused, "IL-E55",
              spec.id + ": there is no column " + column + " in " + ToString(spec.table));
}

/// The column's name when the expression is nothing else; else "".
std::string OnlyColumn(const std::string& rewritten,
                       const std::map<std::string, std::string>& columns) {
  for (const auto& [name, cell] : columns)
    if (rewritten == cell) return name;
  return "";
}

/// `columns`: what the expression may read, and how that is written.
Result<SyncValue> MakeValue(const SyncSpec& spec, const ColumnTypes& types,
                            const std::string& column, const std::string& expression,
                            const std::map<std::string, std::string>& columns) {
  IL_ASSIGN(const std::string rewritten, QualifyColumns(expression, spec.table, columns));
  SyncValue out;
  out.column = Quote(RealName(spec, column));
  IL_ASSIGN(out.type, TypeOf(spec, types, column));
  const auto source = types.find(OnlyColumn(rewritten, columns));
  const bool copied = source != types.end() && source->second.name == out.type.name;
  const bool moment = out.type.kind == TypeKind::kTimestamp && source != types.end() &&
                      source->second.kind == TypeKind::kTimestamp;
  // A copy needs no cast; one would send a moment through the session's time zone.
  ValueSql sql = copied || moment ? ValueSql{rewritten, rewritten, ""}
                                  : MakeValueSql(Enclose(rewritten), out.type);
  out.value = std::move(sql.value);
  out.stored = std::move(sql.stored);
  out.cut = std::move(sql.cut);
  return out;
}

std::vector<std::string> KeptColumns(const ColumnTypes& types, const RowSql& sql) {
  std::vector<std::string> out;
  const auto assigned = [&](const std::vector<SyncValue>& values, const std::string& column) {
    return std::any_of(values.begin(), values.end(),
                       [&](const SyncValue& value) { return value.column == column; });
  };
  for (const auto& [name, type] : types) {
    const std::string column = Quote(name);
    if (type.on_update && !type.generated && !assigned(sql.up, column) &&
        !assigned(sql.fills, column))
      out.push_back(column);
  }
  return out;
}

}  // namespace

std::string RowSql::UpSame() const { return AllSame(row, up); }

std::string RowSql::DownSame() const {
  return down.empty() ? "(NOT " + NewIsNull() + ")" : AllSame(row, down);
}

std::string RowSql::NewIsNull() const {
  std::vector<std::string> tests;
  for (const auto& value : up) tests.push_back(Cell(row, value.column) + " IS NULL");
  return InParentheses(Join(tests, " AND "));
}

std::string RowSql::FillMissing() const {
  std::vector<std::string> tests;
  for (const auto& fill : fills)
    tests.push_back("(" + Cell(row, fill.column) + " IS NULL AND " + fill.value + " IS NOT NULL)");
  return InParentheses(Join(tests, " OR "));
}

std::string RowSql::NeedsWrite() const {
  std::vector<std::string> tests;
  if (!up.empty()) {
    // The cheap test first: most rows have never been given the new columns, and then any value
    // of up that is not NULL is a difference.
    std::vector<std::string> given;
    for (const auto& value : up) given.push_back(value.value + " IS NOT NULL");
    const std::string fresh = InParentheses(Join(given, " OR "));
    tests.push_back(down.empty() ? "(" + NewIsNull() + " AND " + fresh + ")"
                                 : "CASE WHEN " + NewIsNull() + " THEN " + fresh + " ELSE NOT " +
                                       UpSame() + " AND NOT " + DownSame() + " END");
  }
  if (!fills.empty()) tests.push_back(FillMissing());
  return InParentheses(Join(tests, " OR "));
}

std::string RowSql::Differs() const {
  std::vector<std::string> tests;
  if (!up.empty()) tests.push_back("(NOT " + UpSame() + " AND NOT " + DownSame() + ")");
  if (!fills.empty()) tests.push_back(FillMissing());
  return InParentheses(Join(tests, " OR "));
}

std::string RowSql::Lossy() const {
  std::vector<std::string> losses;
  if (!down.empty()) losses.push_back("NOT " + DownSame());
  for (const auto& value : up)
    if (!value.cut.empty()) losses.push_back(value.cut);
  if (losses.empty()) return "FALSE";
  return "(" + UpSame() + " AND (" + Join(losses, " OR ") + "))";
}

std::string RowSql::SetList() const {
  std::vector<std::string> parts;
  const auto set = [&](const std::string& column, const std::string& value) {
    parts.push_back(Cell(row, column) + " = " + value);
  };
  if (!up.empty() && !fills.empty()) {
    // Assignments take effect one after the other, so that conditions over the row would see half
    // of them; the trigger, which every update enters, knows what each half needs.
    set(up[0].column, Cell(row, up[0].column));
  } else {
    for (const auto& value : up) set(value.column, value.value);
    for (const auto& fill : fills) {
      const std::string cell = Cell(row, fill.column);
      set(fill.column, fills.size() == 1 ? fill.value
                                         : "CASE WHEN " + cell + " IS NULL THEN " + fill.value +
                                               " ELSE " + cell + " END");
    }
  }
  for (const auto& column : kept) set(column, Cell(row, column));
  return Join(parts, ", ");
}

std::string RowSql::SetOld() const {
  if (down.empty()) return "";
  std::vector<std::string> parts;
  const auto is_set = [&](const std::string& column) {
    return std::any_of(down.begin(), down.end(),
                       [&](const SyncValue& value) { return value.column == column; });
  };
  for (const auto& value : down) parts.push_back(Cell(row, value.column) + " = " + value.value);
  for (const auto& column : kept)
    if (!is_set(column)) parts.push_back(Cell(row, column) + " = " + Cell(row, column));
  return Join(parts, ", ");
}

Result<RowSql> MakeRowSql(const SyncSpec& spec, const ColumnTypes& types, const std::string& row) {
  RowSql sql;
  sql.row = row;
  std::map<std::string, std::string> over_old;
  std::map<std::string, std::string> over_new;
  for (const auto& column : spec.old_columns) {
    sql.old_columns.push_back(Quote(RealName(spec, column)));
    over_old[column] = Cell(row, sql.old_columns.back());
    const auto type = types.find(column);
    sql.old_types.push_back(type == types.end() ? ColumnType{} : type->second);
  }
  for (const auto& derived : spec.new_columns)
    over_new[derived.column.name] = Cell(row, Quote(RealName(spec, derived.column.name)));
  for (const auto& derived : spec.new_columns) {
    IL_ASSIGN(SyncValue value, MakeValue(spec, types, derived.column.name, derived.up, over_old));
    sql.up.push_back(std::move(value));
  }
  for (const auto& [column, expression] : spec.down) {
    IL_ASSIGN(SyncValue value, MakeValue(spec, types, column, expression, over_new));
    sql.down.push_back(std::move(value));
  }
  for (const auto& [column, expression] : spec.fills) {
    IL_ASSIGN(const std::vector<std::string> names, ColumnsOf(expression));
    std::map<std::string, std::string> over_row;
    for (const auto& name : names) over_row[name] = Cell(row, Quote(RealName(spec, name)));
    IL_ASSIGN(SyncValue value, MakeValue(spec, types, column, expression, over_row));
    sql.fills.push_back(std::move(value));
  }
  sql.kept = KeptColumns(types, sql);
  return sql;
}

}  // namespace interlock::mysql
