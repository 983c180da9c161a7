#include "engine/mysql/table_key.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

/// An index serves = and IN on enum and set, but neither < nor >: so many members are named.
constexpr std::int64_t kMostMembers = 1000;
/// Sets with more compare as floating-point numbers, which are not exact.
constexpr std::size_t kMostSetMembers = 53;

bool Holds(const std::string& text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string::npos;
}

/// Nothing that could leave the place where it is written comes through here.
std::optional<std::string> Write(const TableKey::Column& column, const std::string& value) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  switch (column.form) {
    case KeyForm::kNumber:
      if (value.empty() || !Holds(value, "0123456789.-")) return std::nullopt;
      return value;
    case KeyForm::kReal:
      if (value.empty() || !Holds(value, "0123456789.-+e")) return std::nullopt;
      return value.find('e') == std::string::npos ? value + "e0" : value;
    case KeyForm::kCast:
      if (!Holds(value, "0123456789abcdefABCDEF.: -")) return std::nullopt;
      return "CAST('" + value + "' AS " + column.type + ")";
    case KeyForm::kText:
      if (!Holds(value, kHex)) return std::nullopt;
      return "_" + column.type + " X'" + value + "' COLLATE " + column.collation;
    case KeyForm::kBytes:
      if (!Holds(value, kHex)) return std::nullopt;
      return "X'" + value + "'";
    case KeyForm::kMember:
      if (value.empty() || !Holds(value, kDigits)) return std::nullopt;
      return value;
  }
  return std::nullopt;
}

std::string Cell(const TableKey::Column& column) { return "t." + column.name; }

std::string Plain(const TableKey::Column& column) {
  const bool number = column.form == KeyForm::kNumber && !column.type.empty();
  return "CAST(" + (number ? "CAST(" + Cell(column) + " AS UNSIGNED)" : Cell(column)) + " AS CHAR)";
}

/// `op` is "<", "<=", ">" or ">=".
std::string Compare(const TableKey::Column& column, const std::string& op,
                    const std::string& value) {
  const std::string plain = Cell(column) + " " + op + " " + value;
  std::int64_t number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (column.form != KeyForm::kMember || column.members == 0 || read.ec != std::errc())
    return plain;
  const bool upwards = op[0] == '>';
  const std::int64_t inclusive = op.size() > 1 ? 0 : 1;
  const std::int64_t from = upwards ? number + inclusive : 0;
  const std::int64_t to = upwards ? column.members : number - inclusive;
  std::vector<std::string> numbers;
  for (std::int64_t i = from; i <= std::min(to, column.members); ++i)
    numbers.push_back(std::to_string(i));
  return numbers.empty() ? "FALSE" : Cell(column) + " IN (" + Join(numbers, ", ") + ")";
}

/// Rows behind the bound, or up to it.  Rows as such, (a, b) > (1, 2), the index would not serve.
std::string Side(const std::vector<TableKey::Column>& columns,
                 const std::vector<std::string>& values, bool behind) {
  std::string test;
  for (std::size_t i = columns.size(); i-- > 0;) {
    const bool last = i + 1 == columns.size();
    std::string op = behind != columns[i].descending ? ">" : "<";
    if (last && !behind) op += "=";
    const std::string beyond = Compare(columns[i], op, values[i]);
    test = last ? beyond
                : "(" + beyond + " OR (" + Cell(columns[i]) + " = " + values[i] + " AND " + test +
                      "))";
  }
  return test;
}

/// The number of 'strings' in enum('a','b').
std::size_t CountMembers(const std::string& column_type) {
  const auto tokens = Tokenize(column_type);
  return static_cast<std::size_t>(
      std::count_if(tokens.begin(), tokens.end(),
                    [](const auto& token) { return token.kind == Token::Kind::kString; }));
}

std::optional<TableKey::Column> MakeColumn(const UniqueIndex::Part& part) {
  static const std::set<std::string> kNumbers{"tinyint", "smallint", "mediumint", "int",
                                              "bigint",  "decimal",  "bit",       "year"};
  static const std::set<std::string> kAddresses{"uuid", "inet4", "inet6"};
  TableKey::Column column;
  column.name = Quote(part.column);
  column.descending = part.descending;
  const std::string type = Lower(part.data_type);
  if (kNumbers.contains(type)) {
    column.form = KeyForm::kNumber;
    // A bit field is bytes to its reader, a year has zeros in front.
    if (type == "bit" || type == "year") column.type = "UNSIGNED";
  } else if (type == "float" || type == "double") {
    column.form = KeyForm::kReal;
  } else if (type == "date" || kAddresses.contains(type)) {
    column.form = KeyForm::kCast;
    column.type = Upper(type);
  } else if (type == "time" || type == "datetime" || type == "timestamp") {
    column.form = KeyForm::kCast;
    column.type = (type == "time" ? "TIME(" : "DATETIME(") + std::to_string(part.fraction) + ")";
  } else if (type == "enum" || type == "set") {
    const std::size_t members = CountMembers(part.column_type);
    if (type == "set" && members > kMostSetMembers) return std::nullopt;
    column.form = KeyForm::kMember;
    const std::int64_t largest =
        type == "set" ? (std::int64_t{1} << members) - 1 : static_cast<std::int64_t>(members);
    column.members = largest <= kMostMembers ? largest : 0;
  } else if (type == "char" || type == "varchar") {
    column.form = KeyForm::kText;
    column.type = part.charset;
    column.collation = part.collation;
  } else if (type == "binary" || type == "varbinary") {
    column.form = KeyForm::kBytes;
  } else {
    return std::nullopt;
  }
  return column;
}

std::optional<std::vector<TableKey::Column>> MakeColumns(const UniqueIndex& index) {
  if (!index.usable || index.parts.empty()) return std::nullopt;
  std::vector<TableKey::Column> columns;
  for (const auto& part : index.parts) {
    if (part.column.empty() || part.nullable || part.prefix || part.generated) return std::nullopt;
    auto column = MakeColumn(part);
    if (!column) return std::nullopt;
    columns.push_back(std::move(*column));
  }
  return columns;
}

/// One server hides indexes by the column is_visible, the other by ignored.
std::string UsableSql(SqlConnection& connection) {
  return connection.dialect() == "mariadb" ? "s.ignored = 'NO'" : "s.is_visible = 'YES'";
}

/// What the server tells of the columns, by name.
Result<std::map<std::string, UniqueIndex::Part>> ReadColumns(SqlConnection& connection,
                                                             const TableName& table) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "SELECT column_name, data_type, column_type, character_set_name, collation_name, "
                "COALESCE(datetime_precision, 0), is_nullable = 'YES', "
                "COALESCE(generation_expression, '') <> '' FROM information_schema.columns WHERE "
                "table_schema = $1 AND table_name = $2",
                {table.schema, table.name}));
  std::map<std::string, UniqueIndex::Part> columns;
  for (const auto& row : rows.rows) {
    UniqueIndex::Part part;
    part.column = row.at(0).value_or("");
    part.data_type = row.at(1).value_or("");
    part.column_type = row.at(2).value_or("");
    part.charset = row.at(3).value_or("");
    part.collation = row.at(4).value_or("");
    IL_ASSIGN(part.fraction, SmallNumber(row.at(5)));
    part.nullable = row.at(6) != "0";
    part.generated = row.at(7) == "1";
    columns[part.column] = std::move(part);
  }
  return columns;
}

/// By name, each with its parts in order.  Asked in one query with the columns, MariaDB would open
/// every table that there is.
Result<std::vector<UniqueIndex>> ReadIndexes(SqlConnection& connection, const TableName& table) {
  IL_ASSIGN(auto columns, ReadColumns(connection, table));
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "SELECT s.index_name, s.index_type = 'BTREE' AND " + UsableSql(connection) +
                    ", s.column_name, s.sub_part IS NOT NULL, COALESCE(s.collation, 'A') = 'D' "
                    "FROM information_schema.statistics AS s WHERE s.table_schema = $1 AND "
                    "s.table_name = $2 AND s.non_unique = 0 ORDER BY s.index_name, s.seq_in_index",
                {table.schema, table.name}));
  std::vector<UniqueIndex> indexes;
  for (const auto& row : rows.rows) {
    const std::string name = row.at(0).value_or("");
    if (indexes.empty() || indexes.back().name != name) indexes.push_back({name, true, {}});
    if (row.at(1) != "1") indexes.back().usable = false;
    UniqueIndex::Part part = columns[row.at(2).value_or("")];
    part.prefix = row.at(3) == "1";
    part.descending = row.at(4) == "1";
    indexes.back().parts.push_back(std::move(part));
  }
  return indexes;
}

}  // namespace

std::string TableKey::From() const {
  return Quote(table) + " AS t" + (index.empty() ? "" : " FORCE INDEX (" + index + ")");
}

Result<std::string> TableKey::Condition(const KeyRange& range) const {
  std::vector<std::string> tests;
  for (const auto* bound : {&range.after, &range.upto}) {
    if (!*bound) continue;
    std::vector<std::string> values;
    for (std::size_t i = 0; i < columns.size() && i < (*bound)->size(); ++i) {
      const auto written = Write(columns[i], (**bound)[i]);
      if (written) values.push_back(*written);
    }
    if (columns.empty() || values.size() != columns.size() || (*bound)->size() != columns.size()) {
      return Fail(ErrorKind::kCorrupt, "IL-E57",
                  "a key of " + ToString(table) + " does not fit the table's key any more");
    }
    tests.push_back(Side(columns, values, bound == &range.after));
  }
  return tests.empty() ? std::string("TRUE") : Join(tests, " AND ");
}

std::string TableKey::ShownCondition() const {
  std::vector<std::string> low;
  std::vector<std::string> high;
  for (std::size_t i = 1; i <= columns.size(); ++i) {
    low.push_back("$" + std::to_string(i));
    high.push_back("$" + std::to_string(columns.size() + i));
  }
  return Side(columns, low, true) + " AND " + Side(columns, high, false);
}

std::string TableKey::Columns() const {
  std::vector<std::string> out;
  for (const auto& column : columns) out.push_back(Cell(column));
  return Join(out, ", ");
}

std::string TableKey::Read() const {
  std::vector<std::string> out;
  for (const auto& column : columns) {
    const std::string cell = Cell(column);
    switch (column.form) {
      case KeyForm::kNumber:
      case KeyForm::kCast:
        out.push_back(Plain(column));
        break;
      case KeyForm::kReal:
        // A float is printed with six digits; as a double with all that it has.
        out.push_back("CAST(CAST(" + cell + " AS DOUBLE) AS CHAR)");
        break;
      case KeyForm::kText:
      case KeyForm::kBytes:
        out.push_back("HEX(" + cell + ")");
        break;
      case KeyForm::kMember:
        out.push_back("CAST(CAST(" + cell + " AS UNSIGNED) AS CHAR)");
        break;
    }
  }
  return Join(out, ", ");
}

std::string TableKey::Shown() const {
  std::vector<std::string> out;
  for (const auto& column : columns) {
    const std::string cell = Cell(column);
    switch (column.form) {
      case KeyForm::kText:
      case KeyForm::kMember:
        out.push_back("CONVERT(" + cell + " USING utf8mb4)");
        break;
      case KeyForm::kBytes:
        out.push_back("HEX(" + cell + ")");
        break;
      default:
        out.push_back(Plain(column));
        break;
    }
  }
  return Join(out, ", ");
}

std::string TableKey::Order() const {
  std::vector<std::string> out;
  for (const auto& column : columns)
    out.push_back(Cell(column) + (column.descending ? " DESC" : ""));
  return Join(out, ", ");
}

Result<std::string> TableKey::BoundaryQuery(const KeyRange& range, std::int64_t rows) const {
  IL_ASSIGN(const std::string condition, Condition(range));
  return "SELECT " + Read() + " FROM " + From() + " WHERE " + condition + " ORDER BY " + Order() +
         " LIMIT 1 OFFSET " + std::to_string(rows - 1);
}

std::string TableKey::Shape() const {
  static const std::map<KeyForm, std::string> kWords{
      {KeyForm::kNumber, " number"}, {KeyForm::kReal, " real"},   {KeyForm::kCast, " "},
      {KeyForm::kText, " text "},    {KeyForm::kBytes, " bytes"}, {KeyForm::kMember, " member"}};
  std::vector<std::string> out;
  for (const auto& column : columns) {
    std::string kind = kWords.at(column.form);
    if (column.form == KeyForm::kCast) kind += column.type;
    out.push_back(column.name + kind + column.collation + (column.descending ? " DESC" : ""));
  }
  return Join(out, ", ");
}

TableKey ChooseKey(const TableName& table, const std::vector<UniqueIndex>& indexes) {
  TableKey best;
  best.table = table;
  std::tuple<bool, std::size_t, std::ptrdiff_t> best_rank;
  for (const auto& index : indexes) {
    auto columns = MakeColumns(index);
    if (!columns) continue;
    const auto others = std::count_if(columns->begin(), columns->end(), [](const auto& column) {
      return column.form != KeyForm::kNumber;
    });
    const std::tuple rank(index.name != "PRIMARY", columns->size(), others);
    if (!best.columns.empty() && best_rank <= rank) continue;
    best_rank = rank;
    best.index = Quote(index.name);
    best.columns = std::move(*columns);
  }
  return best;
}

Result<TableKey> ReadKey(SqlConnection& connection, const TableName& table,
                         const std::string& index) {
  IL_ASSIGN(const SqlRows found,
            connection.Execute("SELECT engine FROM information_schema.tables WHERE table_schema = "
                               "$1 AND table_name = $2 AND table_type <> 'VIEW'",
                               {table.schema, table.name}));
  if (found.rows.empty())
    return Fail(ErrorKind::kRefused, "IL-E61", "there is no table " + ToString(table));
  const std::string engine = found.rows[0].at(0).value_or("?");
  if (engine != "InnoDB")
    return Fail(ErrorKind::kRefused, "IL-E60",
                ToString(table) + " is kept by " + engine + ", which locks no rows",
                "ALTER TABLE " + Quote(table) + " ENGINE = InnoDB");
  IL_ASSIGN(auto indexes, ReadIndexes(connection, table));
  if (!index.empty())
    std::erase_if(indexes, [&](const UniqueIndex& other) { return other.name != index; });
  TableKey key = ChooseKey(table, indexes);
  if (key.columns.empty())
    return Fail(ErrorKind::kRefused, "IL-E60", ToString(table) + " has no key to walk it by",
                "add a primary key, or a unique index over whole NOT NULL columns");
  return key;
}

std::string FormatKey(const Key& key) { return Join(key, ","); }

Key ParseKey(std::string_view text) { return Split(text, ','); }

}  // namespace interlock::mysql
