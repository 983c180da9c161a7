#include "engine/mysql/sync_trigger.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/column_types.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/quote.h"

namespace interlock::mysql {
namespace {

/// What a session of ours has pinned, and a trigger made there keeps.
constexpr std::string_view kSqlMode = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION";
constexpr std::string_view kCollation = "utf8mb4_bin";
constexpr int kNoSuchTrigger = 1360;

/// An UPDATE trigger alone leaves the new columns of what is inserted unset, which the backfill
/// sees; an INSERT trigger alone would let them grow stale.
constexpr std::array kEvents{TriggerEvent::kUpdate, TriggerEvent::kInsert};

std::string_view Word(TriggerEvent event) {
  return event == TriggerEvent::kInsert ? "INSERT" : "UPDATE";
}

Result<TableName> TableOf(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after) {
  const TableName* table = nullptr;
  for (const auto* specs : {&before, &after}) {
    for (const auto& spec : *specs) {
      if (table != nullptr && *table != spec.table)
        return Fail(ErrorKind::kInternal, "IL-E56",
                    "sync specs of two tables: " + ToString(*table) + ", " + ToString(spec.table));
      table = &spec.table;
    }
  }
  if (table == nullptr) return Fail(ErrorKind::kInternal, "IL-E56", "no sync specs, so no table");
  return *table;
}

struct Trigger {
  std::string name;
  TriggerEvent event = TriggerEvent::kInsert;
  std::string body;
  bool operator==(const Trigger&) const = default;
};

Result<std::vector<Trigger>> Wanted(const TableName& table, const std::vector<SyncSpec>& specs,
                                    const ColumnTypes& types) {
  std::vector<Trigger> out;
  if (specs.empty()) return out;
  for (const TriggerEvent event : kEvents) {
    IL_ASSIGN(std::string body, SyncBody(table, specs, types, event));
    std::string name = SyncTriggerName(table, event, body);
    out.push_back({std::move(name), event, std::move(body)});
  }
  return out;
}

std::string Place(const TableName& table, const std::string& trigger) {
  return Quote(TableName{table.schema, trigger});
}

/// Without the database's name, which a dump would keep: it could not be loaded under another one.
std::string CreateSql(const TableName& table, const Trigger& trigger) {
  return "CREATE TRIGGER " + Quote(trigger.name) + " BEFORE " + std::string(Word(trigger.event)) +
         " ON " + Quote(table.name) + " FOR EACH ROW\n" + trigger.body;
}

std::string DropSql(const TableName& table, const std::string& trigger) {
  return "DROP TRIGGER IF EXISTS " + Place(table, trigger);
}

std::string OldWritesTable(const TableName& table) {
  return Quote(TableName{table.schema, kOldWrites});
}

std::string CounterSql(const TableName& table) {
  return "CREATE TABLE IF NOT EXISTS " + OldWritesTable(table) +
         " (table_name VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, "
         "session BIGINT UNSIGNED NOT NULL, writes BIGINT NOT NULL, "
         "PRIMARY KEY (table_name, session)) ENGINE=InnoDB ROW_FORMAT=DYNAMIC";
}

Result<bool> TableThere(SqlConnection& connection, const std::string& schema,
                        const std::string& name) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT 1 FROM information_schema.tables WHERE table_schema = $1 "
                               "AND table_name = $2",
                               {schema, name}));
  return !rows.rows.empty();
}

/// Checkpoints tell that rows were brought into agreement; nobody keeps them so from now on.
Result<void> ForgetCheckpoints(SqlConnection& connection, const std::vector<SyncSpec>& before,
                               const std::vector<SyncSpec>& after, std::vector<std::string>* out) {
  const std::string checkpoints = "interlock_backfill";
  for (const auto& spec : before) {
    if (std::any_of(after.begin(), after.end(), [&](const auto& s) { return s.id == spec.id; }))
      continue;
    IL_ASSIGN(const bool there, TableThere(connection, spec.table.schema, checkpoints));
    if (there)
      out->push_back("DELETE FROM " + Quote(TableName{spec.table.schema, checkpoints}) +
                     " WHERE spec = " + Literal(spec.id));
  }
  return {};
}

/// What is there now of the table's sync triggers, whatever they cover.
struct Installed {
  std::set<std::string> names;
  bool others = false;     ///< triggers that are not ours
  std::string after_ours;  ///< one of these that fires after ours at the same event
  bool counter = false;
};

Result<Installed> ReadInstalled(SqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT trigger_name, event_manipulation FROM "
                               "information_schema.triggers WHERE event_object_schema = $1 AND "
                               "event_object_table = $2 AND action_timing = 'BEFORE' ORDER BY "
                               "event_manipulation, action_order",
                               {table.schema, table.name}));
  Installed out;
  std::set<std::string> events;  // in which one of ours was seen
  for (const auto& row : rows.rows) {
    const std::string name = row[0].value_or("");
    const std::string event = row[1].value_or("");
    if (IsSyncTrigger(name)) {
      out.names.insert(name);
      events.insert(event);
    } else {
      out.others = true;
      if (events.contains(event)) out.after_ours = name;
    }
  }
  IL_ASSIGN(out.counter, TableThere(connection, table.schema, kOldWrites));
  return out;
}

constexpr const char* kUnlock = "UNLOCK TABLES";

void Append(const std::vector<std::string>& statements, std::vector<std::string>* out) {
  out->insert(out->end(), statements.begin(), statements.end());
}

/// CREATE TRIGGERs; on MariaDB with the table locked, and where other triggers come first, after an
/// ALTER that changes nothing: what clients have prepared does not see new triggers, but it sees
/// that.  On MySQL a lock would take the tables along that triggers and foreign keys lead to.
Result<void> AppendCreates(MySqlConnection& connection, const TableName& table,
                           const std::vector<std::string>& creates, std::vector<std::string>* out) {
  if (creates.empty() || connection.version().flavor != Flavor::kMariaDb) {
    Append(creates, out);
    return {};
  }
  out->push_back(LockSql({table}));
  IL_ASSIGN(const Installed installed, ReadInstalled(connection, table));
  if (installed.others) {
    IL_ASSIGN(const SqlRows rows,
              connection.Execute("SELECT table_comment FROM information_schema.tables WHERE "
                                 "table_schema = $1 AND table_name = $2",
                                 {table.schema, table.name}));
    IL_ASSIGN(const SqlValue comment, FirstValue(rows));
    out->push_back("ALTER TABLE " + Quote(table) + " COMMENT = " + Literal(comment.value_or("")));
  }
  Append(creates, out);
  out->push_back(kUnlock);
  return {};
}

/// Whether the trigger is there as it would be made; nothing when there is none of that name.
/// Told by SHOW CREATE: that keeps the body byte for byte, and raises where the account may not see
/// the trigger, which information_schema hides.
Result<std::optional<bool>> IsAsWanted(SqlConnection& connection, const TableName& table,
                                       const Trigger& trigger) {
  auto shown = connection.Execute("SHOW CREATE TRIGGER " + Place(table, trigger.name));
  if (!shown && NumberOf(shown.error()) == kNoSuchTrigger) return std::optional<bool>();
  IL_ASSIGN(const SqlRows rows, std::move(shown));
  IL_ASSIGN(const auto row, FirstRow(rows));
  const std::string text = row.at(2).value_or("");
  const std::string head = text.substr(0, text.size() - std::min(text.size(), trigger.body.size()));
  const std::string timing = Upper(" BEFORE " + std::string(Word(trigger.event)) + " ON ");
  return std::optional<bool>(row.at(1) == kSqlMode && text.ends_with(trigger.body) &&
                             Upper(head).find(timing) != std::string::npos &&
                             row.at(3) == "utf8mb4" && row.at(4) == kCollation);
}

enum class Found { kAll, kSome, kNone, kOther };

/// How much of `wanted` is there as it would be made.
Result<Found> HowMuch(SqlConnection& connection, const TableName& table,
                      const std::vector<Trigger>& wanted) {
  std::size_t found = 0;
  for (const auto& trigger : wanted) {
    IL_ASSIGN(const std::optional<bool> right, IsAsWanted(connection, table, trigger));
    if (right && !*right) return Found::kOther;
    found += right ? 1 : 0;
  }
  if (found == wanted.size()) return Found::kAll;
  return found == 0 ? Found::kNone : Found::kSome;
}

std::vector<std::string> NamesOf(const std::vector<Trigger>& triggers) {
  std::vector<std::string> out;
  for (const auto& trigger : triggers) out.push_back(trigger.name);
  return out;
}

bool OnlyThese(const std::set<std::string>& names, const std::vector<Trigger>& triggers) {
  const auto known = NamesOf(triggers);
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return Contains(known, name); });
}

class Observer {
 public:
  Observer(SqlConnection& connection, const TableName& table, Installed installed)
      : connection_(connection), table_(table), installed_(std::move(installed)) {}

  Result<Observation> Run(const std::vector<Trigger>& before, const std::vector<Trigger>& after) {
    IL_ASSIGN(const Found old, HowMuch(connection_, table_, before));
    IL_ASSIGN(const Found now, HowMuch(connection_, table_, after));
    if (old == Found::kOther || now == Found::kOther) return Conflict("was changed by hand");
    std::vector<Trigger> both = before;
    both.insert(both.end(), after.begin(), after.end());
    if (!OnlyThese(installed_.names, both)) return Conflict("covers something else");
    if (!installed_.after_ours.empty())
      return Conflict("is followed by trigger " + installed_.after_ours +
                      ", which could change what it has made equal");
    if (now == Found::kAll && OnlyThese(installed_.names, after) && HasCounter(after))
      return Observation{Observed::kPresent,
                         after.empty() ? "no sync trigger on " + Named() : Subject()};
    if (old == Found::kAll && OnlyThese(installed_.names, before) && HasCounter(before))
      return Observation{Observed::kAbsent, before.empty() ? Subject() + " is not there"
                                                           : Subject() + " covers what it did"};
    return Observation{Observed::kPartial, Subject() + " is half changed: " + What()};
  }

 private:
  std::string Named() const { return ToString(table_); }
  std::string Subject() const { return "sync trigger on " + Named(); }
  Observation Conflict(const std::string& what) const {
    return {Observed::kConflicting, Subject() + " " + what};
  }
  bool HasCounter(const std::vector<Trigger>& triggers) const {
    return triggers.empty() || installed_.counter;
  }
  std::string What() const {
    if (!installed_.counter) return std::string("table ") + kOldWrites + " is not there";
    if (installed_.names.empty()) return "it is not there";
    return "there is " + Join({installed_.names.begin(), installed_.names.end()}, ", ");
  }

  SqlConnection& connection_;
  const TableName& table_;
  const Installed installed_;
};

/// None when they cannot be made of the columns that are there, so that none can be there either.
std::vector<Trigger> WantedIfAny(const TableName& table, const std::vector<SyncSpec>& specs,
                                 const ColumnTypes& types) {
  return Wanted(table, specs, types).value_or(std::vector<Trigger>{});
}

bool ColumnsThere(const std::vector<SyncSpec>& specs, const ColumnTypes& types) {
  const auto there = [&](const SyncSpec& spec, const std::string& column) {
    const auto renamed = spec.renamed.find(column);
    const auto type = types.find(renamed == spec.renamed.end() ? column : renamed->second);
    return type != types.end() && type->second.there;
  };
  return std::all_of(specs.begin(), specs.end(), [&](const SyncSpec& spec) {
    for (const auto& column : spec.old_columns)
      if (!there(spec, column)) return false;
    for (const auto& derived : spec.new_columns)
      if (!there(spec, derived.column.name)) return false;
    for (const auto& [column, fill] : spec.fills)
      if (!there(spec, column)) return false;
    return true;
  });
}

}  // namespace

std::string SyncTriggerName(const TableName& table, TriggerEvent event, const std::string& body) {
  return std::string(kSyncTrigger) + (event == TriggerEvent::kInsert ? "_i_" : "_u_") +
         Sha256(table.name + "\n" + body).substr(0, 12);
}

Result<std::vector<std::string>> SyncStatements(MySqlConnection& connection,
                                                const std::vector<SyncSpec>& before,
                                                const std::vector<SyncSpec>& after,
                                                const std::vector<std::string>& between) {
  if (before == after && between.empty()) return std::vector<std::string>{};
  IL_ASSIGN(const TableName table, TableOf(before, after));
  IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(connection, table, before, after));
  IL_ASSIGN(const std::vector<Trigger> old, Wanted(table, before, types));
  IL_ASSIGN(const std::vector<Trigger> now, Wanted(table, after, types));
  std::vector<std::string> creates;
  for (const auto& trigger : now)
    if (!between.empty() || !Contains(NamesOf(old), trigger.name))
      creates.push_back(CreateSql(table, trigger));
  std::vector<std::string> drops;
  for (const auto& trigger : old)
    if (!between.empty() || !Contains(NamesOf(now), trigger.name))
      drops.push_back(DropSql(table, trigger.name));
  std::vector<std::string> out;
  if (!after.empty()) out.push_back(CounterSql(table));
  if (!between.empty()) {
    out.push_back(LockSql({table}));
    Append(drops, &out);
    Append(between, &out);
    Append(creates, &out);
    out.push_back(kUnlock);
  } else {
    IL_RETURN_IF_ERROR(AppendCreates(connection, table, creates, &out));
    Append(drops, &out);
  }
  if (after.empty())
    out.push_back("DELETE FROM " + OldWritesTable(table) +
                  " WHERE table_name = " + Literal(table.name));
  IL_RETURN_IF_ERROR(ForgetCheckpoints(connection, before, after, &out));
  return out;
}

Result<Observation> ObserveSync(SqlConnection& connection, const TableName& table,
                                const std::vector<SyncSpec>& before,
                                const std::vector<SyncSpec>& after) {
  IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(connection, table, before, after));
  IL_ASSIGN(Installed installed, ReadInstalled(connection, table));
  auto seen = Observer(connection, table, std::move(installed))
                  .Run(WantedIfAny(table, before, types), WantedIfAny(table, after, types));
  if (!seen && seen.error().kind == ErrorKind::kRefused)
    return Observation{Observed::kUndecidable, "this account may not see the triggers of " +
                                                   ToString(table) + ": " + seen.error().message};
  return seen;
}

Result<std::vector<std::string>> MendSync(MySqlConnection& connection,
                                          const std::vector<SyncSpec>& before,
                                          const std::vector<SyncSpec>& after) {
  IL_ASSIGN(const TableName table, TableOf(before, after));
  IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(connection, table, before, after));
  IL_ASSIGN(const std::vector<Trigger> wanted,
            Wanted(table, ColumnsThere(before, types) ? before : after, types));
  IL_ASSIGN(const Installed installed, ReadInstalled(connection, table));
  std::vector<std::string> out;
  if (!wanted.empty()) out.push_back(CounterSql(table));
  std::vector<std::string> creates;
  for (const auto& trigger : wanted)
    if (!installed.names.contains(trigger.name)) creates.push_back(CreateSql(table, trigger));
  IL_RETURN_IF_ERROR(AppendCreates(connection, table, creates, &out));
  const auto keep = NamesOf(wanted);
  for (const auto& name : installed.names)
    if (!Contains(keep, name)) out.push_back(DropSql(table, name));
  return out;
}

Result<std::int64_t> OldShapeWrites(SqlConnection& connection, const TableName& table) {
  auto counted = connection.Execute("SELECT CAST(COALESCE(SUM(writes), 0) AS SIGNED) FROM " +
                                        OldWritesTable(table) + " WHERE table_name = $1",
                                    {table.name});
  if (counted) {
    IL_ASSIGN(const SqlValue writes, FirstValue(*counted));
    return WholeNumber(writes);
  }
  if (NumberOf(counted.error()) != kNoSuchTable) return Fail(std::move(counted).error());
  IL_ASSIGN(const Installed installed, ReadInstalled(connection, table));
  if (installed.names.empty()) return 0;
  return Fail(ErrorKind::kUndecidable, "IL-E67",
              "writes through the old shape of " + ToString(table) + " are not counted: table " +
                  kOldWrites + " is not there",
              "interlock drift shows what changed");
}

}  // namespace interlock::mysql
