#include "engine/mysql/copy_sql.h"

#include <optional>
#include <utility>

#include "base/text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/same_value.h"

namespace interlock::mysql {
namespace {

/// Stands beside tables under their own names, which may be any letter.
constexpr const char* kKeys = "`~interlock_keys`";

/// "a.`x` = b.`x` AND …"
std::string JoinOn(const std::string& left, const std::vector<std::string>& left_columns,
                   const std::string& right, const std::vector<std::string>& right_columns) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < left_columns.size(); ++i)
    out.push_back(left + "." + Quote(left_columns[i]) + " = " + right + "." +
                  Quote(right_columns[i]));
  return Join(out, " AND ");
}

/// Whether all texts of the pairs are of one charset on either side: joined to one text, they keep
/// their bytes.
bool AreOfOneCharset(const std::vector<std::pair<const Column*, const Column*>>& pairs) {
  std::optional<std::string> collation;
  for (const auto& [column, other] : pairs) {
    if (!HoldsText(*column) && !HoldsText(*other)) continue;
    if (!collation) collation = column->collation;
    if (column->type != other->type || column->attributes != other->attributes ||
        column->collation != *collation || other->collation != *collation)
      return false;
  }
  return true;
}

std::string Listed(const std::string& row, const std::vector<std::string>& columns) {
  std::vector<std::string> out;
  for (const auto& column : columns) out.push_back((row.empty() ? "" : row + ".") + Quote(column));
  return Join(out, ", ");
}

}  // namespace

std::string CopySql::Insert(const std::string& from_where) const {
  return "INSERT INTO " + Quote(aside) + " (" + Join(to, ", ") + ") SELECT " + Join(from, ", ") +
         " FROM " + from_where;
}

std::string CopySql::InsertFree(const std::string& from_where) const {
  // Assigning a column to itself changes nothing, and unlike IGNORE it forgives nothing else.
  const std::string own = Quote(aside) + "." + Quote(key.aside.front());
  return Insert(from_where) + " ON DUPLICATE KEY UPDATE " + Quote(key.aside.front()) + " = " + own;
}

std::string CopySql::NoteMissing(const std::string& range_from,
                                 const std::string& condition) const {
  return "INSERT INTO " + Quote(log) + " (" + Listed("", key.columns) + ") SELECT " +
         Listed("t", key.columns) + " FROM " + range_from + " LEFT JOIN " + Quote(aside) +
         " AS s ON " + JoinOn("s", key.aside, "t", key.columns) + " WHERE " + condition +
         " AND s." + Quote(key.aside.front()) + " IS NULL";
}

namespace {

std::string NotLogged(const CopySql& sql, const std::string& row,
                      const std::vector<std::string>& columns) {
  return "NOT EXISTS (SELECT 1 FROM " + Quote(sql.log) + " AS l WHERE " +
         JoinOn("l", sql.key.columns, row, columns) + ")";
}

std::string DiffersTest(const CopySql& sql) {
  return "(s." + Quote(sql.key.aside.front()) + " IS NULL OR NOT (" + Join(sql.same, " AND ") +
         ")) AND " + NotLogged(sql, "t", sql.key.columns);
}

std::string BothRows(const CopySql& sql, const std::string& range_from) {
  return range_from + " LEFT JOIN " + Quote(sql.aside) + " AS s ON " +
         JoinOn("s", sql.key.aside, "t", sql.key.columns);
}

/// `range`: what follows FROM; "" for all.
std::string ExtraRows(const CopySql& sql, const std::string& range) {
  const std::string rows =
      range.empty() ? Quote(sql.aside) + " AS s"
                    : "(SELECT " + Listed("t", sql.key.aside) + " FROM " + range + ") AS s";
  return rows + " LEFT JOIN " + Quote(sql.table) + " AS t ON " +
         JoinOn("t", sql.key.columns, "s", sql.key.aside) + " WHERE t." +
         Quote(sql.key.columns.front()) + " IS NULL AND " + NotLogged(sql, "s", sql.key.aside);
}

/// The log, to be read by ids: an index with the keys in order would be read as a whole.
std::string Entries(const CopySql& sql) { return Quote(sql.log) + " FORCE INDEX (PRIMARY)"; }

/// "(id BETWEEN 1 AND 500 OR id = 502)": a list of all would be a range for each.
std::string AnyOf(const std::string& id, const LogIds& ids) {
  std::vector<std::string> runs;
  for (std::size_t first = 0; first < ids.size();) {
    std::size_t last = first;
    while (last + 1 < ids.size() && ids[last + 1] == ids[last] + 1) ++last;
    runs.push_back(first == last ? id + " = " + std::to_string(ids[first])
                                 : id + " BETWEEN " + std::to_string(ids[first]) + " AND " +
                                       std::to_string(ids[last]));
    first = last + 1;
  }
  return "(" + Join(runs, " OR ") + ")";
}

/// The live rows of these entries, each key once, however often it was written.
std::string LoggedRows(const CopySql& sql, const LogIds& ids) {
  return "(SELECT DISTINCT " + Listed("", sql.key.columns) + " FROM " + Entries(sql) + " WHERE " +
         AnyOf(kLogId, ids) + ") AS " + kKeys + " STRAIGHT_JOIN " + Quote(sql.table) + " ON " +
         JoinOn(Quote(sql.table), sql.key.columns, kKeys, sql.key.columns);
}

}  // namespace

std::string CopySql::Compare(const std::string& range_from, const std::string& condition) const {
  return "SELECT COUNT(*), COUNT(CASE WHEN " + DiffersTest(*this) + " THEN 1 END), 0 FROM " +
         BothRows(*this, range_from) + " WHERE " + condition;
}

std::string CopySql::NoteDiffering(const std::string& range_from,
                                   const std::string& condition) const {
  return "INSERT INTO " + Quote(log) + " (" + Listed("", key.columns) + ") SELECT " +
         Listed("t", key.columns) + " FROM " + BothRows(*this, range_from) + " WHERE " + condition +
         " AND " + DiffersTest(*this);
}

std::string CopySql::DifferingKeys(const std::string& range_from, const std::string& condition,
                                   const std::string& shown) const {
  return "SELECT " + shown + " FROM " + BothRows(*this, range_from) + " WHERE " + condition +
         " AND " + DiffersTest(*this) + " LIMIT 10";
}

std::string CopySql::CountExtra(const std::string& aside_range) const {
  return "SELECT COUNT(*) FROM " + ExtraRows(*this, aside_range);
}

std::string CopySql::Checksums(const std::string& range, const std::string& aside_range) const {
  // A CRC is linear: without the factor, the same change of two rows would cancel itself out.
  const auto side = [](const std::string& sum, const std::string& rows) {
    return "(SELECT CONCAT(COUNT(*), ' ', BIT_XOR(" + sum + " * 2654435761)) FROM " + rows + ")";
  };
  return "SELECT " + side(checksum, range) + ", " + side(aside_checksum, aside_range);
}

std::string CopySql::NoteExtra(const std::string& aside_range) const {
  return "INSERT INTO " + Quote(log) + " (" + Listed("", key.columns) + ") SELECT " +
         Listed("s", key.aside) + " FROM " + ExtraRows(*this, aside_range);
}

std::vector<std::string> CopySql::EndsWithoutTwin() const {
  std::vector<std::string> out;
  const auto ends = [&](const TableName& one, const std::vector<std::string>& own,
                        const TableName& other, const std::vector<std::string>& others) {
    for (const char* order : {"", " DESC"}) {
      std::vector<std::string> by;
      for (const auto& column : own) by.push_back(Quote(column) + order);
      out.push_back("SELECT COUNT(*) FROM (SELECT " + Listed("", own) + " FROM " + Quote(one) +
                    " ORDER BY " + Join(by, ", ") + " LIMIT 1) AS " + kKeys +
                    " WHERE NOT EXISTS (SELECT 1 FROM " + Quote(other) + " WHERE " +
                    JoinOn(Quote(other), others, kKeys, own) + ")");
    }
  };
  ends(table, key.columns, aside, key.aside);
  ends(aside, key.aside, table, key.columns);
  return out;
}

std::string CopySql::DeleteLogged(const LogIds& ids) const {
  const std::string gone = Quote(aside);
  const std::string logged = "DELETE " + gone + " FROM " + Entries(*this) + " STRAIGHT_JOIN " +
                             gone + " ON " + JoinOn(gone, key.aside, Quote(log), key.columns);
  const std::string these = AnyOf(Quote(log) + "." + kLogId, ids);
  if (!keeps) return logged + " WHERE " + these;
  return logged + " LEFT JOIN " + Quote(table) + " ON " +
         JoinOn(Quote(table), key.columns, Quote(log), key.columns) + " WHERE " + these + " AND " +
         Quote(table) + "." + Quote(key.columns.front()) + " IS NULL";
}

std::string CopySql::MissingLogged(const LogIds& ids) const {
  if (!keeps) return "";
  const std::string id = Quote(log) + "." + kLogId;
  return "SELECT " + id + " FROM " + Entries(*this) + " LEFT JOIN " + Quote(aside) + " ON " +
         JoinOn(Quote(aside), key.aside, Quote(log), key.columns) + " WHERE " + AnyOf(id, ids) +
         " AND " + Quote(aside) + "." + Quote(key.aside.front()) + " IS NULL";
}

std::string CopySql::UpdateLogged(const LogIds& ids) const {
  if (!keeps) return "";
  std::vector<std::string> sets;
  for (std::size_t i = 0; i < from.size(); ++i)
    sets.push_back(Quote(aside) + "." + to[i] + " = " + Quote(table) + "." + from[i]);
  return "UPDATE " + LoggedRows(*this, ids) + " STRAIGHT_JOIN " + Quote(aside) + " ON " +
         JoinOn(Quote(aside), key.aside, Quote(table), key.columns) + " SET " + Join(sets, ", ");
}

std::string CopySql::InsertLogged(const LogIds& ids) const {
  std::vector<std::string> columns;
  for (const auto& column : from) columns.push_back(Quote(table) + "." + column);
  return "INSERT INTO " + Quote(aside) + " (" + Join(to, ", ") + ") SELECT " + Join(columns, ", ") +
         " FROM " + LoggedRows(*this, ids);
}

std::string CopySql::ForgetLogged(const LogIds& ids) const {
  // Of one table alone no index can be named, and a young one is read as a whole.
  return "DELETE " + Quote(log) + " FROM " + Entries(*this) + " WHERE " + AnyOf(kLogId, ids);
}

std::string CopySql::TakeIds(std::int64_t after, std::int64_t most) const {
  const std::string id = kLogId;
  return "SELECT " + id + " FROM " + Quote(log) + " WHERE " + id + " > " + std::to_string(after) +
         " ORDER BY " + id + " LIMIT " + std::to_string(most) + " FOR UPDATE SKIP LOCKED";
}

Result<CopySql> MakeCopySql(const Rebuild& rebuild, const RebuildSide& live, const TableText& table,
                            const TableName& aside_name, const TableText& aside, bool replaced) {
  const auto renamed = RenamedFrom(rebuild, live);
  const auto key = FindSharedKey(table, aside, renamed);
  if (!key)
    return Fail(ErrorKind::kRefused, "IL-E72",
                "the former and the new shape of " + ToString(rebuild.table) +
                    " have no key in common by which rows could be told apart",
                "keep a primary key, or a unique index over whole NOT NULL columns, as it is");
  CopySql out;
  out.table = rebuild.table;
  out.aside = aside_name;
  out.log = live.log;
  out.key = *key;
  std::vector<std::string> parts;
  std::vector<std::string> aside_parts;
  std::vector<std::string> nulls;
  std::vector<std::string> aside_nulls;
  std::vector<std::pair<const Column*, const Column*>> pairs;
  for (const auto& column : table.table.columns) {
    const Column* other = aside.table.FindColumn(NameAside(column.name, aside, renamed));
    if (other != nullptr && other->generated.empty()) pairs.emplace_back(&column, other);
  }
  const bool same_charset = table.charset == aside.charset;
  const bool one_charset = same_charset && AreOfOneCharset(pairs);
  const auto summed = [&](const Column& column, const std::string& name, const std::string& form) {
    return one_charset && HoldsText(column) ? "t." + Quote(name) : ChecksumPart(column, form);
  };
  for (const auto& [of_live, other] : pairs) {
    const Column& column = *of_live;
    const std::string& name = other->name;
    out.from.push_back(Quote(column.name));
    out.to.push_back(Quote(name));
    const SameForms forms =
        FormsToCompare(column, "t." + Quote(column.name), *other, "s." + Quote(name), same_charset);
    out.same.push_back("(" + forms.from + " <=> " + forms.to + ")");
    const SameForms alone =
        FormsToCompare(column, "t." + Quote(column.name), *other, "t." + Quote(name), same_charset);
    parts.push_back(summed(column, column.name, alone.from));
    aside_parts.push_back(summed(column, name, alone.to));
    // CONCAT_WS leaves NULLs out, so which they are stands behind.
    if (!column.nullable && !other->nullable) continue;
    nulls.push_back("t." + Quote(column.name) + " IS NULL");
    aside_nulls.push_back("t." + Quote(name) + " IS NULL");
  }
  const auto sum = [](std::vector<std::string> columns, const std::vector<std::string>& missing) {
    if (!missing.empty()) columns.push_back("CONCAT(" + Join(missing, ", ") + ")");
    return "CRC32(CONCAT_WS('#', " + Join(columns, ", ") + "))";
  };
  out.checksum = sum(std::move(parts), nulls);
  out.aside_checksum = sum(std::move(aside_parts), aside_nulls);
  for (const auto& column : aside.table.columns)
    if (replaced && column.generated.empty() && !Contains(out.to, Quote(column.name)))
      out.keeps = true;
  return out;
}

}  // namespace interlock::mysql
