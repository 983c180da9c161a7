// What an ALTER would make of a table: tried on an empty temporary table of the same definition.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/alter_step.h"
#include "engine/mysql/alter_text.h"
#include "engine/mysql/carried.h"
#include "engine/mysql/check_names.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/full_text.h"
#include "engine/mysql/partitions.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/rebuild.h"
#include "engine/mysql/sql_tokens.h"
#include "engine/mysql/write_log.h"
#include "model/sync.h"

namespace interlock::mysql {
namespace {

constexpr const char* kScratch = "interlock_alter";
constexpr const char* kVersioned =
    "the table is versioned by the system: its history would not follow";

bool IsVersioned(const Table& table) {
  return Upper(table.attributes).find("SYSTEM VERSIONING") != std::string::npos;
}

/// CREATE TEMPORARY TABLE with the same columns, keys, CHECKs and options; foreign keys and
/// partitions are nothing that such a table can have.
std::string ScratchSql(Flavor flavor, const TableText& table, const TableName& name,
                       const std::string& options) {
  std::vector<std::string> elements;
  // With a collation of its own, MySQL would keep a column from following the table.
  for (const auto& column : table.table.columns) elements.push_back(ForModify(table, column.name));
  for (const auto& index : table.table.indexes) {
    const std::string& key = table.keys.at(index.name);
    elements.push_back(IsFullText(key) ? WithoutFullText(key) : key);
  }
  TableText named = table;
  if (flavor == Flavor::kMySql) NameChecksFor(named, table.table.name.name, name.name);
  for (const auto& constraint : named.table.constraints)
    if (constraint.kind == ConstraintKind::kCheck)
      elements.push_back(named.constraints.at(constraint.name));
  return "CREATE TEMPORARY TABLE " + Quote(name) + " (\n" + Join(elements, ",\n") + "\n) " +
         options;
}

Result<std::string> ShownText(MySqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const SqlRows rows, connection.Execute("SHOW CREATE TABLE " + Quote(table), {}));
  IL_ASSIGN(const auto row, FirstRow(rows));
  if (row.size() < 2) return WrongShape("SHOW CREATE TABLE has too few columns");
  return Given(row[1]);
}

/// Values that the server would change on the way without a word, or that could not come back.
std::vector<std::string> ValuesInTheWay(const TableText& before, const TableText& after,
                                        const std::map<std::string, std::string>& renamed) {
  const auto word = [](const Column& column) {
    return Lower(column.type.substr(0, column.type.find_first_of(" (")));
  };
  std::vector<std::string> out;
  for (const auto& column : before.table.columns) {
    const Column* other = after.table.FindColumn(NameAside(column.name, after, renamed));
    if (other == nullptr) {
      const bool needed = !column.nullable && !column.default_value && column.identity.empty() &&
                          column.generated.empty();
      const auto unique = std::count_if(before.table.indexes.begin(), before.table.indexes.end(),
                                        [](const Index& index) { return index.unique; });
      // Such a row would have to be written anew on the way back, without what it kept.
      if (unique > 1 && column.generated.empty())
        out.push_back("column " + DisplayName(column.name) +
                      " goes, and the table has more than one unique key: rows that exchange their "
                      "values of it could not come back with the column's; use drop_column");
      if (needed)
        out.push_back("column " + DisplayName(column.name) +
                      " goes, is NOT NULL and has no default: rows that are written without it "
                      "could not come back by a rollback; give it a default first");
      continue;
    }
    const std::string from = word(column);
    const std::string to = word(*other);
    if ((from == "timestamp") != (to == "timestamp") && (from == "datetime" || to == "datetime"))
      out.push_back("column " + DisplayName(column.name) + " changes between " + from + " and " +
                    to +
                    ": that takes a time zone, which each session has its own of; use "
                    "derive_columns");
  }
  return out;
}

bool HasSeveralWriters(MySqlConnection& connection) {
  const auto cluster = connection.Execute("SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size'", {});
  if (cluster && !cluster->rows.empty()) {
    const auto& size = cluster->rows.front().back();
    if (size && *size != "0" && !size->empty()) return true;
  }
  const auto primaries = connection.Execute(
      "SELECT COUNT(*) > 1 FROM performance_schema.replication_group_members WHERE member_role = "
      "'PRIMARY'",
      {});
  return primaries && !primaries->rows.empty() && primaries->rows.front().front() == "1";
}

/// Gone at the end of the block.
class AlterScratch {
 public:
  /// Stands for `table`.
  AlterScratch(MySqlConnection& connection, TableName name, const TableText& table)
      : connection_(connection),
        name_(std::move(name)),
        keys_(table.keys),
        stands_for_(table.table.name.name) {}
  ~AlterScratch() { [[maybe_unused]] const auto ignored = Drop(); }
  AlterScratch(const AlterScratch&) = delete;
  AlterScratch& operator=(const AlterScratch&) = delete;

  Result<void> Make(const std::string& sql) {
    IL_RETURN_IF_ERROR(Drop());
    IL_RETURN_IF_ERROR(connection_.Execute(sql, {}));
    return {};
  }
  Result<TableText> Show() {
    IL_ASSIGN(const std::string text, ShownText(connection_, name_));
    IL_ASSIGN(const TableText shown, ReadTableText(text, name_.schema));
    IL_ASSIGN(TableText out,
              ReadTableText(WithFullTexts(text, shown, keys_, added_), name_.schema));
    if (connection_.version().flavor == Flavor::kMySql) NameChecksFor(out, name_.name, stands_for_);
    return out;
  }
  /// As Execute.
  Result<SqlRows> Alter(const std::string& clauses) {
    constexpr int kNoFullText = 1796;
    const std::string alter = "ALTER TABLE " + Quote(name_) + " ";
    auto altered = connection_.Execute(alter + clauses, {});
    if (altered || NumberOf(altered.error()) != kNoFullText) return altered;
    return connection_.Execute(alter + ClausesWithoutFullText(clauses, &added_), {});
  }
  const TableName& name() const { return name_; }

 private:
  Result<void> Drop() {
    IL_RETURN_IF_ERROR(connection_.Execute("DROP TEMPORARY TABLE IF EXISTS " + Quote(name_), {}));
    return {};
  }
  MySqlConnection& connection_;
  TableName name_;
  std::map<std::string, std::string> keys_;
  std::vector<AddedFullText> added_;
  std::string stands_for_;
};

/// The table as it will be: what the scratch table became, and what the latter never had.
Table After(const Table& table, const Table& before, const Table& after,
            const std::string& partitions) {
  Table out = after;
  out.name = table.name;
  out.triggers = table.triggers;
  if (before.attributes == after.attributes) out.attributes = WithoutPartitions(table.attributes);
  if (!partitions.empty()) out.attributes += " " + partitions;
  out.partitioned = !partitions.empty();
  // Constraints that the ALTER left alone have the table's own names.
  std::vector<Constraint> constraints;
  for (const auto& item : table.constraints) {
    const auto is_it = [&](const Constraint& other) {
      return other.kind == item.kind && other.definition == item.definition;
    };
    const bool had = std::any_of(before.constraints.begin(), before.constraints.end(), is_it);
    const bool has = std::any_of(after.constraints.begin(), after.constraints.end(), is_it);
    if (!had || has) constraints.push_back(item);
  }
  for (const auto& item : after.constraints) {
    const auto is_it = [&](const Constraint& other) {
      return other.kind == item.kind && other.definition == item.definition;
    };
    if (std::none_of(constraints.begin(), constraints.end(), is_it)) constraints.push_back(item);
  }
  out.constraints = std::move(constraints);
  return out;
}

/// Temporary tables have no compressed rows.
std::string WithoutCompression(const std::string& options) {
  const auto tokens = Tokenize(options);
  std::string out;
  std::size_t done = 0;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    const bool compressed = tokens[i].Is("ROW_FORMAT") && tokens[i + 2].Is("COMPRESSED");
    if (!tokens[i + 1].Is("=") || (!compressed && !tokens[i].Is("KEY_BLOCK_SIZE"))) continue;
    out += options.substr(done, tokens[i].begin - done);
    done = tokens[i + 2].end;
  }
  return out + options.substr(done);
}

std::string RawOptions(const std::string& shown) {
  const auto end = shown.rfind("\n)");
  if (end == std::string::npos) return "ENGINE=InnoDB";
  return WithoutCompression(WithoutPartitions(shown.substr(end + 2)));
}

}  // namespace

Result<std::vector<std::string>> HindrancesOf(MySqlConnection& connection, const TableName& table,
                                              const TableText& text, const TableText& after,
                                              const std::map<std::string, std::string>& renamed) {
  const Table& before = text.table;
  const Flavor flavor = connection.version().flavor;
  std::vector<std::string> out = ValuesInTheWay(text, after, renamed);
  if (!FindSharedKey(text, after, renamed))
    out.emplace_back(
        "no primary key, and no unique index over whole NOT NULL columns, stays as it "
        "is: rows could not be told apart");
  if (HasSeveralWriters(connection))
    out.emplace_back(
        "the server is one of several that take writes (Galera, multi-primary group replication): "
        "a lock here stops none of the others");
  for (const auto& constraint : before.constraints) {
    if (constraint.kind == ConstraintKind::kCheck && flavor == Flavor::kMySql &&
        !CheckFollowsRename(constraint.name, table.name))
      out.push_back("CHECK " + DisplayName(constraint.name) +
                    ": its name is the schema's, so no second table can have it; one that begins "
                    "with " +
                    DisplayName(table.name + "_chk_") + " can be carried over");
  }
  if (IsVersioned(before)) out.emplace_back(kVersioned);
  if (flavor == Flavor::kMariaDb && SortsBehindHelpers(table.name))
    out.emplace_back(
        "its name sorts behind those of all helpers, so that nobody could be made to "
        "wait for it first");
  if (Upper(before.attributes).find("ENGINE=INNODB") == std::string::npos)
    out.emplace_back("the table is not InnoDB's, whose rows alone can be locked one by one");
  IL_ASSIGN(const SqlRows children,
            connection.Execute(
                "SELECT constraint_name, table_schema, table_name FROM "
                "information_schema.key_column_usage WHERE referenced_table_schema = $1 AND "
                "referenced_table_name = $2 GROUP BY 1, 2, 3",
                {table.schema, table.name}));
  for (const auto& row : children.rows)
    if (row.at(2) != table.name)
      out.push_back("foreign key " + DisplayName(row.at(0).value_or("?")) + " of " +
                    ToString(TableName{row.at(1).value_or("?"), row.at(2).value_or("?")}) +
                    ": it would follow the table that is swapped out");
  for (auto& line : PartitionsInTheWay(after.table, flavor)) out.push_back(std::move(line));
  for (const auto& constraint : before.constraints)
    if (constraint.kind == ConstraintKind::kForeignKey && after.table.partitioned)
      out.push_back("foreign key " + DisplayName(constraint.name) +
                    ": no partitioned table can have one");
  IL_ASSIGN(const auto carried, CarriedInTheWay(connection, text, after, renamed));
  out.insert(out.end(), carried.begin(), carried.end());
  return out;
}

Result<ForeseenAlter> ForeseeAlter(MySqlConnection& connection, const TableName& given,
                                   const std::string& clauses, bool instant_only) {
  IL_RETURN_IF_ERROR(CheckClauses(clauses));
  const TableName table{given.schema.empty() ? connection.database() : given.schema, given.name};
  IL_ASSIGN(const auto shown, ShowTable(connection, table));
  if (!shown || !shown->plain)
    return Fail(ErrorKind::kRefused, "IL-P01", "there is no table " + ToString(table),
                "name an existing table");
  IL_ASSIGN(const std::string text, ShownText(connection, table));
  if (IsVersioned(shown->table))
    return Fail(ErrorKind::kRefused, "IL-P29", ToString(table) + " cannot be altered so",
                "write it as an `sql` change", {kVersioned});
  AlterScratch scratch(connection, {table.schema, kScratch}, *shown);
  IL_RETURN_IF_ERROR(scratch.Make(
      ScratchSql(connection.version().flavor, *shown, scratch.name(), RawOptions(text))));
  IL_ASSIGN(const TableText before, scratch.Show());
  const auto [alter, partitions] = SplitPartitions(clauses);
  if (!alter.empty()) {
    const auto altered = scratch.Alter(connection.version().flavor == Flavor::kMySql
                                           ? ClausesForOther(alter, table.name, scratch.name().name)
                                           : alter);
    // A lost connection or a lock is no verdict on the clauses.
    if (!altered && altered.error().kind != ErrorKind::kFailed) return Fail(altered.error());
    if (!altered)
      return Fail(
          ErrorKind::kRefused, "IL-E76",
          "the server refuses the ALTER of " + ToString(table) + ": " + altered.error().message,
          "correct the clauses", {"in: ALTER TABLE " + ToString(table) + " " + clauses});
  }
  IL_ASSIGN(TableText after, scratch.Show());
  const std::string spread = PartitionsOf(shown->table.attributes);
  std::string respread = spread;
  if (!partitions.empty()) {
    TableText unspread = after;
    unspread.table.name = table;
    unspread.table.attributes = shown->table.attributes;
    IL_ASSIGN(respread, ForeseePartitions(connection, unspread, partitions));
  }
  ForeseenAlter out;
  out.before = shown->table;
  out.after = After(shown->table, before.table, after.table, respread);
  out.alteration.table = table;
  out.alteration.clauses = clauses;
  out.alteration.before = DefinitionOf(out.before);
  out.alteration.after = DefinitionOf(out.after);
  out.alteration.renamed = RenamesIn(clauses, before);
  out.alteration.clauses_back = ClausesBack(before, after, out.alteration.renamed);
  if (spread != respread) {
    std::string& back = out.alteration.clauses_back;
    back += std::string(back.empty() ? "" : " ") +
            (spread.empty() ? "REMOVE PARTITIONING" : PartitionsOf(text));
  }
  const auto forecast =
      ForecastAlter(connection.version().flavor, before, after, out.alteration.renamed);
  out.never_in_place = forecast.never_in_place;
  out.dropped = DroppedColumns(before, after, out.alteration.renamed);
  out.way = out.dropped.empty() ? forecast.way : AlterWay::kRebuild;
  out.why = out.dropped.empty() ? forecast.why
                                : "column " + Join(out.dropped, ", ") +
                                      " goes, and its values are kept until the contract";
  if (instant_only && out.way == AlterWay::kInPlace) {
    out.way = AlterWay::kRebuild;
    out.why += (out.why.empty() ? "" : "; ") +
               std::string("in place it would hold up replicas for as long");
  }
  if (!partitions.empty()) {
    out.way = AlterWay::kRebuild;
    out.why = "each row is put into a partition anew";
  }
  after.table.attributes = out.after.attributes;
  after.table.partitioned = out.after.partitioned;
  IL_ASSIGN(out.hindrances, HindrancesOf(connection, table, *shown, after, out.alteration.renamed));
  return out;
}

}  // namespace interlock::mysql
