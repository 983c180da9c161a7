#include "engine/mysql/rebuild.h"

#include <algorithm>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/check_names.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/write_log.h"

namespace interlock::mysql {
namespace {

constexpr std::string_view kHelper = "~interlock_";
constexpr std::string_view kHelperBehind = "\xEF\xBF\xBD~interlock_";

/// Servers lock tables in the order of their names: whoever renames the table must come to wait for
/// it first, and for its helpers only then.
std::string PrefixFor(const TableName& table) {
  return std::string(table.name < kHelper ? kHelper : kHelperBehind);
}

RebuildSide SideOf(const Alteration& alteration, const std::string& definition, char shape) {
  const std::string stem = PrefixFor(alteration.table) + alteration.Id() + "_" + shape;
  const auto named = [&](const std::string& end) {
    return TableName{alteration.table.schema, stem + end};
  };
  RebuildSide side{
      definition, named("_new"), named("_old"), named("_log"), named("_kept"), stem + "_k", {}, {}};
  for (std::size_t i = 0; i < kLoggedEvents.size(); ++i) {
    const std::string event = Lower(std::string(kLoggedEvents[i])).substr(0, 1);
    side.triggers[i] = stem + "_" + event;
    side.halts[i] = stem + "_halt_" + event;
  }
  return side;
}

std::vector<TableName> HelperTables(const Rebuild& rebuild) {
  std::vector<TableName> out;
  for (const auto* side : {&rebuild.from, &rebuild.to})
    for (const auto* name : {&side->fresh, &side->replaced, &side->log, &side->kept})
      out.push_back(*name);
  return out;
}

Result<std::vector<TableName>> ThoseThere(MySqlConnection& connection,
                                          const std::vector<TableName>& names) {
  std::vector<TableName> out;
  std::vector<SqlValue> values{names.front().schema};
  std::vector<std::string> places;
  for (const auto& name : names) {
    values.emplace_back(name.name);
    places.push_back("$" + std::to_string(values.size()));
  }
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT table_name FROM information_schema.tables WHERE "
                               "table_schema = $1 AND table_name IN (" +
                                   Join(places, ", ") + ")",
                               values));
  for (const auto& row : rows.rows) out.push_back({names.front().schema, row.at(0).value_or("")});
  return out;
}

using HelperTriggers = std::map<std::string, HelperTrigger>;

Result<HelperTriggers> TriggersThere(MySqlConnection& connection, const Rebuild& rebuild) {
  HelperTriggers out;
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT trigger_name, event_object_table, event_manipulation, "
                               "action_timing FROM information_schema.triggers WHERE "
                               "trigger_schema = $1",
                               {rebuild.table.schema}));
  for (const auto& row : rows.rows)
    for (const auto* side : {&rebuild.from, &rebuild.to})
      for (const auto* names : {&side->triggers, &side->halts})
        for (const auto& name : *names)
          if (row.at(0) == name)
            out[name] = {row.at(1).value_or(""), row.at(2).value_or(""), row.at(3).value_or("")};
  return out;
}

bool IsOfForeignKey(const Difference& difference) {
  const std::string& text = difference.before.empty() ? difference.after : difference.before;
  return difference.ref.kind == ObjectKind::kConstraint && text.starts_with("FOREIGN KEY ");
}

/// Whether they are the same but for foreign keys.
bool AreAlike(const std::string& shape, const std::string& other) {
  const auto lines = ParseCanonicalText(shape);
  const auto others = ParseCanonicalText(other);
  if (!lines || !others) return false;
  const auto differences = Diff(*lines, *others);
  return std::all_of(differences.begin(), differences.end(), IsOfForeignKey);
}

/// Of the wanted definition, the keys that `table` lacks, when it lacks nothing but late keys, and
/// foreign ones; nothing when it differs otherwise.
std::optional<std::vector<std::string>> Lacking(const TableText& table, const std::string& wanted) {
  const std::string shape = DefinitionOf(table.table);
  if (shape == wanted) return std::vector<std::string>{};
  const auto lines = ParseCanonicalText(wanted);
  const auto there = ParseCanonicalText(shape);
  if (!lines || !there) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& difference : Diff(*there, *lines)) {
    if (IsOfForeignKey(difference)) continue;
    const bool key = difference.ref.kind == ObjectKind::kIndex && difference.before.empty() &&
                     difference.after.starts_with("KEY ");
    if (!key) return std::nullopt;
    out.push_back(difference.after);
  }
  return out;
}

}  // namespace

std::vector<std::string> LateKeys(const TableText& table) {
  std::vector<std::string> out;
  for (const auto& index : table.table.indexes) {
    const auto text = table.keys.find(index.name);
    if (text == table.keys.end() || !text->second.starts_with("KEY ")) continue;
    const auto numbers = [&](const std::string& name) {
      const Column* column = table.table.FindColumn(name);
      return column != nullptr && column->identity == "auto_increment";
    };
    if (std::none_of(index.columns.begin(), index.columns.end(), numbers))
      out.push_back(Quote(index.name));
  }
  return out;
}

bool HasShape(const TableText& table, const std::string& definition) {
  return AreAlike(DefinitionOf(table.table), definition);
}

bool SortsBehindHelpers(std::string_view table) { return table >= kHelperBehind; }

bool IsHelperName(std::string_view table) {
  return table.starts_with(kHelper) || table.starts_with(kHelperBehind);
}

bool Standing::IsThere(const TableName& table) const {
  return std::find(tables.begin(), tables.end(), table) != tables.end();
}
bool Standing::IsThere(const std::string& trigger) const { return Contains(triggers, trigger); }

std::string DropTriggerSql(const TableName& table, const std::string& trigger) {
  return "DROP TRIGGER IF EXISTS " + Quote(TableName{table.schema, trigger});
}

std::vector<std::string> HelperPrefixes() {
  return {std::string(kHelper), std::string(kHelperBehind)};
}

Rebuild RebuildOf(const Alteration& alteration) {
  const bool first = alteration.before < alteration.after;
  return {alteration.table, alteration.renamed,
          SideOf(alteration, alteration.before, first ? 'a' : 'b'),
          SideOf(alteration, alteration.after, first ? 'b' : 'a')};
}

Result<std::optional<TableText>> ShowAside(MySqlConnection& connection, const TableName& table,
                                           const TableName& aside) {
  IL_ASSIGN(auto out, ShowTable(connection, aside));
  if (out && connection.version().flavor == Flavor::kMySql)
    NameChecksFor(*out, aside.name, table.name);
  return out;
}

Result<Standing> Look(MySqlConnection& connection, const Rebuild& rebuild) {
  Standing out;
  IL_ASSIGN(out.tables, ThoseThere(connection, HelperTables(rebuild)));
  IL_ASSIGN(const auto triggers, TriggersThere(connection, rebuild));
  for (const auto& [name, trigger] : triggers) out.triggers.push_back(name);
  out.any = !out.tables.empty() || !out.triggers.empty();
  IL_ASSIGN(out.table, ShowTable(connection, rebuild.table));
  if (!out.table || !out.table->plain) {
    out.detail = "there is no table " + interlock::ToString(rebuild.table);
    return out;
  }
  const std::string shape = DefinitionOf(out.table->table);
  const auto halts = [&](const RebuildSide& side) {
    return std::any_of(side.halts.begin(), side.halts.end(),
                       [&](const std::string& name) { return triggers.contains(name); });
  };
  const bool moving = halts(rebuild.from) || halts(rebuild.to);
  const auto has = [&](const RebuildSide& side) {
    return shape == side.definition || (moving && HasShape(*out.table, side.definition));
  };
  if (has(rebuild.from)) out.live = Standing::Live::kFrom;
  if (has(rebuild.to)) out.live = Standing::Live::kTo;
  if (out.live == Standing::Live::kNeither) {
    out.detail = interlock::ToString(rebuild.table) + " has neither its former nor its new shape";
    for (const auto& line : DefinitionDiff(rebuild.from.definition, shape))
      out.detail += "; " + line;
    return out;
  }
  const bool from = out.live == Standing::Live::kFrom;
  const RebuildSide& live = from ? rebuild.from : rebuild.to;
  const RebuildSide& other = from ? rebuild.to : rebuild.from;
  out.detail =
      interlock::ToString(rebuild.table) + (from ? " has its former shape" : " is altered");
  const bool fresh = out.IsThere(other.fresh);
  const bool replaced = out.IsThere(other.replaced);
  if (fresh != replaced) {
    IL_ASSIGN(out.beside,
              ShowAside(connection, rebuild.table, fresh ? other.fresh : other.replaced));
    const auto lacking = out.beside ? Lacking(*out.beside, other.definition) : std::nullopt;
    if (lacking && fresh) out.late_keys = *lacking;
    const bool right = lacking && (fresh || lacking->empty());
    out.aside = !right  ? Standing::Aside::kWrong
                : fresh ? Standing::Aside::kFresh
                        : Standing::Aside::kReplaced;
  } else if (fresh) {
    out.aside = Standing::Aside::kWrong;
  }
  if (out.aside == Standing::Aside::kFresh) out.detail += ", a table to be filled stands beside it";
  if (out.aside == Standing::Aside::kReplaced)
    out.detail += ", the table that it replaced stands beside it";
  if (out.aside == Standing::Aside::kWrong)
    out.detail += ", what stands beside it is not as it should be";
  if (out.aside == Standing::Aside::kFresh || out.aside == Standing::Aside::kReplaced) {
    IL_ASSIGN(out.logged, IsLogged(connection, rebuild, live, *out.table, *out.beside, triggers));
    if (!out.logged) out.detail += ", and its writes are not logged";
  }
  const std::size_t expected = (fresh || replaced ? 1U : 0U) + (out.IsThere(live.log) ? 1U : 0U);
  out.halted = halts(live);
  if (out.halted) out.detail += ", and nobody can write to it: a swap was cut";
  out.spare = out.tables.size() > expected || halts(other) ||
              std::any_of(other.triggers.begin(), other.triggers.end(),
                          [&](const std::string& name) { return triggers.contains(name); });
  if (out.spare) out.detail += "; more helpers are there than it needs";
  return out;
}

}  // namespace interlock::mysql
