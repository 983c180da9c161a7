#include "simulation/fake_server.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/fence.h"
#include "model/json.h"
#include "planning/effects.h"

namespace interlock::simulation {
namespace {

const TableName kUsers{"public", "users"};
constexpr const char* kTrigger = "~interlock_sync";
constexpr const char* kIndexText = "index";

std::string TriggerText(const std::vector<SyncSpec>& specs) {
  nlohmann::json json = nlohmann::json::array();
  for (const auto& spec : specs) json.push_back(ToJson(spec));
  return CanonicalJson(json);
}

template <typename T>
void RemoveNamed(std::vector<T>& items, const std::string& name) {
  std::erase_if(items, [&](const T& item) { return item.name == name; });
}

void SetTrigger(Table& table, const std::vector<SyncSpec>& specs) {
  RemoveNamed(table.triggers, kTrigger);
  if (!specs.empty()) table.triggers.push_back({kTrigger, TriggerText(specs), "always", true});
}

const Trigger* FindTrigger(const Table& table) {
  for (const auto& trigger : table.triggers)
    if (trigger.name == kTrigger) return &trigger;
  return nullptr;
}

Observed LookAtTrigger(const Table& table, const SyncContext& sync) {
  const auto* trigger = FindTrigger(table);
  const std::string shown = trigger == nullptr ? "" : trigger->definition;
  auto text = [](const std::vector<SyncSpec>& specs) {
    return specs.empty() ? std::string() : TriggerText(specs);
  };
  if (shown == text(sync.after)) return Observed::kPresent;
  return shown == text(sync.before) ? Observed::kAbsent : Observed::kConflicting;
}

Observed YesNo(bool present) { return present ? Observed::kPresent : Observed::kAbsent; }

Observed LookAtColumns(const Table& table, const std::vector<ColumnSpec>& columns) {
  size_t there = 0;
  for (const auto& column : columns) {
    const auto* found = table.FindColumn(column.name);
    if (found == nullptr) continue;
    if (found->type != column.type) return Observed::kConflicting;
    ++there;
  }
  if (there == 0) return Observed::kAbsent;
  return there == columns.size() ? Observed::kPresent : Observed::kUndecidable;
}

Column* Find(Table& table, const std::string& name) {
  for (auto& column : table.columns)
    if (column.name == name) return &column;
  return nullptr;
}

struct Effect {
  Table& table;
  const SyncContext& sync;

  void operator()(const action::AddColumns& action) const {
    for (const auto& column : action.columns) {
      Column made;
      made.name = column.name;
      made.type = column.type;
      table.columns.push_back(made);
    }
  }
  void operator()(const action::DropColumns& action) const {
    for (const auto& column : action.columns) RemoveNamed(table.columns, column.name);
  }
  void operator()(const action::SetNotNull& action) const {
    if (auto* column = Find(table, action.column)) column->nullable = false;
  }
  void operator()(const action::DropNotNull& action) const {
    if (auto* column = Find(table, action.column)) column->nullable = true;
  }
  void operator()(const action::AddNotNullCheck& action) const {
    Constraint check;
    check.name = action.name;
    check.kind = ConstraintKind::kCheck;
    check.definition = "CHECK (" + action.column + " IS NOT NULL)";
    check.columns = {action.column};
    check.validated = false;
    table.constraints.push_back(check);
  }
  void operator()(const action::ValidateConstraint& action) const {
    for (auto& constraint : table.constraints)
      if (constraint.name == action.name) constraint.validated = true;
  }
  void operator()(const action::DropConstraint& action) const {
    RemoveNamed(table.constraints, action.name);
  }
  void operator()(const action::CreateIndex& action) const {
    Index index;
    index.name = action.definition.name;
    index.definition = kIndexText;
    table.indexes.push_back(index);
  }
  void operator()(const action::DropIndex& action) const {
    RemoveNamed(table.indexes, action.name);
  }
  void operator()(const action::Analyze&) const {
    if (table.row_estimate < 0) table.row_estimate = 1000;
  }
  void operator()(const action::InstallSync&) const { SetTrigger(table, sync.after); }
  void operator()(const action::RemoveSync&) const { SetTrigger(table, sync.after); }
  void operator()(const action::Quarantine& action) const {
    for (const auto& [from, to] : action.renamed)
      if (auto* column = Find(table, from)) column->name = to;
    SetTrigger(table, sync.after);
  }
  void operator()(const action::Restore& action) const {
    for (const auto& [from, to] : action.spec.renamed)
      if (auto* column = Find(table, to)) column->name = from;
    SetTrigger(table, sync.after);
  }
  void operator()(const action::DropQuarantined& action) const {
    for (const auto& [from, to] : action.spec.renamed) RemoveNamed(table.columns, to);
    SetTrigger(table, sync.after);
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

struct LookAt {
  const Table& table;
  const SyncContext& sync;

  Observed operator()(const action::AddColumns& action) const {
    return LookAtColumns(table, action.columns);
  }
  Observed operator()(const action::DropColumns& action) const {
    for (const auto& column : action.columns)
      if (table.FindColumn(column.name) != nullptr) return Observed::kAbsent;
    return Observed::kPresent;
  }
  Observed operator()(const action::SetNotNull& action) const {
    const auto* column = table.FindColumn(action.column);
    return column == nullptr ? Observed::kConflicting : YesNo(!column->nullable);
  }
  Observed operator()(const action::DropNotNull& action) const {
    const auto* column = table.FindColumn(action.column);
    return column == nullptr ? Observed::kConflicting : YesNo(column->nullable);
  }
  Observed operator()(const action::AddNotNullCheck& action) const {
    return YesNo(table.FindConstraint(action.name) != nullptr);
  }
  Observed operator()(const action::ValidateConstraint& action) const {
    const auto* found = table.FindConstraint(action.name);
    return found == nullptr ? Observed::kConflicting : YesNo(found->validated);
  }
  Observed operator()(const action::DropConstraint& action) const {
    return YesNo(table.FindConstraint(action.name) == nullptr);
  }
  Observed operator()(const action::CreateIndex& action) const {
    const auto* found = table.FindIndex(action.definition.name);
    if (found == nullptr) return Observed::kAbsent;
    if (found->definition != kIndexText) return Observed::kConflicting;
    return found->valid ? Observed::kPresent : Observed::kPartial;
  }
  Observed operator()(const action::DropIndex& action) const {
    return YesNo(table.FindIndex(action.name) == nullptr);
  }
  Observed operator()(const action::Analyze&) const { return YesNo(table.row_estimate >= 0); }
  Observed operator()(const action::InstallSync&) const { return LookAtTrigger(table, sync); }
  Observed operator()(const action::RemoveSync&) const { return LookAtTrigger(table, sync); }
  Observed operator()(const action::Quarantine& action) const {
    for (const auto& [from, to] : action.renamed)
      if (table.FindColumn(to) == nullptr)
        return table.FindColumn(from) != nullptr ? Observed::kAbsent : Observed::kConflicting;
    return Observed::kPresent;
  }
  Observed operator()(const action::Restore& action) const {
    for (const auto& [from, to] : action.spec.renamed)
      if (table.FindColumn(from) == nullptr) return Observed::kAbsent;
    return Observed::kPresent;
  }
  Observed operator()(const action::DropQuarantined& action) const {
    for (const auto& [from, to] : action.spec.renamed)
      if (table.FindColumn(to) != nullptr) return Observed::kAbsent;
    return Observed::kPresent;
  }
  template <typename Other>
  Observed operator()(const Other&) const {
    return Observed::kAbsent;
  }
};

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

FakeServer::FakeServer() {
  catalog.engine = "postgresql";
  catalog.server_major = 15;
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
    if (done.arranged) {
      if (done.has_effect) std::visit(Effect{catalog.tables[kUsers], done.sync}, done.step.action);
      continue;
    }
    (void)Apply(done.step, done.sync);
    for (auto& [object, lock] : locks_)
      if (lock.holder < 0) lock.holder = 0;
  }
}

void FakeServer::GoOn(const Step& step, const SyncContext& sync) {
  running_.push_back({step, sync, clock.Now() + 3'000'000});
  // The session lives on in the server until its statement ends.
  for (auto& [object, lock] : locks_)
    if (lock.holder > 0) lock.holder = -lock.holder;
}

void FakeServer::LeaveRunning(const Step& step, bool has_effect) {
  running_.push_back({step, {}, clock.Now() + 3'000'000, true, has_effect});
}

void FakeServer::EndSessions() {
  for (auto& [object, lock] : locks_)
    if (lock.holder > 0) lock.holder = 0;
}

void FakeServer::Ship() {
  const bool wanted = std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
    return fault.kind == FaultKind::kLaggingCopy && fault.at >= operations;
  });
  if (!wanted) return;
  constexpr size_t kLag = 6;
  shipped_.push_back(
      {catalog, chains, texts, backfills, locks_, effects_, last_look_, ledger_made});
  if (shipped_.size() > kLag) shipped_.erase(shipped_.begin());
}

void FakeServer::FailOver(bool lagging) {
  running_.clear();
  if (lagging && !shipped_.empty()) {
    Copy copy = shipped_.front();
    for (const auto& [name, entries] : chains)
      if (copy.chains[name].size() < entries.size()) lacks = lacked = true;
    // A run that holds the token notices, one that has given it up has nothing to notice.
    for (const auto& [object, lock] : locks_)
      if (copy.locks[object].token < lock.token) lacked = true;
    catalog = std::move(copy.catalog);
    chains = std::move(copy.chains);
    texts = std::move(copy.texts);
    backfills = std::move(copy.backfills);
    locks_ = std::move(copy.locks);
    effects_ = std::move(copy.effects);
    last_look_ = std::move(copy.last_look);
    ledger_made = copy.ledger_made;
  }
  for (auto& [object, lock] : locks_) lock.holder = 0;
  ++timeline;
}

bool FakeServer::Disturb(FaultKind kind) {
  auto& users = catalog.tables[kUsers];
  switch (kind) {
    case FaultKind::kRival:
      for (auto& [object, lock] : locks_) {
        if (lock.holder <= 0) continue;
        ++lock.token;
        lock.holder = 0;
      }
      return true;
    case FaultKind::kFailover:
    case FaultKind::kLaggingCopy:
      FailOver(kind == FaultKind::kLaggingCopy);
      return true;
    case FaultKind::kMeddleAdd:
    case FaultKind::kMeddleTrigger:
    case FaultKind::kMeddleColumn: {
      if (meddled_) return true;
      const Catalog before = catalog;
      if (kind == FaultKind::kMeddleAdd) {
        users.columns.push_back({"fax", "text", true, {}, "", "", ""});
      } else if (kind == FaultKind::kMeddleTrigger) {
        if (FindTrigger(users) == nullptr) return true;
        RemoveNamed(users.triggers, kTrigger);
      } else {
        if (users.FindColumn("first_name") != nullptr) return true;
        users.columns.push_back({"first_name", "integer", true, {}, "", "", ""});
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
  auto& users = catalog.tables[kUsers];
  const auto& before = before_meddling_->tables[kUsers];
  RemoveNamed(users.columns, "fax");
  if (const auto* column = users.FindColumn("first_name"); column && column->type == "integer")
    RemoveNamed(users.columns, "first_name");
  const bool old_shape = std::any_of(users.columns.begin(), users.columns.end(),
                                     [](const Column& c) { return c.name.starts_with("name"); });
  if (const auto* trigger = FindTrigger(before);
      trigger && old_shape && FindTrigger(users) == nullptr)
    users.triggers.push_back(*trigger);
  meddled_ = false;
}

Observation FakeServer::Look(const Step& step, const SyncContext& sync) {
  auto seen = LookNow(step, sync);
  seen_steps[step.id] = step;
  last_look_[step.id] = seen.state;
  return seen;
}

Observation FakeServer::LookNow(const Step& step, const SyncContext& sync) {
  for (const auto& running : running_)
    if (running.step.id == step.id) return {Observed::kRunning, "an orphan still works on it"};
  if (const auto found = forced.find(step.id); found != forced.end())
    return {found->second, "so it was arranged"};
  const Observed seen = std::visit(LookAt{catalog.tables[kUsers], sync}, step.action);
  return {seen, std::string(ToString(seen))};
}

bool FakeServer::HasIntent(const std::string& step) const {
  const auto chain = chains.find("main");
  if (chain == chains.end()) return false;
  return std::any_of(chain->second.begin(), chain->second.end(), [&](const Entry& entry) {
    return entry.step == step && entry.kind == EntryKind::kStepIntent;
  });
}

Result<void> FakeServer::Apply(const Step& step, const SyncContext& sync) {
  if (const auto* add = std::get_if<action::AddColumns>(&step.action))
    for (const auto& column : add->columns)
      if (catalog.tables[kUsers].FindColumn(column.name) != nullptr && ever_meddled())
        return Fail(ErrorKind::kFailed, "IL-E40", "column " + column.name + " already exists");
  if (step.id == refused_step) return Fail(ErrorKind::kFailed, "IL-E40", "the server refuses it");
  if (const auto* create = std::get_if<action::CreateIndex>(&step.action))
    if (catalog.tables[kUsers].FindIndex(create->definition.name) != nullptr)
      return Fail(ErrorKind::kFailed, "IL-E40", "the index already exists");
  if (!running_.empty()) Violate("step " + step.id + " was started beside an orphan");
  if (!HasIntent(step.id)) Violate("effect of " + step.id + " without an intent");
  const bool there = LookNow(step, sync).state == Observed::kPresent;
  std::visit(Effect{catalog.tables[kUsers], sync}, step.action);
  if (!there && ++effects_[step.id] > 1 && !meddled_ && !before_meddling_)
    Violate("step " + step.id + " took effect twice");
  if (there && !step.only_looks && !before_meddling_)
    Violate("step " + step.id + " was executed although it was there");
  CheckSafety("step " + step.id);
  return {};
}

std::optional<HeldClaim> FakeServer::TryClaim(const std::string& object, int session) {
  auto& lock = locks_[object];
  if (lock.holder != 0 && lock.holder != session) return std::nullopt;
  lock.holder = session;
  if (on_claim) on_claim(object);
  return HeldClaim{object, ++lock.token};
}

void FakeServer::Release(const HeldClaim& claim, int session) {
  auto& lock = locks_[claim.object];
  if (lock.holder == session) lock.holder = 0;
}

std::vector<ClaimHolder> FakeServer::Holders() const {
  std::vector<ClaimHolder> out;
  for (const auto& [object, lock] : locks_) {
    ClaimHolder holder;
    holder.object = object;
    holder.token = lock.token;
    holder.alive = lock.holder != 0;
    out.push_back(holder);
  }
  return out;
}

void FakeServer::Mend() {
  const auto removed = std::erase_if(catalog.tables[kUsers].indexes,
                                     [](const Index& index) { return !index.valid; });
  if (removed == 0) Violate("mended what was not broken");
}

Result<void> FakeServer::CheckFence(const Fence& fence) const {
  for (const auto& held : fence) {
    const auto found = locks_.find(held.object);
    IL_RETURN_IF_ERROR(RequireToken(held, found == locks_.end() ? 0 : found->second.token));
  }
  return {};
}

void FakeServer::Violate(const std::string& what) { violations.push_back(what); }

void FakeServer::CheckSafety(const std::string& after) {
  const auto& users = catalog.tables[kUsers];
  const bool old_shape = users.FindColumn("name") != nullptr;
  const auto* first = users.FindColumn("first_name");
  const auto* last = users.FindColumn("last_name");
  const bool synced = FindTrigger(users) != nullptr;
  for (const auto& [instance, version] : instances) {
    if (version == "v1") {
      if (!old_shape) Violate("v1 runs without users.name after " + after);
      if (first != nullptr && last != nullptr && (!first->nullable || !last->nullable))
        Violate("v1 runs against NOT NULL after " + after);
    }
    if (version == "v2") {
      if (first == nullptr || last == nullptr)
        Violate("v2 runs without its columns after " + after);
      if (old_shape && !synced && !meddled_)
        Violate("v2 runs unsynced beside users.name after " + after);
    }
  }
}

void FakeServer::CheckEntry(const Entry& entry) {
  if (entry.kind == EntryKind::kMigrationPlanned && !ever_meddled())
    for (const auto& earlier : chains[entry.chain])
      if (earlier.kind == entry.kind && earlier.body == entry.body)
        Violate("the same migration is planned twice");
  const auto looked = last_look_.find(entry.step);
  if (entry.kind == EntryKind::kStepIntent && looked != last_look_.end() &&
      looked->second != Observed::kAbsent && !seen_steps[entry.step].only_looks)
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
  const bool bulk = std::holds_alternative<action::Backfill>(found->second.action) ||
                    std::holds_alternative<action::Verify>(found->second.action);
  if (!bulk && last_look_[entry.step] != Observed::kPresent)
    Violate("outcome of " + entry.step + " without an observation");
  if (std::holds_alternative<action::Backfill>(found->second.action)) {
    if (backfills[entry.step] < 2) Violate("outcome of " + entry.step + " claimed, not done");
  }
}

}  // namespace interlock::simulation
