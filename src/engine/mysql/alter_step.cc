#include "engine/mysql/alter_step.h"

#include <algorithm>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/alter_text.h"
#include "engine/mysql/carried.h"
#include "engine/mysql/catch_up.h"
#include "engine/mysql/census.h"
#include "engine/mysql/check_names.h"
#include "engine/mysql/cut_over.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/execute.h"
#include "engine/mysql/partitions.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/rows_in_the_way.h"
#include "engine/mysql/sender.h"
#include "engine/mysql/session_setting.h"
#include "engine/mysql/write_log.h"
#include "engine/observations.h"

namespace interlock::mysql {
namespace {

using Live = Standing::Live;
using Aside = Standing::Aside;

class AlterObserver {
 public:
  explicit AlterObserver(Standing standing) : standing_(std::move(standing)) {}

  Observation operator()(const action::AlterTable&) const {
    if (standing_.live == Live::kTo) return As(Observed::kPresent);
    if (standing_.live == Live::kNeither) return As(Observed::kConflicting);
    if (standing_.aside == Aside::kFresh && standing_.logged) return As(Observed::kPresent);
    return As(standing_.any ? Observed::kPartial : Observed::kAbsent);
  }
  Observation operator()(const action::CopyRows&) const { return OfRows(); }
  Observation operator()(const action::CompareRows&) const { return OfRows(); }
  Observation operator()(const action::CutOver&) const {
    if (standing_.halted) return As(Observed::kPartial);
    if (standing_.live == Live::kFrom)
      return As(standing_.Ready() ? Observed::kAbsent : Observed::kConflicting);
    if (standing_.live == Live::kNeither) return As(Observed::kConflicting);
    if (!standing_.any) return As(Observed::kPresent);
    if (standing_.aside != Aside::kReplaced || !standing_.logged) return As(Observed::kConflicting);
    return As(standing_.spare ? Observed::kPartial : Observed::kPresent);
  }
  Observation operator()(const action::DropReplaced&) const {
    if (standing_.live != Live::kTo) return As(Observed::kConflicting);
    return As(standing_.any ? Observed::kAbsent : Observed::kPresent);
  }
  /// Where the former shape has to be built again, it stands beside the table afterwards.
  Observation operator()(const action::SwapBack&) const {
    if (standing_.halted) return As(Observed::kPartial);
    if (standing_.live == Live::kFrom) return As(Observed::kPresent);
    if (standing_.live == Live::kNeither) return As(Observed::kConflicting);
    if (standing_.aside == Aside::kFresh && standing_.logged) return As(Observed::kPresent);
    if (standing_.aside == Aside::kReplaced)
      return As(standing_.logged ? Observed::kAbsent : Observed::kConflicting);
    return As(standing_.any ? Observed::kPartial : Observed::kAbsent);
  }
  Observation operator()(const action::UndoAlter&) const {
    if (standing_.live == Live::kFrom)
      return As(standing_.any ? Observed::kAbsent : Observed::kPresent);
    if (standing_.halted) return As(Observed::kPartial);
    return As(standing_.live == Live::kTo && standing_.Ready() ? Observed::kAbsent
                                                               : Observed::kConflicting);
  }
  template <typename Other>
  Observation operator()(const Other&) const {
    return {Observed::kUndecidable, "it is no step of alter_table"};
  }

 private:
  Observation As(Observed state) const { return {state, standing_.detail}; }
  /// Whether there is something to copy; how far it is, checkpoints tell.
  Observation OfRows() const {
    if (standing_.live == Live::kTo) return As(Observed::kPresent);
    const bool fresh = standing_.live == Live::kFrom && standing_.aside == Aside::kFresh;
    return As(fresh && standing_.logged ? Observed::kAbsent : Observed::kConflicting);
  }

  Standing standing_;
};

std::string ClausesOfShadow(const MySqlConnection& connection, const Alteration& alteration,
                            const Rebuild& rebuild) {
  // It is empty; not all that can be copied can be done in place.
  if (connection.version().flavor != Flavor::kMySql) return WithCopy(alteration.clauses);
  return WithCopy(ClausesForOther(alteration.clauses, rebuild.table.name, rebuild.to.fresh.name));
}

/// One attempt.
class AlterRunner {
 public:
  AlterRunner(MySqlConnection& connection, const StatementTag& tag, Duration lock_timeout,
              const AlterManner& manner, Sender& sender)
      : connection_(connection),
        tag_(tag),
        lock_timeout_(lock_timeout),
        manner_(manner.instant_only ? Manner::kInstantOnly : Manner::kInstant),
        keys_first_(manner.keys_first),
        sender_(sender) {}

  Result<void> operator()(const action::AlterTable& alter) {
    return Begin(alter.alteration, false);
  }
  Result<void> operator()(const action::CutOver& cut_over) {
    const Rebuild rebuild = RebuildOf(cut_over.alteration);
    IL_ASSIGN(const Standing standing, LookAndMend(rebuild));
    if (standing.live == Live::kTo) return Tidy(rebuild, standing, sender_);
    return Swap(rebuild, standing);
  }
  Result<void> operator()(const action::DropReplaced& drop) {
    return DropHelpers(RebuildOf(drop.alteration), Live::kTo);
  }
  Result<void> operator()(const action::SwapBack& back) {
    const Alteration inverse = back.alteration.Inverse();
    const Rebuild rebuild = RebuildOf(inverse);
    IL_ASSIGN(const Standing standing, LookAndMend(rebuild));
    if (standing.live == Live::kTo) return {};
    if (standing.aside == Aside::kReplaced) return Swap(rebuild, standing);
    return Begin(inverse, true);
  }
  Result<void> operator()(const action::UndoAlter& undo) {
    const Rebuild rebuild = RebuildOf(undo.alteration.Inverse());
    IL_ASSIGN(const Standing standing, LookAndMend(rebuild));
    if (standing.live == Live::kFrom) IL_RETURN_IF_ERROR(Swap(rebuild, standing));
    return DropHelpers(rebuild, Live::kTo);
  }
  template <typename Other>
  Result<void> operator()(const Other&) {
    return Fail(ErrorKind::kInternal, "IL-E99", "it is carried out in batches");
  }

 private:
  Result<void> Plain(const std::string& sql) { return sender_.Send({sql, Manner::kPlain}); }

  /// What a swap that was cut had moved is back where it was.
  Result<Standing> LookAndMend(const Rebuild& rebuild) {
    IL_ASSIGN(const Standing standing, Look(connection_, rebuild));
    if (!standing.halted) return standing;
    IL_RETURN_IF_ERROR(MendHalted(connection_, rebuild, standing, sender_));
    return Look(connection_, rebuild);
  }

  Result<void> Swap(const Rebuild& rebuild, const Standing& standing) {
    if (standing.live != Live::kFrom || !standing.Ready())
      return Fail(
          ErrorKind::kUndecidable, "IL-E73",
          "the shapes of " + ToString(rebuild.table) + " cannot be swapped: " + standing.detail,
          "look at what changed it; then run the same command again");
    return SwapIn(connection_, rebuild, standing, tag_, lock_timeout_, sender_);
  }

  /// In place, or the helpers of a rebuild.
  /// `may_drop`: columns that go were added by what is taken back.
  Result<void> Begin(const Alteration& alteration, bool may_drop) {
    const Rebuild rebuild = RebuildOf(alteration);
    IL_ASSIGN(const Standing standing, Look(connection_, rebuild));
    if (standing.live != Live::kFrom)
      return Fail(ErrorKind::kUndecidable, "IL-E73",
                  ToString(rebuild.table) + " cannot be altered: " + standing.detail,
                  "look at what changed it; then run the same command again");
    if (!standing.any) {
      auto done = InPlace(alteration, may_drop);
      if (!done) return Fail(done.error());
      if (*done) return {};
    }
    return Prepare(alteration, rebuild, standing);
  }

  /// False: the server would have to copy the table, or would throw columns away at once.
  Result<bool> InPlace(const Alteration& alteration, bool may_drop) {
    if (SpreadsAnew(alteration.clauses)) return false;
    const std::string alter = "ALTER TABLE " + Quote(alteration.table) + " ";
    IL_ASSIGN(const auto foreseen, ForeseeAlter(connection_, alteration.table, alteration.clauses));
    if (!may_drop && !foreseen.dropped.empty()) return false;
    const Manner manner = foreseen.never_in_place ? Manner::kInstantOnly : manner_;
    auto done = sender_.Send({alter + alteration.clauses, manner});
    if (done) return true;
    if (done.error().code == "IL-E44") return false;
    Error error = std::move(done).error();
    if (IsOfRows(NumberOf(error))) {
      error.kind = ErrorKind::kVerification;
      error.code = "IL-E43";
      error.hint = "correct the rows, then `interlock retry` the step";
      for (const auto& index : foreseen.after.indexes) {
        if (!index.unique || foreseen.before.FindIndex(index.name) != nullptr) continue;
        const auto rows = Duplicates(connection_, alteration.table, index.definition);
        error.details.insert(error.details.end(), rows.begin(), rows.end());
      }
    }
    return Fail(std::move(error));
  }

  /// Makes what is missing of shadow, log and triggers; what is not as it should be is made anew.
  Result<void> Prepare(const Alteration& alteration, const Rebuild& rebuild,
                       const Standing& standing) {
    if (standing.aside == Aside::kFresh && standing.logged) return {};
    auto made = standing.any ? DropHelpers(rebuild, Live::kFrom) : Result<void>();
    if (!made) return made;
    IL_RETURN_IF_ERROR(
        Plain("CREATE TABLE " + Quote(rebuild.to.fresh) + " LIKE " + Quote(rebuild.table)));
    made = Fill(alteration, rebuild, *standing.table);
    if (made) return made;
    // Nothing is left behind, so that it can be tried again from the beginning.
    Error error = std::move(made).error();
    const auto gone = DropHelpers(rebuild, Live::kFrom);
    if (!gone) error.details.push_back("and what was made is still there: " + gone.error().message);
    return Fail(std::move(error));
  }
  Result<void> Fill(const Alteration& alteration, const Rebuild& rebuild, const TableText& table) {
    IL_RETURN_IF_ERROR(NameChecks(rebuild, table));
    IL_RETURN_IF_ERROR(Plain("ALTER TABLE " + Quote(rebuild.to.fresh) + " " +
                             ClausesOfShadow(connection_, alteration, rebuild)));
    IL_ASSIGN(const auto fresh, ShowAside(connection_, rebuild.table, rebuild.to.fresh));
    if (!fresh) return Fail(ErrorKind::kUndecidable, "IL-E73", "the table to be filled has gone");
    const auto key = FindSharedKey(table, *fresh, RenamedFrom(rebuild, rebuild.from));
    IL_ASSIGN(auto hindrances, HindrancesOf(connection_, rebuild.table, table, *fresh,
                                            RenamedFrom(rebuild, rebuild.from)));
    if (hindrances.empty() && !HasShape(*fresh, rebuild.to.definition)) {
      hindrances = DefinitionDiff(rebuild.to.definition, DefinitionOf(fresh->table));
      hindrances.insert(hindrances.begin(), "a copy of its definition does not become the same:");
    }
    IL_ASSIGN(const Carried carried, ReadCarried(connection_, rebuild.table, rebuild.from));
    if (hindrances.empty()) {
      IL_ASSIGN(hindrances, TryTriggers(connection_, rebuild, carried, sender_));
    }
    if (!hindrances.empty())
      return Fail(ErrorKind::kRefused, "IL-E72",
                  ToString(rebuild.table) +
                      " would have to be rebuilt, since the server cannot do this in place, and "
                      "that cannot be done",
                  "mend what stands in the way, or choose a change that the server does in place",
                  std::move(hindrances));
    std::string late;
    for (const auto& name : LateKeys(*fresh))
      late += (late.empty() ? "" : ", ") + std::string("DROP KEY ") + name;
    if (!late.empty() && !keys_first_)
      IL_RETURN_IF_ERROR(Plain("ALTER TABLE " + Quote(rebuild.to.fresh) + " " + late));
    IL_RETURN_IF_ERROR(Plain(CreateLogSql(rebuild.from, table, *key)));
    // On MariaDB a CREATE TRIGGER that waits for a table counts as made when it was sent:
    // statements that clients prepared meanwhile would fail with 1146, without the log among their
    // tables. Locked, nobody prepares any. On MySQL a lock would take other tables along.
    std::vector<Statement> creates;
    for (const auto& create :
         CreateTriggersSql(rebuild.from, rebuild.table, *key, carried.triggers))
      creates.push_back({create, Manner::kPlain});
    if (connection_.version().flavor != Flavor::kMariaDb) return sender_.Send(creates);
    return sender_.SendLocked(rebuild.table, creates);
  }

  /// LIKE gives CHECKs new names on MySQL.
  Result<void> NameChecks(const Rebuild& rebuild, const TableText& table) {
    if (connection_.version().flavor != Flavor::kMySql) return {};
    IL_ASSIGN(const auto fresh, ShowTable(connection_, rebuild.to.fresh));
    if (!fresh) return {};
    TableText named = table;
    NameChecksFor(named, rebuild.table.name, rebuild.to.fresh.name);
    std::vector<std::string> clauses;
    for (const auto& constraint : fresh->table.constraints)
      if (constraint.kind == ConstraintKind::kCheck)
        clauses.push_back("DROP CHECK " + Quote(constraint.name));
    for (const auto& constraint : named.table.constraints)
      if (constraint.kind == ConstraintKind::kCheck &&
          CheckFollowsRename(constraint.name, rebuild.to.fresh.name))
        clauses.push_back("ADD " + named.constraints.at(constraint.name));
    if (clauses.empty()) return {};
    return Plain("ALTER TABLE " + Quote(rebuild.to.fresh) + " " + Join(clauses, ", "));
  }

  /// All of them; the table itself stays as it is, in the shape that it must have by now.
  Result<void> DropHelpers(const Rebuild& rebuild, Live expected) {
    IL_ASSIGN(const Standing standing, LookAndMend(rebuild));
    if (standing.live != expected)
      return Fail(ErrorKind::kUndecidable, "IL-E73",
                  "the helpers of " + ToString(rebuild.table) + " stay: " + standing.detail,
                  "look at what changed it; then run the same command again");
    // First what writes, then what is written.
    for (const auto& trigger : standing.triggers)
      IL_RETURN_IF_ERROR(Plain(DropTriggerSql(rebuild.table, trigger)));
    IL_RETURN_IF_ERROR(ForgetCheckpoints(rebuild));
    for (const auto& table : standing.tables)
      IL_RETURN_IF_ERROR(Plain("DROP TABLE IF EXISTS " + Quote(table)));
    return {};
  }
  /// A table that is filled anew is filled from the beginning.
  Result<void> ForgetCheckpoints(const Rebuild& rebuild) {
    const TableName checkpoints{rebuild.table.schema, "interlock_backfill"};
    IL_ASSIGN(const auto there, ShowTable(connection_, checkpoints));
    if (!there) return {};
    return Plain("DELETE FROM " + Quote(checkpoints) + " WHERE spec = " + Literal(IdOf(rebuild)));
  }
  static std::string IdOf(const Rebuild& rebuild) {
    Alteration alteration;
    alteration.table = rebuild.table;
    alteration.before = rebuild.from.definition;
    alteration.after = rebuild.to.definition;
    return alteration.Id();
  }

  MySqlConnection& connection_;
  const StatementTag& tag_;
  const Duration lock_timeout_;
  const Manner manner_;
  const bool keys_first_;
  Sender& sender_;
};

}  // namespace

Result<Observation> ObserveAlter(MySqlConnection& connection, const Action& action) {
  const Alteration* alteration = AlterationOf(action);
  if (alteration == nullptr) return Seen(Observed::kUndecidable, "it is no step of alter_table");
  IL_ASSIGN(Standing standing, Look(connection, RebuildOf(*alteration)));
  return std::visit(AlterObserver(std::move(standing)), action);
}

Result<void> ExecuteAlter(MySqlConnection& connection, const Action& action, const Fence& fence,
                          const StatementTag& tag, Duration lock_timeout, const AlterManner& manner,
                          std::vector<std::string>* sent) {
  IL_ASSIGN(const auto wait, SessionSetting::LockWait(connection, lock_timeout));
  IL_ASSIGN(const auto mode, SessionSetting::RowsAsTheyAre(connection));
  IL_RETURN_IF_ERROR(CheckFenceOnce(connection, fence));
  Sender sender(connection, tag, sent);
  return std::visit(AlterRunner(connection, tag, lock_timeout, manner, sender), action);
}

std::string MannerOf(const std::vector<std::string>& sent) {
  for (const auto& statement : sent) {
    if (statement.starts_with("CREATE TABLE") && statement.find("` LIKE `") != std::string::npos)
      return "rebuild";
    if (statement.ends_with(", ALGORITHM=INSTANT")) return "instant";
    if (statement.ends_with(", LOCK=NONE")) return "in place";
  }
  return "";
}

Result<bool> HoldsUpReplicas(MySqlConnection& connection, const TableName& table, std::int64_t rows,
                             bool configured) {
  IL_ASSIGN(const SqlRows found,
            connection.Execute("SELECT COALESCE(MAX(table_rows), 0) FROM "
                               "information_schema.tables WHERE table_schema = $1 AND table_name = "
                               "$2",
                               {table.schema, table.name}));
  IL_ASSIGN(const SqlValue value, FirstValue(found));
  IL_ASSIGN(const std::int64_t there, WholeNumber(value));
  if (there <= rows) return false;
  if (configured) return true;
  // Who may not see replicas has none that could be asked about.
  const auto attached = ReadReplicas(connection);
  return attached && !attached->empty();
}

std::vector<std::string> ShowAlter(const Action& action) {
  const Alteration* alteration = AlterationOf(action);
  if (alteration == nullptr) return {};
  const Rebuild rebuild = RebuildOf(*alteration);
  const std::string table = Quote(rebuild.table);
  if (std::holds_alternative<action::AlterTable>(action)) {
    std::vector<std::string> out;
    if (!SpreadsAnew(alteration->clauses))
      out = {
          "ALTER TABLE " + table + " " + alteration->clauses + ", ALGORITHM=INSTANT",
          "-- where the server refuses that, in place with LOCK=NONE; where it refuses that too:"};
    out.push_back("CREATE TABLE " + Quote(rebuild.to.fresh) + " LIKE " + table);
    out.push_back("ALTER TABLE " + Quote(rebuild.to.fresh) + " " + WithCopy(alteration->clauses));
    out.push_back("-- and triggers on it that write the keys of changed rows to " +
                  Quote(rebuild.from.log));
    return out;
  }
  if (std::holds_alternative<action::CopyRows>(action))
    return {"INSERT INTO " + Quote(rebuild.to.fresh) + " (…) SELECT … FROM " + table +
            " WHERE … -- by ranges of its key; then the rows that the log names"};
  if (std::holds_alternative<action::CompareRows>(action))
    return {"SELECT COUNT(*) FROM " + table + " AS t LEFT JOIN " + Quote(rebuild.to.fresh) +
            " AS s ON … WHERE … -- by ranges; what differs is copied again"};
  if (std::holds_alternative<action::CutOver>(action))
    return {LockSql({rebuild.table, rebuild.to.fresh, rebuild.from.log}),
            "RENAME TABLE " + table + " TO " + Quote(rebuild.from.replaced) + ", " +
                Quote(rebuild.to.fresh) + " TO " + table};
  if (std::holds_alternative<action::DropReplaced>(action))
    return {"DROP TABLE " + Quote(rebuild.from.replaced)};
  if (std::holds_alternative<action::SwapBack>(action))
    return {"RENAME TABLE " + table + " TO " + Quote(rebuild.to.replaced) + ", " +
            Quote(rebuild.from.replaced) + " TO " + table};
  return {"DROP TABLE " + Quote(rebuild.to.fresh)};
}

}  // namespace interlock::mysql
