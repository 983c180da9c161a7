#include "simulation/situations.h"

#include <stdexcept>

#include "ledger/fold.h"
#include "simulation/fake_steps.h"
#include "simulation/fake_triggers.h"
#include "simulation/scenario.h"

namespace interlock::simulation {
namespace {

/// A release that nobody disturbed: its steps, and what it leaves behind.
struct CleanRun {
  Step index;            ///< a step that stays: the concurrent build
  Step triggers;         ///< … and may be half done where each event has its own
  Step passing;          ///< one that a later one supersedes
  std::string followed;  ///< id of that later one
  std::string catalog;
};

DatabaseHistory HistoryOf(const FakeServer& server) {
  DatabaseHistory history;
  const auto chain = server.chains.find("main");
  if (chain != server.chains.end()) (void)Fold(history, chain->second);
  return history;
}

CleanRun MakeClean(const ServerKind& kind) {
  FakeServer server(kind);
  (void)RunOnce(server, StandardMoveTable());
  CleanRun run;
  const auto history = HistoryOf(server);
  for (const auto& step : history.migrations.at("0002-split-name").steps) {
    // NOT NULL's helper CHECK is dropped again; columns that were shown become NOT NULL.
    const bool passes = std::holds_alternative<action::AddNotNullCheck>(step.action) ||
                        std::holds_alternative<action::ShowColumns>(step.action);
    const auto* drops = std::get_if<action::DropConstraint>(&step.action);
    const auto* check = std::get_if<action::AddNotNullCheck>(&run.passing.action);
    const bool follows =
        kind.transactional_ddl
            ? drops != nullptr && check != nullptr && drops->name == check->name
            : std::holds_alternative<action::SetNotNull>(step.action) && run.followed.empty();
    if (passes && run.passing.id.empty()) run.passing = step;
    if (follows) run.followed = step.id;
    if (std::holds_alternative<action::CreateIndex>(step.action)) run.index = step;
    if (std::holds_alternative<action::InstallSync>(step.action)) run.triggers = step;
  }
  run.catalog = CanonicalText(server.catalog);
  return run;
}

const CleanRun& Clean(const ServerKind& kind) {
  static const CleanRun together = MakeClean(kTogether);
  static const CleanRun one_by_one = MakeClean(kOneByOne);
  return kind.transactional_ddl ? together : one_by_one;
}

/// The step that the situation is about.
const Step& Judged(const ServerKind& kind, const Situation& situation) {
  const CleanRun& clean = Clean(kind);
  if (situation.recorded == Recorded::kSuperseded) return clean.passing;
  // Without the triggers that were recorded, it is half done, since the same ones were to be there
  // before.
  const bool never =
      situation.recorded == Recorded::kSucceeded && situation.observed == Observed::kAbsent;
  return kind.transactional_ddl || never ? clean.index : clean.triggers;
}

/// The first run, cut where the ledger says so of the step.
void Record(FakeServer& server, const Situation& situation) {
  const Recorded recorded = situation.recorded;
  const std::string id = Judged(server.kind, situation).id;
  if (recorded == Recorded::kFailed) {
    server.refused_step = id;
  } else {
    server.on_append = [&server, recorded, id](const EntryDraft& draft, bool appended) {
      const bool intent = draft.kind == EntryKind::kStepIntent;
      const bool outcome = draft.kind == EntryKind::kStepOutcome;
      bool cut = false;
      switch (recorded) {
        case Recorded::kNothing:
          cut = intent && draft.step == id && !appended;
          break;
        case Recorded::kIntended:
          cut = intent && draft.step == id && appended;
          break;
        case Recorded::kSucceeded:
          cut = outcome && draft.step == id && appended;
          break;
        case Recorded::kSuperseded:
          cut = outcome && appended && draft.step == Clean(server.kind).followed;
          break;
        default:
          break;
      }
      if (cut) throw Crash{};
    };
  }
  try {
    (void)RunOnce(server, StandardMoveTable());
  } catch (const Crash&) {
  }
  server.on_append = nullptr;
  server.refused_step.clear();
  server.EndSessions();
}

void ArrangeIndex(FakeServer& server, const std::string& name, Observed observed) {
  auto& indexes = server.users().indexes;
  Index index;
  index.name = name;
  RemoveNamed(indexes, index.name);
  if (observed == Observed::kAbsent) return;
  index.definition = observed == Observed::kConflicting ? "another" : "index";
  index.valid = observed != Observed::kPartial;
  indexes.push_back(index);
}

void ArrangeTriggers(FakeServer& server, const std::vector<SyncSpec>& specs, Observed observed) {
  auto wanted = SyncTriggers(server.kind, specs);
  for (const auto& trigger : wanted) RemoveNamed(server.users().triggers, trigger.name);
  if (observed == Observed::kAbsent) return;
  if (observed == Observed::kPartial) wanted.pop_back();
  if (observed == Observed::kConflicting) wanted.front().definition = "another";
  for (const auto& trigger : wanted) CreateTrigger(server, trigger, specs);
}

/// What the server shows of the step from now on.
void Arrange(FakeServer& server, const Situation& situation) {
  const bool superseded = situation.recorded == Recorded::kSuperseded;
  const Step& step = Judged(server.kind, situation);
  const SyncContext sync{{}, ApplyToSync({}, step.action)};
  if (situation.observed == Observed::kRunning) {
    const bool done = superseded || situation.recorded == Recorded::kSucceeded;
    const Send at_once = [&server](const Statement& statement) { return statement.effect(server); };
    server.LeaveRunning(
        step, done ? std::function<void()>() : [&server, step, sync, at_once] {
          (void)CarryOut(server, step, sync, at_once);
        });
    return;
  }
  if (superseded || situation.observed == Observed::kUndecidable) {
    server.forced[step.id] = situation.observed;
    return;
  }
  if (const auto* create = std::get_if<action::CreateIndex>(&step.action)) {
    ArrangeIndex(server, create->definition.name, situation.observed);
  } else {
    ArrangeTriggers(server, sync.after, situation.observed);
  }
}

std::string JudgeHalt(const FakeServer& server, const Situation& situation,
                      const Result<DeployResult>& result, const std::string& catalog_before) {
  if (result) return "it went on to " + std::string(ToString(result->state));
  if (result.error().code != situation.wanted)
    return "it stopped with " + result.error().code + ": " + result.error().message;
  if (server.AnythingRuns()) return "it did not wait for what still runs";
  if (situation.observed != Observed::kRunning && CanonicalText(server.catalog) != catalog_before)
    return "it changed something before it stopped";
  return "";
}

std::string JudgeGoal(const FakeServer& server, const Result<DeployResult>& result) {
  if (!result) return "it stopped with " + result.error().code + ": " + result.error().message;
  if (result->state != ReleaseState::kFinished)
    return "it ended as " + std::string(ToString(result->state));
  if (CanonicalText(server.catalog) != Clean(server.kind).catalog)
    return "it ended with another catalog";
  const auto open = HistoryOf(server).OpenIntents();
  return open.empty() ? "" : "it ended with an open intent of " + open.front();
}

}  // namespace

const std::vector<Situation>& AllSituations() {
  using enum Recorded;
  using enum Observed;
  static const std::vector<Situation> all{
      {kNothing, kAbsent, ""},
      {kNothing, kPartial, "IL-R32"},
      {kNothing, kPresent, "IL-R32"},
      {kNothing, kRunning, "IL-R32"},  // waits; then it is there, and not by a step of ours
      {kNothing, kConflicting, "IL-R34"},
      {kNothing, kUndecidable, "IL-R36"},
      {kIntended, kAbsent, ""},
      {kIntended, kPartial, ""},
      {kIntended, kPresent, ""},
      {kIntended, kRunning, ""},
      {kIntended, kConflicting, "IL-R34"},
      {kIntended, kUndecidable, "IL-R36"},
      {kSucceeded, kAbsent, "IL-R35"},
      {kSucceeded, kPartial, "IL-R35"},
      {kSucceeded, kPresent, ""},
      {kSucceeded, kRunning, ""},
      {kSucceeded, kConflicting, "IL-R35"},
      {kSucceeded, kUndecidable, "IL-R36"},
      {kFailed, kAbsent, "IL-R33"},
      {kFailed, kPartial, "IL-R33"},
      {kFailed, kPresent, "IL-R32"},
      {kFailed, kRunning, "IL-R32"},
      {kFailed, kConflicting, "IL-R34"},
      {kFailed, kUndecidable, "IL-R36"},
      {kSuperseded, kAbsent, ""},
      {kSuperseded, kPartial, ""},
      {kSuperseded, kPresent, ""},
      {kSuperseded, kRunning, ""},
      {kSuperseded, kConflicting, ""},
      {kSuperseded, kUndecidable, ""},
  };
  return all;
}

std::string Play(const Situation& situation, const MoveTable& table, const ServerKind& kind) {
  FakeServer server(kind);
  Record(server, situation);
  Arrange(server, situation);
  constexpr int kManyOperations = 2'000;
  server.most_operations = server.operations + kManyOperations;
  const std::string before = CanonicalText(server.catalog);
  std::string wrong;
  try {
    const auto result = RunOnce(server, table);
    wrong = situation.wanted.empty() ? JudgeGoal(server, result)
                                     : JudgeHalt(server, situation, result, before);
  } catch (const Endless&) {
    return "it never ends";
  } catch (const std::out_of_range& error) {
    return std::string("it relies on what no entry says: ") + error.what();
  }
  return server.violations.empty() ? wrong : server.violations.front();
}

}  // namespace interlock::simulation
