#include "runner/step_runner.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/json.h"

namespace interlock {
namespace {

using nlohmann::json;

/// Failures that will not pass by trying again: they are recorded as failed.
bool IsPermanent(ErrorKind kind) {
  return kind == ErrorKind::kFailed || kind == ErrorKind::kVerification ||
         kind == ErrorKind::kRefused || kind == ErrorKind::kConfig;
}

std::uint64_t HighestToken(const Fence& fence) {
  std::uint64_t token = 0;
  for (const auto& held : fence) token = std::max(token, held.token);
  return token;
}

/// How long to wait for a lock next time.  An autovacuum gives way only to who waits for longer
/// than `usual`; where nothing else is in the way for long, that is waited for once.
Duration LockTimeoutFor(const std::vector<Blocker>& blockers, Duration usual) {
  constexpr Duration kMore = std::chrono::milliseconds(200);
  Duration longest = usual;
  for (const auto& blocker : blockers) {
    if (blocker.gives_way) {
      longest = std::max(longest, *blocker.gives_way + kMore);
    } else if (blocker.age >= usual) {
      return usual;
    }
  }
  return longest;
}

std::string Shown(const Blocker& blocker) {
  return "pid " + std::to_string(blocker.session) + " " + blocker.name + " (" + blocker.user +
         "), " + blocker.state + " for " + HumanDuration(blocker.age);
}

/// Holds the database-wide claim while short DDL runs.
class SchemaClaim {
 public:
  static Result<SchemaClaim> Take(DatabaseLink& link, const std::string& release, Duration budget) {
    IL_ASSIGN(const auto held, link.ClaimSchema(release, budget));
    return SchemaClaim(link, held);
  }
  SchemaClaim(SchemaClaim&& other) noexcept : link_(other.link_), held_(other.held_) {
    other.link_ = nullptr;
  }
  SchemaClaim(const SchemaClaim&) = delete;
  SchemaClaim& operator=(const SchemaClaim&) = delete;
  SchemaClaim& operator=(SchemaClaim&&) = delete;
  ~SchemaClaim() {
    if (link_ != nullptr) link_->ReleaseSchema(held_);
  }

 private:
  SchemaClaim(DatabaseLink& link, HeldClaim held) : link_(&link), held_(std::move(held)) {}
  DatabaseLink* link_;
  HeldClaim held_;
};

}  // namespace

bool NeedsCatchUp(const Step& step) {
  return std::holds_alternative<action::CutOver>(step.action) ||
         std::holds_alternative<action::SwapBack>(step.action) ||
         std::holds_alternative<action::UndoAlter>(step.action);
}

StepRunner::StepRunner(RunControl& control, BulkWork& bulk, const MoveTable& table,
                       LockPolicy policy)
    : control_(control), bulk_(bulk), table_(table), policy_(policy) {}

Recorded StepRunner::RecordedOf(const DatabaseHistory& history, const Step& step) {
  const auto found = history.steps.find(step.id);
  if (found == history.steps.end()) return Recorded::kNothing;
  if (history.Superseded(step)) return Recorded::kSuperseded;
  if (found->second.succeeded) return Recorded::kSucceeded;
  if (found->second.failed) return Recorded::kFailed;
  return found->second.intended ? Recorded::kIntended : Recorded::kNothing;
}

SyncContext StepRunner::SyncOf(const DatabaseHistory& history, const Step& step) {
  SyncContext sync;
  const auto table = ActionTable(step.action);
  if (!table) return sync;
  sync.before = history.ActiveSpecs(*table);
  const auto found = history.steps.find(step.id);
  const bool done = found != history.steps.end() && found->second.succeeded;
  // What is done is judged beside a step that is under way: its names may be the new ones already.
  sync.after = done ? history.IntendedSpecs(*table) : ApplyToSync(sync.before, step.action);
  return sync;
}

Result<Observation> StepRunner::Observe(DatabaseLink& link, const Step& step) {
  if (IsBulk(step.action)) return bulk_.Observe(link, step);
  return link.session().Observe(step, SyncOf(link.history(), step));
}

Result<void> StepRunner::Run(DatabaseLink& link, const Step& step, const std::string& release) {
  bool told_waiting = false;
  bool executed = false;
  evidence_ = json::object();
  started_ = control_.clock.Elapsed();
  while (true) {
    IL_RETURN_IF_ERROR(CheckStop(control_, "before step " + step.id));
    IL_RETURN_IF_ERROR(link.Beat());
    IL_RETURN_IF_ERROR(link.Refresh());
    const Recorded recorded = RecordedOf(link.history(), step);
    // Bulk steps that are done are judged by their rows, which verification compares.
    if (IsBulk(step.action) &&
        (recorded == Recorded::kSuperseded || recorded == Recorded::kSucceeded))
      return {};
    Observation seen;
    if (executed && IsBulk(step.action)) {
      seen = {Observed::kPresent, "done just now"};
    } else {
      IL_ASSIGN(seen, Observe(link, step));
    }
    const Move move = NextMove(table_, step, recorded, seen.state);
    switch (move) {
      case Move::kFinished:
        return {};
      case Move::kRecordIntent:
        IL_RETURN_IF_ERROR(RecordIntent(link, step, release, seen));
        break;
      case Move::kExecute:
      case Move::kMendThenExecute: {
        if (executed)
          return Fail(ErrorKind::kUndecidable, "IL-R31",
                      "Step " + step.id + " ran without an error, yet the server shows: " +
                          (seen.detail.empty() ? std::string(ToString(seen.state)) : seen.detail),
                      "look at the object; then run the same command again, or interlock adopt " +
                          step.id + " --reason … when it is right as it is");
        IL_RETURN_IF_ERROR(Execute(link, step, release, move == Move::kMendThenExecute));
        executed = true;
        break;
      }
      case Move::kRecordOutcome: {
        IL_ASSIGN(const bool recorded, RecordOutcome(link, step, release, seen));
        if (recorded) return {};
        break;
      }
      case Move::kWait:
        if (!told_waiting)
          control_.reporter.Report({"waiting", release, step.id,
                                    "the server still works on it: " + seen.detail,
                                    json::object()});
        told_waiting = true;
        control_.clock.Sleep(policy_.look_again);
        break;
      default:
        return Fail(Halt(move, step, recorded, seen));
    }
  }
}

Result<void> StepRunner::RecordIntent(DatabaseLink& link, const Step& step,
                                      const std::string& release, const Observation& seen) {
  IL_ASSIGN(const auto claim, SchemaClaim::Take(link, release, policy_.schema_claim_budget));
  IL_RETURN_IF_ERROR(link.Refresh());
  IL_ASSIGN(const auto catalog, link.session().ReadCatalog());
  IL_RETURN_IF_ERROR(link.RequireNoDrift(catalog, release, "before step " + step.id));
  return link.Append({EntryKind::kStepIntent, release, step.id, 1,
                      CanonicalJson({{"migration", step.migration},
                                     {"action", std::string(ActionName(step.action))},
                                     {"observed", std::string(ToString(seen.state))}})});
}

Result<void> StepRunner::Execute(DatabaseLink& link, const Step& step, const std::string& release,
                                 bool mend) {
  control_.reporter.Report({"step.started",
                            release,
                            step.id,
                            step.summary,
                            {{"phase", std::string(ToString(step.phase))},
                             {"action", std::string(ActionName(step.action))}}});
  const StatementTag tag{release, step.id, HighestToken(link.fence())};
  Result<void> status;
  if (IsBulk(step.action)) {
    auto counts = bulk_.Execute(link, step, tag);
    if (counts) {
      evidence_ = std::move(*counts);
    } else {
      status = tl::unexpected<Error>(counts.error());
    }
  } else {
    if (NeedsCatchUp(step)) status = bulk_.CatchUp(link, step, tag);
    if (status) status = ExecuteDdl(link, step, tag, mend);
    if (const std::string way = link.session().Manner(); !way.empty()) evidence_["way"] = way;
  }
  if (!status && IsPermanent(status.error().kind))
    IL_RETURN_IF_ERROR(RecordFailure(link, step, release, status.error()));
  return status;
}

/// Since the intent the claim was free: what was changed meanwhile must not be built upon.
Result<void> StepRunner::RequireAsIntended(DatabaseLink& link, const Step& step,
                                           const std::string& release) {
  IL_RETURN_IF_ERROR(link.Refresh());
  IL_ASSIGN(const auto catalog, link.session().ReadCatalog());
  return link.RequireNoDrift(catalog, release, "before step " + step.id);
}

Result<void> StepRunner::ExecuteDdl(DatabaseLink& link, const Step& step, const StatementTag& tag,
                                    bool mend) {
  const SyncContext sync = SyncOf(link.history(), step);
  const auto attempt = [&](Duration lock_timeout) -> Result<void> {
    if (!step.waits) IL_RETURN_IF_ERROR(RequireAsIntended(link, step, tag.release));
    if (std::exchange(mend, false))
      IL_RETURN_IF_ERROR(link.session().Mend(step, sync, link.fence(), tag, lock_timeout));
    return link.session().Execute(step, sync, link.fence(), tag, lock_timeout);
  };
  // What stands in no transaction may have left something behind: look before trying again.
  const auto nothing_left = [&]() -> Result<bool> {
    if (step.transactional) return true;
    IL_ASSIGN(const Observation seen, Observe(link, step));
    return seen.state == Observed::kAbsent;
  };
  auto status = WithLocks(link, step, tag, attempt, nothing_left, true);
  if (!status && status.error().kind == ErrorKind::kTransient)
    IL_RETURN_IF_ERROR(CheckStop(control_, "in step " + step.id + ", which begins anew"));
  return status;
}

Result<void> StepRunner::Rehearse(DatabaseLink& link, const std::vector<Step>& steps,
                                  const std::string& release) {
  std::vector<SyncContext> contexts;
  std::map<TableName, std::vector<SyncSpec>> specs;  // as the steps so far leave them
  for (const auto& step : steps) {
    const TableName table = ActionTable(step.action).value_or(TableName{});
    const auto known = specs.try_emplace(table, SyncOf(link.history(), step).before).first;
    SyncContext context{known->second, ApplyToSync(known->second, step.action)};
    known->second = context.after;
    contexts.push_back(std::move(context));
  }
  const StatementTag tag{release, "rehearsal", HighestToken(link.fence())};
  const auto attempt = [&](Duration lock_timeout) {
    return link.session().Rehearse(steps, contexts, link.fence(), tag, lock_timeout);
  };
  auto status = WithLocks(
      link, steps.front(), tag, attempt, [] { return Result<bool>(true); }, false);
  if (status || !IsPermanent(status.error().kind)) return status;
  Error error = status.error();
  error.details.insert(error.details.begin(), error.message);
  error.kind = ErrorKind::kRefused;
  error.code = "IL-R69";
  error.message = "Stopped before the contract of " + steps.front().migration +
                  ": the server would refuse its drops, as a rehearsal shows";
  error.hint = "mend what it names, then run the same command again; nothing was changed";
  return Fail(std::move(error));
}

Result<void> StepRunner::WithLocks(DatabaseLink& link, const Step& step, const StatementTag& tag,
                                   const std::function<Result<void>(Duration)>& attempt_once,
                                   const std::function<Result<bool>()>& nothing_left, bool ends) {
  const auto& database = link.engine().database();
  Duration lock_timeout = database.lock_timeout;
  const Duration until = control_.clock.Elapsed() + database.lock_budget;
  Duration pause = policy_.first_pause;
  for (int attempt = 1;; ++attempt) {
    Result<void> status;
    {
      // What waits by design does so without the database-wide claim; what it changed is compared
      // when its outcome is recorded.
      std::optional<SchemaClaim> claim;
      if (!step.waits) {
        auto taken = SchemaClaim::Take(link, tag.release, policy_.schema_claim_budget);
        if (!taken) return Fail(taken.error());
        claim.emplace(std::move(*taken));
      }
      status = attempt_once(lock_timeout);
    }
    if (status || status.error().kind != ErrorKind::kTransient) return status;
    IL_ASSIGN(const bool again, nothing_left());
    if (!again) return status;
    if (control_.clock.Elapsed() + pause >= until) {
      Error error = status.error();
      error.message = "Step " + step.id + " got no lock within " +
                      HumanDuration(database.lock_budget) + " (" + std::to_string(attempt) +
                      " tries of " + HumanDuration(database.lock_timeout) + " each)";
      error.code = "IL-R40";
      error.hint = "end what blocks it, then run the same command again; nothing is half done";
      if (const auto table = ActionTable(step.action))
        if (auto blockers = link.session().Blockers(*table))
          for (const auto& blocker : *blockers)
            error.details.push_back(Shown(blocker) + ": " + blocker.query);
      return Fail(std::move(error));
    }
    json waits_for = json::array();
    std::string text = "lock not to be had, trying again";
    lock_timeout = database.lock_timeout;
    if (const auto table = ActionTable(step.action))
      if (auto blockers = link.session().Blockers(*table)) {
        lock_timeout = LockTimeoutFor(*blockers, database.lock_timeout);
        for (const auto& blocker : *blockers) {
          if (waits_for.empty()) text += "; in the way: " + Shown(blocker);
          waits_for.push_back(blocker.session);
        }
        if (ends && status.error().code == kLocked)
          IL_RETURN_IF_ERROR(EndOld(link, step, *blockers, tag));
      }
    control_.reporter.Report(
        {"waiting", tag.release, step.id, text, {{"attempt", attempt}, {"blockers", waits_for}}});
    IL_RETURN_IF_ERROR(CheckStop(control_, "while waiting for a lock, before step " + step.id));
    IL_RETURN_IF_ERROR(link.Beat());
    const auto jittered =
        static_cast<std::int64_t>(static_cast<double>(pause.count()) * (0.5 + control_.random()));
    control_.clock.Sleep(Duration(jittered));
    pause = std::min<Duration>(pause * 2, policy_.max_pause);
  }
}

/// Where the configuration says so, sessions that have been in the way for long are ended.
Result<void> StepRunner::EndOld(DatabaseLink& link, const Step& step,
                                const std::vector<Blocker>& blockers, const StatementTag& tag) {
  const Duration least = link.engine().database().end_blockers_after;
  if (least.count() == 0) return {};
  for (const auto& blocker : blockers) {
    // The server itself ends what gives way, and readers are in the way of few.
    if (!blocker.holds || blocker.gives_way || blocker.age < least) continue;
    if (blocker.reads && step.lock != LockLevel::kAccessExclusive) continue;
    const std::string who = Shown(blocker);
    IL_RETURN_IF_ERROR(
        link.Append({EntryKind::kMilestone, tag.release, step.id, 1,
                     CanonicalJson({{"migration", step.migration}, {"ends", who}})}));
    const auto ended = link.session().EndSession(blocker.session);
    control_.reporter.Report(
        {"waiting",
         tag.release,
         tag.step,
         ended ? "ended, since it stood in the way for longer than end_blockers_after: " + who
               : "end_blockers_after asks to end what stands in the way, and that failed: " + who +
                     ": " + ended.error().message + "; " + ended.error().hint,
         {{"ended", ended.has_value()}, {"blockers", json::array({blocker.session})}}});
  }
  return {};
}

/// False when it is not there any more: somebody may have changed it since it was observed, and
/// what the catalog shows of an object that an open step touches is nobody else's drift.
Result<bool> StepRunner::RecordOutcome(DatabaseLink& link, const Step& step,
                                       const std::string& release, Observation seen) {
  IL_ASSIGN(const auto claim, SchemaClaim::Take(link, release, policy_.schema_claim_budget));
  IL_RETURN_IF_ERROR(link.Refresh());
  if (!IsBulk(step.action)) {
    IL_ASSIGN(seen, Observe(link, step));
    if (seen.state != Observed::kPresent) return false;
  }
  IL_ASSIGN(const auto catalog, link.session().ReadCatalog());
  IL_RETURN_IF_ERROR(link.RequireNoDrift(catalog, release, "during step " + step.id));
  const std::string text = CanonicalText(catalog);
  const Duration took = control_.clock.Elapsed() - started_;
  IL_RETURN_IF_ERROR(link.Append({EntryKind::kStepOutcome, release, step.id, 1,
                                  CanonicalJson({{"migration", step.migration},
                                                 {"observed", std::string(ToString(seen.state))},
                                                 {"detail", seen.detail},
                                                 {"fingerprint", Sha256(text)},
                                                 {"evidence", evidence_},
                                                 {"took_us", took.count()}})},
                                 text));
  control_.reporter.Report({"step.finished",
                            release,
                            step.id,
                            step.summary,
                            {{"phase", std::string(ToString(step.phase))},
                             {"took_us", took.count()},
                             {"evidence", evidence_}}});
  return true;
}

Result<void> StepRunner::RecordFailure(DatabaseLink& link, const Step& step,
                                       const std::string& release, const Error& error) {
  // A step that only looks has not failed: it is asked again by the next run.
  const EntryKind kind = step.only_looks ? EntryKind::kMilestone : EntryKind::kStepFailed;
  return link.Append(
      {kind, release, step.id, 1,
       CanonicalJson(
           {{"migration", step.migration}, {"error", ToString(error)}, {"code", error.code}})});
}

Error StepRunner::Halt(Move move, const Step& step, Recorded recorded,
                       const Observation& seen) const {
  const std::string shown = seen.detail.empty() ? std::string(ToString(seen.state)) : seen.detail;
  const std::string know = "the ledger says: " + std::string(ToString(recorded)) +
                           "; the server shows: " + std::string(ToString(seen.state));
  switch (move) {
    case Move::kHaltAdopt:
      return {ErrorKind::kRefused,
              "IL-R32",
              "Stopped before step " + step.id + ": it is there already and no step of ours did it",
              {shown, know},
              "right as it is?  interlock adopt " + step.id +
                  " --reason …   otherwise take it away and run again"};
    case Move::kHaltRetry:
      return {ErrorKind::kFailed,
              "IL-R33",
              "Step " + step.id + " failed before and is not there",
              {shown, know},
              "mend the cause, then  interlock retry " + step.id +
                  " --reason …   and run again; or interlock rollback"};
    case Move::kHaltConflict:
      return {
          ErrorKind::kRefused,
          "IL-R34",
          "Stopped before step " + step.id + ": something else is in its place",
          {shown, know},
          "rename or drop what is there, put back what is missing, or change the migration; then "
          "run again"};
    case Move::kHaltDrift:
      return {
          ErrorKind::kDrift,
          "IL-R35",
          "Step " + step.id + " was done, and the server does not show it any more",
          {shown, know},
          "put it back as it was, then run again; or take the release back: interlock rollback"};
    default:
      return {ErrorKind::kUndecidable,
              "IL-R36",
              "Stopped at step " + step.id + ": what is there cannot be told",
              {shown, know},
              "give the role the right to see it, or look by hand; then run again"};
  }
}

}  // namespace interlock
