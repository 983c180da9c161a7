// A world of instances in memory, with faults, for tests of the rollout.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rollout/driver.h"
#include "rollout/rollout.h"

namespace interlock::testing {

class FakeClock : public Clock {
 public:
  Timestamp Now() override { return now_; }
  Duration Elapsed() override { return Duration(now_); }
  void Sleep(Duration duration) override {
    now_ += duration.count();
    longest_sleep = std::max(longest_sleep, duration);
  }
  Duration longest_sleep{0};

 private:
  Timestamp now_ = 1'000'000'000;
};

/// What outlives a killed runner: instances and the ledger's entries.
struct FakeWorld {
  std::map<std::string, std::string> up;  ///< instance → version
  std::set<std::string> drained;
  std::vector<RolloutEntry> entries;
  std::set<std::string> versions_seen;
  size_t fewest_up = 1000;

  void Look() {
    fewest_up = std::min(fewest_up, up.size());
    for (const auto& [name, version] : up) versions_seen.insert(version);
  }
};

enum class KillMoment { kBefore, kAfter };

/// `kill_at`: the runner is dead from its nth call on, before or after that call's effect.
class FakeDriver : public Driver {
 public:
  explicit FakeDriver(FakeWorld& world) : world_(world) {}

  int kill_at = 0;
  KillMoment moment = KillMoment::kBefore;
  bool can_drain = true;
  std::vector<std::string> fixed;
  std::vector<std::string> log;
  /// An error for a call ("start web-1 2"), or nothing.
  std::function<std::optional<Error>(const std::string& call)> fault;
  std::function<bool(const std::string& instance, const std::string& version)> sick;
  int calls() const { return calls_; }

  /// Counts every outside call, the recording of entries too.
  Result<void> Call(const std::string& call, const std::function<void()>& effect) {
    ++calls_;
    log.push_back(call);
    const bool dead = kill_at > 0 && calls_ >= kill_at;
    if (dead && (calls_ > kill_at || moment == KillMoment::kBefore)) return Killed();
    if (fault)
      if (auto error = fault(call)) return Fail(*error);
    effect();
    world_.Look();
    if (dead) return Killed();
    return {};
  }

  Result<std::vector<Instance>> List() override {
    IL_RETURN_IF_ERROR(Call("list", [] {}));
    std::vector<Instance> instances;
    for (const auto& [name, version] : world_.up) instances.push_back({"web", name, version});
    for (const auto& name : fixed)
      if (!world_.up.contains(name)) instances.push_back({"web", name, ""});
    return instances;
  }
  std::vector<std::string> FixedInstances() const override { return fixed; }
  Result<void> Start(const std::string& instance, const std::string& version) override {
    return Call("start " + instance + " " + version, [&] { world_.up[instance] = version; });
  }
  Result<void> Stop(const std::string& instance) override {
    return Call("stop " + instance, [&] { world_.up.erase(instance); });
  }
  Result<Health> Healthy(const std::string& instance, const std::string& version) override {
    IL_RETURN_IF_ERROR(Call("healthy " + instance + " " + version, [] {}));
    const auto found = world_.up.find(instance);
    if (found == world_.up.end() || found->second != version) return Health{false, "not up"};
    if (sick && sick(instance, version)) return Health{false, "sick"};
    return Health{true, ""};
  }
  bool CanDrain() const override { return can_drain; }
  Result<void> Drain(const std::string& instance) override {
    return Call("drain " + instance, [&] { world_.drained.insert(instance); });
  }
  Result<void> Undrain(const std::string& instance) override {
    return Call("undrain " + instance, [&] { world_.drained.erase(instance); });
  }
  Duration timeout() const override { return std::chrono::seconds(10); }

 private:
  static tl::unexpected<Error> Killed() { return Fail(ErrorKind::kInternal, "KILLED", "killed"); }

  FakeWorld& world_;
  int calls_ = 0;
};

}  // namespace interlock::testing
