#include "simulation/situations.h"

#include <algorithm>

#include "ledger/fold.h"
#include "simulation/fake_steps.h"
#include "simulation/scenario.h"

namespace interlock::simulation {
namespace {

const TableName kTable{"public", "users"};

/// A release that nobody disturbed: its steps, and what it leaves behind.
struct CleanRun {
  Step index;   ///< a step that stays: the concurrent build
  Step helper;  ///< a step that a later one takes away again: NOT NULL's CHECK
  std::string catalog;
};

DatabaseHistory HistoryOf(const FakeServer& server) {
  DatabaseHistory history;
  const auto chain = server.chains.find("main");
  if (chain != server.chains.end()) (void)Fold(history, chain->second);
  return history;
}

const CleanRun& Clean() {
  static const CleanRun clean = [] {
    FakeServer server;
    (void)RunOnce(server, StandardMoveTable());
    CleanRun run;
    const auto history = HistoryOf(server);
    for (const auto& step : history.migrations.at("0002-split-name").steps) {
      if (std::holds_alternative<action::CreateIndex>(step.action)) run.index = step;
      if (std::holds_alternative<action::AddNotNullCheck>(step.action) && run.helper.id.empty())
        run.helper = step;
    }
    run.catalog = CanonicalText(server.catalog);
    return run;
  }();
  return clean;
}

/// The step that takes the helper away.
bool TakesHelperAway(const FakeServer& server, const std::string& step) {
  const auto history = HistoryOf(server);
  const Step* known = history.FindStep(step);
  const auto* drop =
      known == nullptr ? nullptr : std::get_if<action::DropConstraint>(&known->action);
  return drop != nullptr &&
         drop->name == std::get<action::AddNotNullCheck>(Clean().helper.action).name;
}

/// The first run, cut where the ledger says `recorded` of the step.
void Record(FakeServer& server, Recorded recorded) {
  const std::string id = Clean().index.id;
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
          cut = outcome && appended && TakesHelperAway(server, draft.step);
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

/// What the server shows of the step from now on.
void Arrange(FakeServer& server, const Situation& situation) {
  const bool superseded = situation.recorded == Recorded::kSuperseded;
  const Step& step = superseded ? Clean().helper : Clean().index;
  if (situation.observed == Observed::kRunning) {
    const bool done = superseded || situation.recorded == Recorded::kSucceeded;
    const Send at_once = [&server](const Statement& statement) { return statement.effect(server); };
    server.LeaveRunning(
        step, done ? std::function<void()>()
                   : [&server, step, at_once] { (void)CarryOut(server, step, {}, at_once); });
    return;
  }
  if (superseded || situation.observed == Observed::kUndecidable) {
    server.forced[step.id] = situation.observed;
    return;
  }
  auto& indexes = server.catalog.tables[kTable].indexes;
  const std::string name = std::get<action::CreateIndex>(step.action).definition.name;
  std::erase_if(indexes, [&](const Index& index) { return index.name == name; });
  if (situation.observed == Observed::kAbsent) return;
  Index index;
  index.name = name;
  index.definition = situation.observed == Observed::kConflicting ? "another" : "index";
  index.valid = situation.observed != Observed::kPartial;
  indexes.push_back(index);
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
  if (CanonicalText(server.catalog) != Clean().catalog) return "it ended with another catalog";
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

std::string Play(const Situation& situation, const MoveTable& table) {
  FakeServer server;
  Record(server, situation.recorded);
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
  }
  return server.violations.empty() ? wrong : server.violations.front();
}

}  // namespace interlock::simulation
