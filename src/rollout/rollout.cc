#include "rollout/rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "interlocking/message.h"
#include "rollout/batches.h"

namespace interlock {
namespace {

using What = RolloutProgress::What;

constexpr Duration kSlice = std::chrono::milliseconds(100);

std::string Running(const std::map<std::string, std::string>& running, const std::string& name) {
  const auto found = running.find(name);
  return found == running.end() ? "" : found->second;
}

}  // namespace

std::string_view ToString(RolloutProgress::What what) {
  switch (what) {
    case What::kBatch:
      return "batch";
    case What::kDrain:
      return "drain";
    case What::kStop:
      return "stop";
    case What::kStart:
      return "start";
    case What::kWaitHealthy:
      return "wait for health";
    case What::kUndrain:
      return "undrain";
    case What::kMoved:
      return "moved";
    case What::kBake:
      return "bake";
    case What::kPutBack:
      return "put back";
  }
  return "batch";
}

std::vector<std::string> UnfinishedInstances(std::span<const RolloutEntry> entries) {
  std::map<std::string, bool> finished;
  for (const auto& entry : entries)
    finished[entry.instance] = entry.kind == RolloutEntry::Kind::kOutcome && entry.succeeded;
  std::vector<std::string> unfinished;
  for (const auto& [instance, done] : finished)
    if (!done) unfinished.push_back(instance);
  return unfinished;
}

RolloutRunner::RolloutRunner(RolloutRequest request, Driver& driver, Clock& clock,
                             RolloutHooks hooks)
    : request_(std::move(request)),
      driver_(driver),
      clock_(clock),
      hooks_(std::move(hooks)),
      unfinished_(request_.unfinished.begin(), request_.unfinished.end()) {}

Result<RolloutOutcome> RolloutRunner::Run() {
  std::optional<size_t> baked;  // the last batch baked in this call
  size_t told = 0;
  for (;;) {
    IL_RETURN_IF_ERROR(HonourStop());
    IL_ASSIGN(const auto world, Look());
    size_t batch = 0;
    const auto instance = NextInstance(world, batch);
    IL_ASSIGN(const auto gone, CheckConfirmed(world));
    if (gone) return Fail(PutBack(world, std::min(batch, world.sets.size() - 1), *gone));

    // Before the next batch, and after the last one, the one before it bakes.
    const bool all_done = instance.empty();
    if (batch > 0 && baked != batch - 1) {
      const auto& set = world.sets[batch - 1];
      const bool touched = std::any_of(
          set.begin(), set.end(), [&](const auto& member) { return Contains(moved_, member); });
      if (touched || !all_done) {
        IL_ASSIGN(const auto failure, Bake(world, batch - 1));
        if (failure) return Fail(PutBack(world, batch - 1, *failure));
        baked = batch - 1;
        continue;
      }
    }
    if (all_done) {
      RolloutOutcome outcome;
      for (const auto& set : world.sets)
        outcome.instances.insert(outcome.instances.end(), set.begin(), set.end());
      outcome.moved = moved_;
      return outcome;
    }
    progress_.batch = batch + 1;
    if (told != progress_.batch) Tell(What::kBatch, "", request_.to);
    told = progress_.batch;
    IL_ASSIGN(const auto failure, Carry(world, instance));
    if (failure) return Fail(PutBack(world, batch, *failure));
  }
}

Result<RolloutRunner::World> RolloutRunner::Look() {
  IL_ASSIGN(const auto listed, driver_.List());
  World world;
  std::vector<std::string> members = driver_.FixedInstances();
  std::vector<std::string> others;
  for (const auto& instance : listed) {
    world.running[instance.name] = instance.version;
    members.push_back(instance.name);
    if (!instance.version.empty() && instance.version != request_.from &&
        instance.version != request_.to)
      others.push_back(instance.name + " runs " + instance.version);
  }
  if (!others.empty())
    return Fail(ErrorKind::kRefused, "IL-A10",
                fmt::format("{} runs a version that is neither {} nor {}", request_.app,
                            request_.from.empty() ? "none" : request_.from, request_.to),
                "finish or roll back what brought it there first", std::move(others));
  members.insert(members.end(), unfinished_.begin(), unfinished_.end());
  members.insert(members.end(), confirmed_.begin(), confirmed_.end());
  members = InNaturalOrder(std::move(members));
  progress_.total = members.size();
  progress_.done = static_cast<size_t>(
      std::count_if(world.running.begin(), world.running.end(),
                    [&](const auto& entry) { return entry.second == request_.to; }));
  world.sets = BatchSets(members, request_.batches);
  progress_.batches = world.sets.size();
  return world;
}

Result<std::optional<RolloutRunner::Failure>> RolloutRunner::CheckConfirmed(
    const World& world) const {
  for (const auto& instance : confirmed_) {
    const auto found = world.running.find(instance);
    if (found == world.running.end())
      return Failure{instance, fmt::format("{} is no longer listed", instance), {}};
    if (found->second.empty())
      return Failure{instance, fmt::format("{} no longer shows {}", instance, request_.to), {}};
    if (found->second != request_.to)
      return Fail(ErrorKind::kUndecidable, "IL-A14",
                  fmt::format("{} was reported healthy at {}, but is listed with {}", instance,
                              request_.to, found->second),
                  "see whether the driver's commands speak of the same instances");
  }
  return std::nullopt;
}

// What is down because of us goes first, so that never two are; then the first batch that is not
// done.  "" when all are, with `batch` behind the last one.
std::string RolloutRunner::NextInstance(const World& world, size_t& batch) const {
  for (batch = 0; batch < world.sets.size(); ++batch)
    for (const auto& instance : world.sets[batch])
      if (unfinished_.contains(instance) && Running(world.running, instance).empty())
        return instance;
  for (batch = 0; batch < world.sets.size(); ++batch)
    for (const auto& instance : world.sets[batch])
      if (!confirmed_.contains(instance)) return instance;
  return "";
}

RolloutRunner::Attempt RolloutRunner::Carry(const World& world, const std::string& instance) {
  if (Running(world.running, instance) == request_.to)
    return Settle(instance, request_.to, request_.to, Direction::kForward);
  if (const auto gate = hooks_.may_start(request_.to); !gate.open) {
    const bool down = unfinished_.contains(instance) && !world.running.contains(instance);
    if (!down) return Fail(ToError(gate));
    return Fail(RefusedWhileDown(instance, "", gate, Direction::kForward));
  }
  return Replace(world, instance, request_.to, Direction::kForward);
}

RolloutRunner::Attempt RolloutRunner::Replace(const World& world, const std::string& instance,
                                              const std::string& version, Direction direction) {
  const auto running = Running(world.running, instance);
  IL_RETURN_IF_ERROR(Record({.kind = RolloutEntry::Kind::kIntent,
                             .app = request_.app,
                             .instance = instance,
                             .from = running,
                             .to = version,
                             .put_back = direction == Direction::kPutBack,
                             .succeeded = false,
                             .detail = ""}));
  if (world.running.contains(instance)) {
    IL_ASSIGN(auto failure, TakeDown(instance));
    if (failure) return RecordFailure(instance, running, version, direction, std::move(*failure));
  }
  if (const auto gate = hooks_.may_start(version); !gate.open)
    return Fail(RefusedWhileDown(instance, running, gate, direction));
  return StartAndSettle(instance, running, version, direction);
}

RolloutRunner::Attempt RolloutRunner::TakeDown(const std::string& instance) {
  if (driver_.CanDrain()) {
    Tell(What::kDrain, instance, "");
    if (const auto drained = driver_.Drain(instance); !drained)
      return FailureOrError(instance, drained.error());
  }
  Tell(What::kStop, instance, "");
  if (const auto stopped = driver_.Stop(instance); !stopped)
    return FailureOrError(instance, stopped.error());
  return std::nullopt;
}

RolloutRunner::Attempt RolloutRunner::StartAndSettle(const std::string& instance,
                                                     const std::string& running,
                                                     const std::string& version,
                                                     Direction direction) {
  Tell(What::kStart, instance, version);
  const auto started = driver_.Start(instance, version);
  // One that took too long may be up all the same: its health says so.
  if (!started && started.error().kind != ErrorKind::kTransient) {
    IL_ASSIGN(auto failure, FailureOrError(instance, started.error()));
    return RecordFailure(instance, running, version, direction, std::move(*failure));
  }
  return Settle(instance, running, version, direction);
}

// From being up at `version` to serving, with the outcome recorded.
RolloutRunner::Attempt RolloutRunner::Settle(const std::string& instance,
                                             const std::string& running, const std::string& version,
                                             Direction direction) {
  const bool ours = unfinished_.contains(instance);
  const bool stoppable = direction == Direction::kForward && !driver_.CanDrain();
  IL_ASSIGN(auto failure, AwaitHealth(instance, version, stoppable));
  if (!failure && ours && driver_.CanDrain()) {
    Tell(What::kUndrain, instance, "");
    if (const auto undrained = driver_.Undrain(instance); !undrained) {
      IL_ASSIGN(failure, FailureOrError(instance, undrained.error()));
    }
  }
  if (failure) return RecordFailure(instance, running, version, direction, std::move(*failure));
  if (ours)
    IL_RETURN_IF_ERROR(Record({.kind = RolloutEntry::Kind::kOutcome,
                               .app = request_.app,
                               .instance = instance,
                               .from = running,
                               .to = version,
                               .put_back = direction == Direction::kPutBack,
                               .succeeded = true,
                               .detail = ""}));
  if (direction == Direction::kForward) {
    confirmed_.insert(instance);
    if (ours) {
      moved_.push_back(instance);
      ++progress_.done;
      Tell(What::kMoved, instance, version);
    }
  }
  return std::nullopt;
}

// The rule changed its mind between stop and start: what ran before comes up again if it may.
Error RolloutRunner::RefusedWhileDown(const std::string& instance, const std::string& running,
                                      const GateResult& gate, Direction direction) {
  Error error = ToError(gate);
  if (direction == Direction::kForward && !request_.from.empty() &&
      hooks_.may_start(request_.from).open) {
    const auto back = StartAndSettle(instance, running, request_.from, Direction::kPutBack);
    if (back && !*back) {
      error.details.push_back(fmt::format("{} runs {} again", instance, request_.from));
      return error;
    }
    error.details.push_back(back ? (*back)->why : back.error().message);
  }
  error.kind = ErrorKind::kStopped;
  error.details.insert(error.details.begin(), error.message + "  [" + error.code + "]");
  error.code = "IL-A13";
  error.message = fmt::format("{} is down, and what was to run there may not be started", instance);
  return error;
}

RolloutRunner::Attempt RolloutRunner::AwaitHealth(const std::string& instance,
                                                  const std::string& version, bool stoppable) {
  Tell(What::kWaitHealthy, instance, version);
  const auto deadline = clock_.Elapsed() + driver_.timeout();
  for (;;) {
    auto health = driver_.Healthy(instance, version);
    if (!health) {
      if (health.error().kind != ErrorKind::kTransient)
        return FailureOrError(instance, health.error());
      health = Health{false, health.error().message};
    }
    if (health->healthy) return std::nullopt;
    if (clock_.Elapsed() >= deadline)
      return Failure{instance,
                     fmt::format("{} {} was not healthy within {}", instance, version,
                                 FormatDuration(driver_.timeout())),
                     {health->why}};
    IL_RETURN_IF_ERROR(Wait(request_.health_poll, stoppable));
  }
}

RolloutRunner::Attempt RolloutRunner::Bake(const World& world, size_t batch) {
  progress_.batch = batch + 1;
  if (request_.bake <= Duration::zero()) return std::nullopt;
  Tell(What::kBake, "", request_.to);
  const auto deadline = clock_.Elapsed() + request_.bake;
  for (;;) {
    for (const auto& set : world.sets) {
      for (const auto& instance : set) {
        if (!confirmed_.contains(instance)) continue;
        const auto health = driver_.Healthy(instance, request_.to);
        if (!health && health.error().kind != ErrorKind::kTransient)
          return FailureOrError(instance, health.error());
        if (health && health->healthy) continue;
        return Failure{instance,
                       fmt::format("{} {} did not stay healthy", instance, request_.to),
                       {health ? health->why : health.error().message}};
      }
    }
    const auto left = deadline - clock_.Elapsed();
    if (left <= Duration::zero()) return std::nullopt;
    IL_RETURN_IF_ERROR(Wait(std::min(left, request_.health_poll), true));
  }
}

Result<void> RolloutRunner::Record(const RolloutEntry& entry) {
  if (hooks_.record) IL_RETURN_IF_ERROR(hooks_.record(entry));
  if (entry.kind == RolloutEntry::Kind::kOutcome && entry.succeeded)
    unfinished_.erase(entry.instance);
  else
    unfinished_.insert(entry.instance);
  return {};
}

RolloutRunner::Attempt RolloutRunner::RecordFailure(const std::string& instance,
                                                    const std::string& running,
                                                    const std::string& version, Direction direction,
                                                    Failure failure) {
  IL_RETURN_IF_ERROR(Record({.kind = RolloutEntry::Kind::kOutcome,
                             .app = request_.app,
                             .instance = instance,
                             .from = running,
                             .to = version,
                             .put_back = direction == Direction::kPutBack,
                             .succeeded = false,
                             .detail = failure.why}));
  return std::optional<Failure>(std::move(failure));
}

// What says something about the instance is a failure of its batch; what says that we must not go
// on, or can't know, is an error.
RolloutRunner::Attempt RolloutRunner::FailureOrError(const std::string& instance,
                                                     const Error& error) const {
  switch (error.kind) {
    case ErrorKind::kFailed:
    case ErrorKind::kTransient:
    case ErrorKind::kRefused:
    case ErrorKind::kConfig:
      return Failure{instance, error.message, error.details};
    default:
      return Fail(error);
  }
}

Result<void> RolloutRunner::Wait(Duration duration, bool stoppable) {
  const auto deadline = clock_.Elapsed() + duration;
  for (;;) {
    if (hooks_.tick && !hooks_.tick())
      return Fail(ErrorKind::kStopped, "IL-A11",
                  fmt::format("the rollout of {} had to end at once", request_.app),
                  "deploy again: it looks first, and carries on");
    if (stoppable) IL_RETURN_IF_ERROR(HonourStop());
    const auto left = deadline - clock_.Elapsed();
    if (left <= Duration::zero()) return {};
    clock_.Sleep(std::min(left, kSlice));
  }
}

Result<void> RolloutRunner::HonourStop() const {
  if (!hooks_.stop_requested || !hooks_.stop_requested()) return {};
  return Fail(ErrorKind::kStopped, "IL-A11",
              fmt::format("stopped on request: {} of {} instances of {} run {}", progress_.done,
                          progress_.total, request_.app, request_.to),
              "deploy again to carry on, or interlock rollback");
}

void RolloutRunner::Tell(RolloutProgress::What what, const std::string& instance,
                         const std::string& version) {
  if (!hooks_.progress) return;
  progress_.what = what;
  progress_.app = request_.app;
  progress_.instance = instance;
  progress_.version = version;
  hooks_.progress(progress_);
}

}  // namespace interlock
