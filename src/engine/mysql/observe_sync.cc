#include "base/text.h"
#include "engine/mysql/observe_parts.h"
#include "engine/mysql/sync_trigger.h"

namespace interlock::mysql {
namespace {

enum class Place { kBefore, kAfter };

/// What of two states the triggers are in; whether they are the same in both.
struct Triggers {
  Observation seen;
  bool both = false;
};

Result<Triggers> LookAt(MySqlConnection& connection, const TableName& table,
                        const SyncContext& sync) {
  Triggers out;
  IL_ASSIGN(out.seen, ObserveTriggers(connection, table, sync));
  out.both = out.seen.state == Observed::kPresent && sync.before == sync.after;
  return out;
}

/// Columns and triggers together: half done where they are not of the same state.
Observation Together(const Triggers& triggers, Place columns, const std::string& detail) {
  const Observed whole = columns == Place::kAfter ? Observed::kPresent : Observed::kAbsent;
  const std::string both = detail + "; " + triggers.seen.detail;
  switch (triggers.seen.state) {
    case Observed::kAbsent:
    case Observed::kPresent:
      if (triggers.both || triggers.seen.state == whole) return Seen(whole, both);
      return Seen(Observed::kPartial, both);
    default:
      return Seen(triggers.seen.state, both);
  }
}

}  // namespace

Result<Observation> ObserveTriggers(MySqlConnection& connection, const TableName& table,
                                    const SyncContext& sync) {
  return ObserveSync(connection, table, sync.before, sync.after);
}

Result<Observation> ObserveRenamed(MySqlConnection& connection, const TableName& table,
                                   const std::map<std::string, std::string>& from_to,
                                   const SyncContext& sync) {
  IL_ASSIGN(const auto shown, ShowTable(connection, table));
  if (!shown) return Seen(Observed::kConflicting, "there is no table " + ToString(table));
  std::vector<std::string> before;
  std::vector<std::string> after;
  for (const auto& [from, to] : from_to) {
    before.push_back(from);
    after.push_back(to);
  }
  const auto old_there = ExistingColumns(*shown, before);
  const auto new_there = ExistingColumns(*shown, after);
  const bool is_old = old_there.size() == before.size() && new_there.empty();
  const bool is_new = old_there.empty() && new_there.size() == after.size();
  if (!is_old && !is_new)
    return Seen(Observed::kConflicting, "of " + Join(before, ", ") + " and " + Join(after, ", ") +
                                            " these are there: " + Join(old_there, ", ") + "; " +
                                            Join(new_there, ", "));
  IL_ASSIGN(const Triggers triggers, LookAt(connection, table, sync));
  return is_old ? Together(triggers, Place::kBefore,
                           "column " + Join(before, ", ") + " has its old name")
                : Together(triggers, Place::kAfter,
                           "column " + Join(after, ", ") + " has its new name");
}

Result<Observation> ObserveDropped(MySqlConnection& connection, const SyncSpec& spec,
                                   const SyncContext& sync) {
  IL_ASSIGN(const auto shown, ShowTable(connection, spec.table));
  if (!shown) return Seen(Observed::kConflicting, "there is no table " + ToString(spec.table));
  std::vector<std::string> names;
  for (const auto& [logical, real] : spec.renamed) names.push_back(real);
  IL_ASSIGN(const Triggers triggers, LookAt(connection, spec.table, sync));
  if (names.empty()) return triggers.seen;
  const auto there = ExistingColumns(*shown, names);
  if (!there.empty() && there.size() < names.size())
    return Seen(Observed::kUndecidable, "of " + Join(names, ", ") + " only " + Join(there, ", ") +
                                            " is there, though one statement drops them all");
  return Together(triggers, there.empty() ? Place::kAfter : Place::kBefore,
                  "column " + Join(names, ", ") + (there.empty() ? " is gone" : " is there"));
}

}  // namespace interlock::mysql
