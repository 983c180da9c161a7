#include "simulation/fake_server.h"

#include <algorithm>
#include <utility>

#include "ledger/fence.h"
#include "runner/step_runner.h"
#include "simulation/fake_rebuild.h"
#include "simulation/fake_steps.h"
#include "simulation/fake_triggers.h"

namespace interlock::simulation {
namespace {

constexpr Timestamp kGoesOnFor = 3'000'000;

}  // namespace
std::string ToString(FaultKind kind) {
  static const char* const kNames[] = {
      "crash before", "crash after",     "crash, statement goes on",
      "lost before",  "lost after",      "goes on",
      "transient",    "rival",           "failover",
      "meddle: add",  "meddle: trigger", "meddle: column",
      "lagging copy"};
  return kNames[static_cast<int>(kind)];
}

FakeServer::FakeServer(ServerKind of_kind) {
  kind = of_kind;
  const auto capabilities = CapabilitiesOf(kind);
  catalog.engine = capabilities.engine;
  catalog.server_major = capabilities.major;
  catalog.default_schema = "public";
  Table users;
  users.name = kUsers;
  users.owner = "shop";
  users.row_estimate = 1000;
  users.columns = {{"id", "bigint", false, {}, "", "", ""}, {"name", "text", true, {}, "", "", ""}};
  users.constraints = {
      {"users_pkey", ConstraintKind::kPrimaryKey, "PRIMARY KEY (id)", {"id"}, {}, {}, true}};
  users.indexes = {{"users_pkey", "UNIQUE (id)", {"id"}, true, true, "users_pkey"}};
  catalog.tables[kUsers] = users;
  instances = {{"web-1", "v1"}, {"web-2", "v1"}};
}

std::optional<FaultKind> FakeServer::NextFault() {
  if (++operations > most_operations) throw Endless{};
  clock.Sleep(std::chrono::milliseconds(1));
  FinishWhatRuns();
  Ship();
  for (const auto& fault : faults)
    if (fault.at == operations) return fault.kind;
  return std::nullopt;
}

void FakeServer::FinishWhatRuns() {
  for (size_t i = 0; i < running_.size();) {
    if (running_[i].ends > clock.Now()) {
      ++i;
      continue;
    }
    const Running done = running_[i];
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    if (done.effect) done.effect();
    if (done.arranged) continue;
    // With its last statement the session ends, and what it held is free.
    for (auto& [object, lock] : locks)
      if (lock.holder < 0) lock.holder = 0;
    UnlockTable();
  }
}

void FakeServer::GoOn(const Step& step, std::function<void()> effect) {
  running_.push_back({step, std::move(effect), clock.Now() + kGoesOnFor});
  // The session lives on in the server until its statement ends.
  for (auto& [object, lock] : locks)
    if (lock.holder > 0) lock.holder = -lock.holder;
}

void FakeServer::LeaveRunning(const Step& step, std::function<void()> effect) {
  running_.push_back({step, std::move(effect), clock.Now() + kGoesOnFor, true});
}

void FakeServer::EndSessions() {
  for (auto& [object, lock] : locks)
    if (lock.holder > 0) lock.holder = 0;
  if (!SomeLivesOn()) UnlockTable();
}

bool FakeServer::SomeLivesOn() const {
  return std::any_of(running_.begin(), running_.end(),
                     [](const Running& running) { return !running.arranged; });
}

void FakeServer::UnlockTable() {
  if (std::exchange(table_lock, false)) CheckSafety("the session that had locked the table ended");
}

void FakeServer::Ship() {
  const bool wanted = std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
    return fault.kind == FaultKind::kLaggingCopy && fault.at >= operations;
  });
  if (!wanted) return;
  constexpr size_t kLag = 6;
  shipped_.push_back(*this);
  if (shipped_.size() > kLag) shipped_.erase(shipped_.begin());
}

void FakeServer::FailOver(bool lagging) {
  running_.clear();
  if (lagging && !shipped_.empty()) {
    FakeData copy = shipped_.front();
    for (const auto& [name, entries] : chains)
      if (copy.chains[name].size() < entries.size()) lacks = lacked = true;
    // A run that holds the token notices, one that has given it up has nothing to notice.
    for (const auto& [object, lock] : locks)
      if (copy.locks[object].token < lock.token) lacked = true;
    static_cast<FakeData&>(*this) = std::move(copy);
  }
  for (auto& [object, lock] : locks) lock.holder = 0;
  UnlockTable();
  ++timeline;
}

bool FakeServer::Disturb(FaultKind fault) {
  switch (fault) {
    case FaultKind::kRival:
      for (auto& [object, lock] : locks) {
        if (lock.holder <= 0) continue;
        ++lock.token;
        lock.holder = 0;
      }
      // Who could take them over has seen the session end.
      if (!SomeLivesOn()) UnlockTable();
      return true;
    case FaultKind::kFailover:
    case FaultKind::kLaggingCopy:
      FailOver(fault == FaultKind::kLaggingCopy);
      return true;
    case FaultKind::kMeddleAdd:
    case FaultKind::kMeddleTrigger:
    case FaultKind::kMeddleColumn: {
      // Whoever meddles waits for a locked table, and gives up.
      if (meddled_ || table_lock) return true;
      // Until it has begun it is planned anew, for whatever table is there.
      if (alters && !HasEntry(EntryKind::kReleaseState, "")) return true;
      const Catalog before = catalog;
      if (fault == FaultKind::kMeddleAdd) {
        users().columns.push_back({"fax", "text", true, {}, "", "", ""});
      } else if (fault == FaultKind::kMeddleTrigger) {
        const auto triggers = SyncTriggers(users());
        if (triggers.empty()) return true;
        RemoveNamed(users().triggers, triggers.front().name);
      } else {
        if (users().FindColumn("first_name") != nullptr) return true;
        users().columns.push_back({"first_name", "integer", true, {}, "", "", ""});
      }
      before_meddling_ = before;
      meddled_ = true;
      return true;
    }
    default:
      return false;
  }
}

void FakeServer::UndoMeddling() {
  // What was done by hand is undone by hand; what the runner did meanwhile stays.
  RemoveNamed(users().columns, "fax");
  if (const auto* column = users().FindColumn("first_name"); column && column->type == "integer")
    RemoveNamed(users().columns, "first_name");
  const auto there = SyncTriggers(users());
  for (const auto& trigger : SyncTriggers(before_meddling_->tables[kUsers])) {
    // Where the runner has put others in its place, or all that it belongs to is gone, it stays so.
    const bool fits = std::all_of(there.begin(), there.end(), [&](const Trigger& other) {
      return other.name != trigger.name && other.definition == trigger.definition;
    });
    if (fits && HasOldSide()) CreateTrigger(*this, trigger, trigger_specs[trigger.definition]);
  }
  meddled_ = false;
}

Observation FakeServer::Look(const Step& step, const SyncContext& sync) {
  auto seen = LookNow(step, sync);
  seen_steps[step.id] = step;
  mended_.clear();
  last_look[step.id] = seen.state;
  return seen;
}

Observation FakeServer::LookNow(const Step& step, const SyncContext& sync) const {
  for (const auto& running : running_)
    if (running.step.id == step.id) return {Observed::kRunning, "an orphan still works on it"};
  if (const auto found = forced.find(step.id); found != forced.end())
    return {found->second, "so it was arranged"};
  const Observed seen = LookAtStep(*this, step, sync);
  return {seen, std::string(ToString(seen))};
}

bool FakeServer::HasEntry(EntryKind of_kind, const std::string& step) const {
  return std::any_of(chains.begin(), chains.end(), [&](const auto& chain) {
    return std::any_of(chain.second.begin(), chain.second.end(), [&](const Entry& entry) {
      return entry.step == step && entry.kind == of_kind;
    });
  });
}

Result<void> FakeServer::Execute(const Step& step, const SyncContext& sync, const Send& send) {
  if (step.id == refused_step) return Fail(ErrorKind::kFailed, "IL-E40", "the server refuses it");
  // What mends it may have brought it to its end.
  if (!step.only_looks && !ever_meddled() && mended_ != step.id &&
      LookNow(step, sync).state == Observed::kPresent)
    Violate("step " + step.id + " was executed although it was there");
  return CarryOut(*this, step, sync, send);
}

Result<void> FakeServer::Mend(const Step& step, const SyncContext& sync, const Send& send) {
  if (LookNow(step, sync).state != Observed::kPartial && !ever_meddled())
    Violate("mended what was not broken");
  mended_ = step.id;
  ++mends;
  return MendStep(*this, step, sync, send);
}

Result<void> FakeServer::Commit(const Step& step, const SyncContext& sync,
                                const std::function<Result<void>()>& effect) {
  if (!running_.empty()) Violate("step " + step.id + " was started beside an orphan");
  if (!HasEntry(EntryKind::kStepIntent, step.id))
    Violate("effect of " + step.id + " without an intent");
  const bool there = LookNow(step, sync).state == Observed::kPresent;
  IL_RETURN_IF_ERROR(effect());
  const bool done = !there && LookNow(step, sync).state == Observed::kPresent;
  if (done && ++effects[step.id] > 1 && !ever_meddled())
    Violate("step " + step.id + " took effect twice");
  if (done && ChangesNames(step.action) && old_behind && !ever_meddled())
    Violate("step " + step.id + " leaves rows that lack what was written meanwhile");
  CheckSafety("step " + step.id);
  return {};
}

std::optional<HeldClaim> FakeServer::TryClaim(const std::string& object, int session) {
  auto& lock = locks[object];
  if (lock.holder != 0 && lock.holder != session) return std::nullopt;
  lock.holder = session;
  if (on_claim) on_claim(object);
  return HeldClaim{object, ++lock.token};
}

void FakeServer::Release(const HeldClaim& claim, int session) {
  auto& lock = locks[claim.object];
  if (lock.holder == session) lock.holder = 0;
}

std::vector<ClaimHolder> FakeServer::Holders() const {
  std::vector<ClaimHolder> out;
  for (const auto& [object, lock] : locks) {
    ClaimHolder holder;
    holder.object = object;
    holder.token = lock.token;
    holder.alive = lock.holder != 0;
    out.push_back(holder);
  }
  return out;
}

Result<void> FakeServer::CheckFence(const Fence& fence) const {
  for (const auto& held : fence) {
    const auto found = locks.find(held.object);
    IL_RETURN_IF_ERROR(RequireToken(held, found == locks.end() ? 0 : found->second.token));
  }
  return {};
}

void FakeServer::Violate(const std::string& what) { violations.push_back(what); }

void FakeServer::FillRows() {
  if (IsSynced(*this)) new_behind = false;
}

bool FakeServer::HasOldSide() const {
  return std::any_of(users().columns.begin(), users().columns.end(),
                     [](const Column& column) { return column.name.starts_with("name"); });
}

bool FakeServer::Runs(const std::string& version) const {
  return std::any_of(instances.begin(), instances.end(),
                     [&](const auto& instance) { return instance.second == version; });
}

void FakeServer::CheckSafety(const std::string& after) {
  // Whoever looks at a locked table, or writes to it, waits.
  if (table_lock) return;
  if (alters) return CheckAltered(after);
  const bool old_shape = users().FindColumn("name") != nullptr;
  const auto* first = users().FindColumn("first_name");
  const auto* last = users().FindColumn("last_name");
  const bool new_shape = first != nullptr && last != nullptr;
  const bool v1 = Runs("v1");
  const bool v2 = Runs("v2");
  if (v1 && !old_shape) Violate("v1 runs without users.name after " + after);
  if (v1 && new_shape && (!first->nullable || !last->nullable))
    Violate("v1 runs against NOT NULL after " + after);
  if (v2 && !new_shape) Violate("v2 runs without its columns after " + after);
  if (meddled_) return;
  if (const auto name = NamedAndMissing(*this); !name.empty())
    Violate("every write fails, since the trigger names " + name + ", after " + after);
  CheckRows(after);
}

/// Both versions know both shapes, but that v2 has longer names.
void FakeServer::CheckAltered(const std::string& after) {
  if (ever_meddled()) return;
  if (const auto wrong = CheckCopies(*this); !wrong.empty()) Violate(wrong + " after " + after);
  const auto* name = users().FindColumn("name");
  if (Runs("v2") && (name == nullptr || name->type != "varchar(200)"))
    Violate("v2 runs without the new shape after " + after);
}

void FakeServer::CheckRows(const std::string& after) {
  const bool v1 = Runs("v1");
  const bool v2 = Runs("v2");
  const bool new_shape = users().FindColumn("last_name") != nullptr;
  if (HasOldSide() && new_shape && !IsSynced(*this)) {
    // Where DDL stands in a transaction, nobody ever writes beside a trigger that is missing.
    if (v2 && (v1 || kind.transactional_ddl))
      Violate("v2 runs unsynced beside users.name after " + after);
    old_behind = old_behind || v2;
    new_behind = new_behind || v1;
  }
  old_behind = old_behind && HasOldSide();
  new_behind = new_behind && new_shape;
  if (ever_meddled()) return;
  if (v1 && old_behind) Violate("v1 lacks what v2 wrote after " + after);
  if (v2 && new_behind) Violate("v2 lacks what v1 wrote after " + after);
}

void FakeServer::CheckAtRest() {
  if (table_lock) Violate("the table is still locked");
  if (HasHelpers(*this)) Violate("helpers of the ALTER are left");
  if (!ever_meddled() && old_behind) Violate("rows still lack what was written to the other side");
}

void FakeServer::CheckEntry(const Entry& entry) {
  if (entry.kind == EntryKind::kMigrationPlanned && !ever_meddled())
    for (const auto& earlier : chains[entry.chain])
      if (earlier.kind == entry.kind && earlier.body == entry.body)
        Violate("the same migration is planned twice");
  const auto looked = last_look.find(entry.step);
  const bool needless = looked != last_look.end() && looked->second == Observed::kPresent &&
                        MayBeNeedless(seen_steps[entry.step].action);
  if (entry.kind == EntryKind::kStepIntent && looked != last_look.end() &&
      looked->second != Observed::kAbsent && !seen_steps[entry.step].only_looks && !needless)
    Violate("intent of " + entry.step + " although it shows " +
            std::string(ToString(looked->second)));
  if (entry.kind != EntryKind::kStepOutcome) return;
  const auto& entries = chains[entry.chain];
  const auto last = std::find_if(entries.rbegin(), entries.rend(), [&](const Entry& earlier) {
    return earlier.step == entry.step && earlier.kind != EntryKind::kMilestone;
  });
  if (last == entries.rend() || last->kind == EntryKind::kStepOutcome)
    Violate("outcome of " + entry.step + " without an intent of its own");
  const auto found = seen_steps.find(entry.step);
  if (found == seen_steps.end()) return;
  if (!IsBulk(found->second.action) && last_look[entry.step] != Observed::kPresent)
    Violate("outcome of " + entry.step + " without an observation");
  if (std::holds_alternative<action::Backfill>(found->second.action)) {
    if (backfills[entry.step] < 2) Violate("outcome of " + entry.step + " claimed, not done");
  }
  if (std::holds_alternative<action::CopyRows>(found->second.action) && !needless &&
      helpers.filled < 2)
    Violate("outcome of " + entry.step + " claimed, not done");
}

}  // namespace interlock::simulation
