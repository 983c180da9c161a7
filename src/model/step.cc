#include "model/step.h"

#include <array>
#include <utility>

namespace interlock {
namespace {

constexpr std::array<std::pair<LockLevel, std::string_view>, 5> kLocks{{
    {LockLevel::kNone, "none"},
    {LockLevel::kRowLocks, "row locks"},
    {LockLevel::kShareUpdateExclusive, "share update exclusive"},
    {LockLevel::kShareRowExclusive, "share row exclusive"},
    {LockLevel::kAccessExclusive, "access exclusive"},
}};

constexpr std::array<std::pair<Observed, std::string_view>, 6> kObserved{{
    {Observed::kAbsent, "absent"},
    {Observed::kPartial, "partial"},
    {Observed::kPresent, "present"},
    {Observed::kRunning, "running"},
    {Observed::kConflicting, "conflicting"},
    {Observed::kUndecidable, "undecidable"},
}};

/// How an undoing action runs; what is not named here is short DDL in one transaction.
class UndoManner {
 public:
  explicit UndoManner(Step& step) : step_(step) {}

  void operator()(const action::CreateIndex& create) {
    if (create.concurrently) Concurrently();
  }
  void operator()(const action::DropIndex&) { Concurrently(); }
  void operator()(const action::CopyIndex&) { Concurrently(); }
  void operator()(const action::ValidateConstraint&) {
    step_.lock = LockLevel::kShareUpdateExclusive;
    step_.waits = true;
    step_.only_looks = true;
  }
  void operator()(const action::Analyze&) {
    step_.lock = LockLevel::kShareUpdateExclusive;
    step_.only_looks = true;
  }
  void operator()(const action::Verify&) {
    step_.lock = LockLevel::kNone;
    step_.only_looks = true;
  }
  void operator()(const action::Backfill&) { InBatches(); }
  void operator()(const action::CopyRows&) { InBatches(); }
  void operator()(const action::CompareRows&) { InBatches(); }
  void operator()(const action::SwapBack&) { Concurrently(); }
  void operator()(const action::UndoAlter&) { Concurrently(); }
  void operator()(const action::RunSql& run) { step_.transactional = run.step.transaction; }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  void InBatches() {
    step_.lock = LockLevel::kRowLocks;
    step_.transactional = false;
  }
  void Concurrently() {
    step_.lock = LockLevel::kShareUpdateExclusive;
    step_.waits = true;
    step_.transactional = false;
  }

  Step& step_;
};

Step UndoStep(const Step& done) {
  Step step;
  step.id = done.id + "/undo";
  step.migration = done.migration;
  step.phase = done.phase;
  step.action = *done.undo;
  step.touches = done.touches;
  step.lock = LockLevel::kAccessExclusive;
  step.summary = "undo: " + done.summary;
  std::visit(UndoManner(step), step.action);
  // Where a step's own DDL stands in no transaction, that of its undoing does not either.
  if (!done.transactional) step.transactional = false;
  return step;
}

}  // namespace

std::string_view ToString(LockLevel lock) {
  for (const auto& [value, text] : kLocks)
    if (value == lock) return text;
  return "access exclusive";
}

std::string_view ToString(Observed observed) {
  for (const auto& [value, text] : kObserved)
    if (value == observed) return text;
  return "undecidable";
}

std::vector<Step> UndoSteps(const std::vector<Step>& done) {
  std::vector<Step> out;
  for (auto step = done.rbegin(); step != done.rend(); ++step)
    if (step->undo) out.push_back(UndoStep(*step));
  return out;
}

}  // namespace interlock
