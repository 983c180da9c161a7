#include "runner/bulk_runner.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "engine/backfill.h"
#include "engine/bulk_run.h"
#include "engine/verify.h"

namespace interlock {
namespace {

using nlohmann::json;

/// What the step's bulk sessions work on.
BulkTask TaskOf(const Step& step) {
  if (const auto* backfill = std::get_if<action::Backfill>(&step.action)) return backfill->spec;
  if (const auto* verify = std::get_if<action::Verify>(&step.action)) return verify->spec;
  return *AlterationOf(step.action);
}

OpenBulk Opener(DatabaseLink& link) {
  return [&engine = link.engine()] { return engine.ConnectBulk(); };
}

/// The spec as it stands now: a quarantine may have renamed its columns.
SyncSpec CurrentSpec(DatabaseLink& link, const SyncSpec& spec) {
  for (const auto& active : link.history().ActiveSpecs(spec.table))
    if (active.id == spec.id) return active;
  return spec;
}

/// Progress with a rate over the time of this call.
class Meter {
 public:
  Meter(RunControl& control, const StatementTag& tag, std::string phase)
      : control_(control), tag_(tag), phase_(std::move(phase)), started_(control.clock.Elapsed()) {}

  void Show(const BulkProgress& progress) {
    const auto rows = progress.counts.rows_seen;
    if (first_ < 0) first_ = rows;
    const auto took = (control_.clock.Elapsed() - started_).count();
    const auto rate = took > 0 ? (rows - first_) * 1'000'000 / took : 0;
    control_.reporter.Report(
        {"progress",
         tag_.release,
         tag_.step,
         progress.pause.empty() ? phase_ : phase_ + " pauses: " + progress.pause,
         {{"phase", phase_},
          {"rows", rows},
          {"total", std::max(progress.estimated_rows, rows)},
          {"rate", rate},
          {"pause", progress.pause},
          {"skipped_ranges", progress.skipped_ranges}}});
  }

 private:
  RunControl& control_;
  const StatementTag& tag_;
  std::string phase_;
  Duration started_;
  std::int64_t first_ = -1;
};

}  // namespace

Result<Observation> BulkRunner::Observe(DatabaseLink& link, const Step& step) {
  if (AlterationOf(step.action) != nullptr) {
    IL_ASSIGN(Observation seen, link.session().Observe(step, {}));
    if (seen.state != Observed::kAbsent) return seen;
  }
  if (std::holds_alternative<action::Verify>(step.action) ||
      std::holds_alternative<action::CompareRows>(step.action))
    return Observation{Observed::kAbsent, "rows are compared each time"};
  IL_ASSIGN(auto bulk, link.engine().ConnectBulk());
  IL_RETURN_IF_ERROR(bulk->Open(TaskOf(step), {"", step.id, 0}));
  IL_ASSIGN(const auto segments, bulk->Segments());
  if (segments.empty()) return Observation{Observed::kAbsent, "no checkpoint yet"};
  const bool whole = !segments.back().range.upto.has_value();
  const auto done = std::count_if(segments.begin(), segments.end(),
                                  [](const Segment& segment) { return segment.done; });
  const std::string detail = std::to_string(done) + " of " + std::to_string(segments.size()) +
                             " segments are done" + (whole ? "" : ", more to come");
  if (whole && done == static_cast<std::ptrdiff_t>(segments.size()))
    return Observation{Observed::kPresent, detail};
  return Observation{Observed::kPartial, detail};
}

Result<std::int64_t> BulkRunner::Estimate(DatabaseLink& link, const TableName& table) {
  IL_ASSIGN(const auto catalog, link.session().ReadCatalog());
  const auto* found = catalog.FindTable(table);
  return found == nullptr ? std::int64_t{0} : std::max<std::int64_t>(found->row_estimate, 0);
}

Result<json> BulkRunner::Execute(DatabaseLink& link, const Step& step, const StatementTag& tag) {
  if (const auto* copy = std::get_if<action::CopyRows>(&step.action))
    return Copy(link, copy->alteration, tag);
  if (const auto* compare = std::get_if<action::CompareRows>(&step.action))
    return Compare(link, compare->alteration, tag);
  if (const auto* verify = std::get_if<action::Verify>(&step.action))
    return Verify(link, CurrentSpec(link, verify->spec), tag);
  return Backfill(link, TaskOf(step), tag);
}

BulkHooks BulkRunner::Hooks(DatabaseLink& link, const StatementTag& tag) {
  BulkHooks hooks;
  hooks.tick = [this, &link]() -> Result<TickAnswer> {
    IL_RETURN_IF_ERROR(link.Beat());
    return control_.stop_requested() ? TickAnswer::kStop : TickAnswer::kContinue;
  };
  if (!paused_) return hooks;
  Duration asked{-10'000'000};
  bool answer = false;
  hooks.paused = [this, &tag, asked, answer]() mutable {
    if (control_.clock.Elapsed() - asked > std::chrono::seconds(1)) {
      answer = paused_(tag.release);
      asked = control_.clock.Elapsed();
    }
    return answer;
  };
  return hooks;
}

Result<json> BulkRunner::Backfill(DatabaseLink& link, const BulkTask& task,
                                  const StatementTag& tag) {
  BulkHooks hooks = Hooks(link, tag);
  Meter meter(control_, tag, std::holds_alternative<SyncSpec>(task) ? "backfill" : "copy");
  hooks.progress = [&](const BulkProgress& progress) { meter.Show(progress); };
  IL_ASSIGN(hooks.estimated_rows, Estimate(link, TableOf(task)));
  IL_ASSIGN(const auto counts,
            RunBackfill(Opener(link), task, tag, link.engine().database().backfill, link.fence(),
                        hooks, control_.clock));
  return json{{"rows", counts.rows_seen},
              {"changed", counts.rows_changed},
              {"batches", counts.batches},
              {"retried", counts.retried}};
}

Result<VerifyCounts> BulkRunner::Look(DatabaseLink& link, const BulkTask& task,
                                      const StatementTag& tag, int sessions) {
  BulkHooks hooks = Hooks(link, tag);
  hooks.paused = nullptr;
  Meter meter(control_, tag, "verify");
  hooks.progress = [&](const BulkProgress& progress) { meter.Show(progress); };
  IL_ASSIGN(hooks.estimated_rows, Estimate(link, TableOf(task)));
  BackfillSettings settings = link.engine().database().backfill;
  settings.workers = sessions;
  return RunVerify(Opener(link), task, tag, settings, hooks, control_.clock);
}

Result<void> BulkRunner::CatchUpWith(DatabaseLink& link, const Alteration& alteration,
                                     const StatementTag& tag) {
  IL_ASSIGN(auto bulk, link.engine().ConnectBulk());
  IL_RETURN_IF_ERROR(bulk->Open(alteration, tag));
  constexpr int kMostTries = 12;
  const BulkHooks hooks = Hooks(link, tag);
  const Duration max_lag = link.engine().database().backfill.max_replica_lag;
  const int nice = link.engine().database().backfill.nice_ratio;
  std::int64_t rows = 0;
  int failed = 0;
  Duration told = control_.clock.Elapsed();
  Duration pause = std::chrono::milliseconds(50);
  while (true) {
    IL_RETURN_IF_ERROR(CheckStop(control_, "while what was written meanwhile is brought over"));
    IL_RETURN_IF_ERROR(link.Beat());
    const bool tell = control_.clock.Elapsed() - told >= std::chrono::seconds(1);
    std::optional<std::string> reason;
    if (tell && hooks.paused && hooks.paused()) reason = "a person paused the release";
    if (tell && !reason) {
      IL_ASSIGN(reason, bulk->PauseReason(max_lag));
    }
    if (tell) {
      control_.reporter.Report(
          {"progress",
           tag.release,
           tag.step,
           WithCommas(rows) + " changes made meanwhile are brought over" +
               (reason ? "; pauses: " + *reason : ""),
           {{"phase", "catch up"}, {"changes", rows}, {"pause", reason.value_or("")}}});
      if (!reason) told = control_.clock.Elapsed();
    }
    if (reason) {
      control_.clock.Sleep(std::chrono::milliseconds(200));
      continue;
    }
    const Duration began = control_.clock.Elapsed();
    auto settled = bulk->CatchUp(link.fence());
    if (!settled) {
      if (settled.error().kind != ErrorKind::kTransient || ++failed == kMostTries)
        return Fail(std::move(settled).error());
      control_.clock.Sleep(pause);
      pause = std::min<Duration>(pause * 2, std::chrono::seconds(5));
      continue;
    }
    failed = 0;
    pause = std::chrono::milliseconds(50);
    // What is left then is brought over by the step that needs all of it.
    if (*settled < kFewChanges) return {};
    rows += *settled;
    constexpr Duration kMostRest = std::chrono::seconds(1);  // or the claims would seem abandoned
    control_.clock.Sleep(std::min<Duration>((control_.clock.Elapsed() - began) * nice, kMostRest));
  }
}

Result<std::future<Result<void>>> BulkRunner::BuildKeys(DatabaseLink& link,
                                                        const Alteration& alteration,
                                                        const StatementTag& tag) {
  IL_ASSIGN(auto bulk, link.engine().ConnectBulk());
  IL_RETURN_IF_ERROR(bulk->Open(alteration, tag));
  if (!bulk->Unfinished()) return std::future<Result<void>>();
  return std::async(std::launch::async,
                    [&clock = control_.clock, bulk = std::move(bulk), fence = link.fence()] {
                      Throttle throttle(clock);
                      return Insist(throttle, [&] { return bulk->Finish(fence); });
                    });
}

Result<void> BulkRunner::AwaitKeys(std::future<Result<void>>& keys, DatabaseLink& link,
                                   const StatementTag& tag) {
  Result<void> held;
  Duration told = control_.clock.Elapsed();
  while (keys.wait_for(std::chrono::milliseconds(200)) != std::future_status::ready) {
    if (held) held = link.Beat();
    if (control_.clock.Elapsed() - told < std::chrono::seconds(1)) continue;
    told = control_.clock.Elapsed();
    control_.reporter.Report({"progress",
                              tag.release,
                              tag.step,
                              "the server builds the keys that are not unique",
                              {{"phase", "keys"}, {"pause", ""}}});
  }
  auto built = keys.get();
  return held ? built : held;
}

Result<VerifyCounts> BulkRunner::CaughtUpAndCompared(DatabaseLink& link,
                                                     const Alteration& alteration,
                                                     const StatementTag& tag, int sessions) {
  IL_RETURN_IF_ERROR(CatchUpWith(link, alteration, tag));
  return Look(link, alteration, tag, sessions);
}

Result<void> BulkRunner::CatchUp(DatabaseLink& link, const Step& step, const StatementTag& tag) {
  const Alteration* alteration = AlterationOf(step.action);
  if (alteration == nullptr) return {};
  const bool forward = std::holds_alternative<action::CutOver>(step.action);
  auto done = CatchUpWith(link, forward ? *alteration : alteration->Inverse(), tag);
  // No copy stands aside; whether one should, the step itself will tell.
  if (!done && done.error().code == "IL-E73") return {};
  return done;
}

Result<json> BulkRunner::Copy(DatabaseLink& link, const Alteration& alteration,
                              const StatementTag& tag) {
  IL_ASSIGN(json evidence, Backfill(link, alteration, tag));
  IL_RETURN_IF_ERROR(CatchUpWith(link, alteration, tag));
  return evidence;
}

/// What differs is copied again, and must agree then.  Where more than one session may work, one
/// has the server build the keys that came late while the others compare.
Result<json> BulkRunner::Compare(DatabaseLink& link, const Alteration& alteration,
                                 const StatementTag& tag) {
  const int sessions = link.engine().database().backfill.workers;
  IL_ASSIGN(auto keys, BuildKeys(link, alteration, tag));
  if (keys.valid() && sessions == 1) IL_RETURN_IF_ERROR(AwaitKeys(keys, link, tag));
  auto compared = CaughtUpAndCompared(link, alteration, tag, sessions - (keys.valid() ? 1 : 0));
  if (keys.valid()) IL_RETURN_IF_ERROR(AwaitKeys(keys, link, tag));
  IL_ASSIGN(VerifyCounts counts, std::move(compared));
  const std::int64_t repaired = counts.differing;
  if (repaired > 0) {
    IL_ASSIGN(counts, CaughtUpAndCompared(link, alteration, tag, sessions));
  }
  if (counts.differing > 0)
    return Fail(ErrorKind::kVerification, "IL-R73",
                WithCommas(counts.differing) + " of " + WithCommas(counts.rows) + " rows of " +
                    ToString(alteration.table) +
                    " do not keep their values in the new shape: they would be cut, rounded or "
                    "changed",
                "correct these rows, or widen the column's type in the migration; interlock "
                "rollback leaves the table as it was",
                counts.first_differing);
  return json{{"rows", counts.rows}, {"repaired", repaired}};
}

Result<json> BulkRunner::Verify(DatabaseLink& link, const SyncSpec& spec, const StatementTag& tag) {
  IL_ASSIGN(const auto counts, Look(link, spec, tag, link.engine().database().backfill.workers));
  if (counts.differing > 0)
    return Fail(
        ErrorKind::kVerification, "IL-R70",
        WithCommas(counts.differing) + " of " + WithCommas(counts.rows) + " rows of " +
            ToString(spec.table) + " differ between old and new shape",
        "look at these rows and mend what wrote them (a trigger, a disabled sync); any UPDATE "
        "of them brings them into agreement; then run the same command again",
        counts.first_differing);
  if (counts.lossy > 0 && !spec.lossy)
    return Fail(ErrorKind::kVerification, "IL-R71",
                WithCommas(counts.lossy) + " of " + WithCommas(counts.rows) + " rows of " +
                    ToString(spec.table) +
                    " do not survive the round trip: down(up(old)) is not old",
                "mend `up` and `down`, or accept the loss with lossy = \"reason\" in the change; "
                "interlock rollback takes the expand back",
                counts.first_lossy);
  return json{{"rows", counts.rows}, {"differing", counts.differing}, {"lossy", counts.lossy}};
}

}  // namespace interlock
