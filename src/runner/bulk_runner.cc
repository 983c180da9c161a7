#include "runner/bulk_runner.h"

#include <algorithm>

#include "base/text.h"
#include "engine/backfill.h"
#include "engine/verify.h"

namespace interlock {
namespace {

using nlohmann::json;

const SyncSpec& SpecOf(const Step& step) {
  if (const auto* backfill = std::get_if<action::Backfill>(&step.action)) return backfill->spec;
  return std::get<action::Verify>(step.action).spec;
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
  if (!std::holds_alternative<action::Backfill>(step.action))
    return Observation{Observed::kAbsent, "rows are compared each time"};
  IL_ASSIGN(auto bulk, link.engine().ConnectBulk());
  IL_RETURN_IF_ERROR(bulk->Open(SpecOf(step), {"", step.id, 0}));
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
  return std::holds_alternative<action::Backfill>(step.action) ? Backfill(link, step, tag)
                                                               : Verify(link, step, tag);
}

Result<json> BulkRunner::Backfill(DatabaseLink& link, const Step& step, const StatementTag& tag) {
  const SyncSpec& spec = SpecOf(step);
  BulkHooks hooks;
  hooks.tick = [&]() -> Result<TickAnswer> {
    IL_RETURN_IF_ERROR(link.Beat());
    return control_.stop_requested() ? TickAnswer::kStop : TickAnswer::kContinue;
  };
  if (paused_) {
    Duration asked{-10'000'000};
    bool answer = false;
    hooks.paused = [this, &tag, asked, answer]() mutable {
      if (control_.clock.Elapsed() - asked > std::chrono::seconds(1)) {
        answer = paused_(tag.release);
        asked = control_.clock.Elapsed();
      }
      return answer;
    };
  }
  Meter meter(control_, tag, "backfill");
  hooks.progress = [&](const BulkProgress& progress) { meter.Show(progress); };
  IL_ASSIGN(hooks.estimated_rows, Estimate(link, spec.table));
  IL_ASSIGN(const auto counts,
            RunBackfill(Opener(link), spec, tag, link.engine().database().backfill, link.fence(),
                        hooks, control_.clock));
  return json{{"rows", counts.rows_seen},
              {"changed", counts.rows_changed},
              {"batches", counts.batches},
              {"retried", counts.retried}};
}

Result<json> BulkRunner::Verify(DatabaseLink& link, const Step& step, const StatementTag& tag) {
  const SyncSpec spec = CurrentSpec(link, SpecOf(step));
  BulkHooks hooks;
  hooks.tick = [&]() -> Result<TickAnswer> {
    IL_RETURN_IF_ERROR(link.Beat());
    return control_.stop_requested() ? TickAnswer::kStop : TickAnswer::kContinue;
  };
  Meter meter(control_, tag, "verify");
  hooks.progress = [&](const BulkProgress& progress) { meter.Show(progress); };
  IL_ASSIGN(hooks.estimated_rows, Estimate(link, spec.table));
  IL_ASSIGN(const auto counts, RunVerify(Opener(link), spec, tag, link.engine().database().backfill,
                                         hooks, control_.clock));
  if (counts.differing > 0)
    return Fail(ErrorKind::kVerification, "IL-R70",
                WithCommas(counts.differing) + " of " + WithCommas(counts.rows) + " rows of " +
                    ToString(spec.table) + " differ between old and new shape",
                "look at these rows; mend what wrote them (a trigger, a disabled sync), then run "
                "the same command again",
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
