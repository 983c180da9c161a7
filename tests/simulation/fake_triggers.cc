#include "simulation/fake_triggers.h"

#include <algorithm>

namespace interlock::simulation {
namespace {

using Renames = std::map<std::string, std::string>;

/// What tells specs apart: their names, and those of columns in quarantine.
std::string TriggerText(const std::vector<SyncSpec>& specs) {
  std::string out;
  for (const auto& spec : specs) {
    out += spec.id;
    for (const auto& [logical, real] : spec.renamed) out += "(" + logical + " is " + real + ")";
  }
  return out;
}

bool Has(const std::vector<Trigger>& triggers, const Trigger& trigger) {
  return std::find(triggers.begin(), triggers.end(), trigger) != triggers.end();
}

bool Same(const std::vector<Trigger>& triggers, const std::vector<Trigger>& others) {
  return std::is_permutation(triggers.begin(), triggers.end(), others.begin(), others.end());
}

Observed LookAtSync(const FakeData& data, const SyncContext& sync) {
  const auto shown = SyncTriggers(data.users());
  const auto before = SyncTriggers(data.kind, sync.before);
  const auto after = SyncTriggers(data.kind, sync.after);
  if (Same(shown, after)) return Observed::kPresent;
  if (Same(shown, before)) return Observed::kAbsent;
  const bool known = std::all_of(shown.begin(), shown.end(), [&](const Trigger& trigger) {
    return Has(before, trigger) || Has(after, trigger);
  });
  return known && !data.kind.transactional_ddl ? Observed::kPartial : Observed::kConflicting;
}

/// Columns and triggers together: half done where they are not of the same state.
Observed Together(const FakeData& data, const SyncContext& sync, Observed columns) {
  if (data.kind.transactional_ddl) return columns;
  const Observed triggers = LookAtSync(data, sync);
  if (triggers != Observed::kAbsent && triggers != Observed::kPresent) return triggers;
  const bool both = triggers == Observed::kPresent && sync.before == sync.after;
  return both || triggers == columns ? columns : Observed::kPartial;
}

/// Names before the step and after it; empty when it renames nothing.
Renames RenamesOf(const Action& action) {
  if (const auto* quarantine = std::get_if<action::Quarantine>(&action)) return quarantine->renamed;
  Renames out;
  if (const auto* restore = std::get_if<action::Restore>(&action))
    for (const auto& [logical, real] : restore->spec.renamed) out[real] = logical;
  return out;
}

Statement Drop(const Trigger& trigger) {
  return Does([=](FakeData& data) { std::erase(data.users().triggers, trigger); });
}
Statement Create(const Trigger& trigger, const std::vector<SyncSpec>& specs) {
  return Does([=](FakeData& data) { CreateTrigger(data, trigger, specs); });
}
Statement Rename(const Renames& renames) {
  return Does([=](FakeData& data) {
    for (auto& column : data.users().columns)
      if (const auto found = renames.find(column.name); found != renames.end())
        column.name = found->second;
  });
}
/// Rows get back on their old side what was written while no trigger stood.
Statement Heal() {
  return Does([](FakeData& data) { data.old_behind = false; });
}

class TriggerStep {
 public:
  TriggerStep(FakeData& data, const Step& step, const SyncContext& sync, const Send& send)
      : data_(data),
        step_(step),
        sync_(sync),
        send_(send),
        renames_(RenamesOf(step.action)),
        before_(SyncTriggers(data.kind, sync.before)),
        after_(SyncTriggers(data.kind, sync.after)) {}

  Result<void> Change() {
    Observed seen = LookAtTriggers(data_, step_, sync_);
    if (seen == Observed::kPartial) {
      IL_RETURN_IF_ERROR(Mend());
      seen = LookAtTriggers(data_, step_, sync_);
    }
    if (seen == Observed::kPresent) return {};
    if (seen != Observed::kPartial) IL_RETURN_IF_ERROR(renames_.empty() ? Switch() : SwitchNames());
    if (!std::holds_alternative<action::DropQuarantined>(step_.action)) return {};
    // The triggers have changed, and the columns remain.
    return send_(DropColumns());
  }

  Result<void> Mend() {
    if (LookAtTriggers(data_, step_, sync_) != Observed::kPartial)
      return Fail(ErrorKind::kUndecidable, "IL-E39", "there is nothing to mend any more");
    const bool renamed = IsRenamed();
    const auto& wanted = renamed ? sync_.after : sync_.before;
    if (LookAtSync(data_, {wanted, wanted}) == Observed::kPresent) return {};
    if (renames_.empty()) return Keep(wanted, true);
    // An UPDATE trigger would take what is given back for a write of the old version.
    for (const auto& trigger : SyncTriggers(data_.users()))
      if (trigger.name.find("_u_") != std::string::npos) IL_RETURN_IF_ERROR(send_(Drop(trigger)));
    IL_RETURN_IF_ERROR(send_(Heal()));
    return SendLocked(send_, [&]() -> Result<void> {
      IL_RETURN_IF_ERROR(send_(Heal()));
      return Keep(wanted, false);
    });
  }

 private:
  bool IsRenamed() const {
    if (renames_.empty()) return true;
    const auto& [from, to] = *renames_.begin();
    return data_.users().FindColumn(to) != nullptr && data_.users().FindColumn(from) == nullptr;
  }

  Result<void> CreateEach(const std::vector<Trigger>& triggers,
                          const std::vector<SyncSpec>& specs) {
    for (const auto& trigger : triggers) IL_RETURN_IF_ERROR(send_(Create(trigger, specs)));
    return {};
  }
  Result<void> DropEach(const std::vector<Trigger>& triggers) {
    for (const auto& trigger : triggers) IL_RETURN_IF_ERROR(send_(Drop(trigger)));
    return {};
  }

  /// Both stand for a moment: writes go on.
  Result<void> Switch() {
    const auto create = [&] { return CreateEach(after_, sync_.after); };
    if (!after_.empty()) IL_RETURN_IF_ERROR(SendLocked(send_, create));
    return DropEach(before_);
  }
  Result<void> SwitchNames() {
    const auto work = [&]() -> Result<void> {
      IL_RETURN_IF_ERROR(DropEach(before_));
      IL_RETURN_IF_ERROR(send_(Rename(renames_)));
      return CreateEach(after_, sync_.after);
    };
    const auto back = [&]() -> Result<void> {
      Renames back;
      for (const auto& [from, to] : renames_) back[to] = from;
      if (IsRenamed()) {
        IL_RETURN_IF_ERROR(DropEach(SyncTriggers(data_.users())));
        IL_RETURN_IF_ERROR(send_(Rename(back)));
      }
      return Keep(sync_.before, false);
    };
    return SendLocked(send_, work, back);
  }

  /// These triggers and no others.
  Result<void> Keep(const std::vector<SyncSpec>& specs, bool lock) {
    const auto wanted = SyncTriggers(data_.kind, specs);
    std::vector<Trigger> missing;
    std::vector<Trigger> spare;
    const auto there = SyncTriggers(data_.users());
    for (const auto& trigger : wanted)
      if (!Has(there, trigger)) missing.push_back(trigger);
    for (const auto& trigger : there)
      if (!Has(wanted, trigger)) spare.push_back(trigger);
    const auto create = [&] { return CreateEach(missing, specs); };
    if (!missing.empty()) IL_RETURN_IF_ERROR(lock ? SendLocked(send_, create) : create());
    return DropEach(spare);
  }

  Statement DropColumns() const {
    const auto& spec = std::get<action::DropQuarantined>(step_.action).spec;
    return Does([renamed = spec.renamed](FakeData& data) {
      for (const auto& [logical, real] : renamed) RemoveNamed(data.users().columns, real);
    });
  }

  FakeData& data_;
  const Step& step_;
  const SyncContext& sync_;
  const Send& send_;
  const Renames renames_;
  const std::vector<Trigger> before_;
  const std::vector<Trigger> after_;
};

}  // namespace

std::vector<Trigger> SyncTriggers(const ServerKind& kind, const std::vector<SyncSpec>& specs) {
  if (specs.empty()) return {};
  const std::string text = TriggerText(specs);
  const std::string name(kSyncTrigger);
  if (kind.transactional_ddl) return {{name, text, "always", true}};
  // The one for UPDATE first: alone it leaves new columns unset, which the backfill sees.
  return {{name + "_u_" + text, text, "origin", true}, {name + "_i_" + text, text, "origin", true}};
}

std::vector<Trigger> SyncTriggers(const Table& table) {
  std::vector<Trigger> out;
  for (const auto& trigger : table.triggers)
    if (IsSyncTrigger(trigger.name)) out.push_back(trigger);
  return out;
}

void CreateTrigger(FakeData& data, const Trigger& trigger, const std::vector<SyncSpec>& specs) {
  auto& triggers = data.users().triggers;
  std::erase_if(triggers, [&](const Trigger& other) { return other.name == trigger.name; });
  triggers.push_back(trigger);
  std::sort(triggers.begin(), triggers.end(),
            [](const Trigger& one, const Trigger& other) { return one.name < other.name; });
  data.trigger_specs[trigger.definition] = specs;
}

bool IsSynced(const FakeData& data) {
  const auto shown = SyncTriggers(data.users());
  const std::ptrdiff_t all = data.kind.transactional_ddl ? 1 : 2;
  return std::any_of(shown.begin(), shown.end(), [&](const Trigger& trigger) {
    return std::count_if(shown.begin(), shown.end(), [&](const Trigger& other) {
             return other.definition == trigger.definition;
           }) == all;
  });
}

std::string NamedAndMissing(const FakeData& data) {
  for (const auto& trigger : SyncTriggers(data.users())) {
    const auto specs = data.trigger_specs.find(trigger.definition);
    if (specs == data.trigger_specs.end()) continue;
    for (const auto& spec : specs->second) {
      std::vector<std::string> names = spec.old_columns;
      for (const auto& [column, fill] : spec.fills) names.push_back(column);
      for (const auto& derived : spec.new_columns) names.push_back(derived.column.name);
      for (const auto& name : names) {
        const auto renamed = spec.renamed.find(name);
        const std::string& real = renamed == spec.renamed.end() ? name : renamed->second;
        if (data.users().FindColumn(real) == nullptr) return real;
      }
    }
  }
  return "";
}

bool ChangesNames(const Action& action) { return !RenamesOf(action).empty(); }

Observed LookAtTriggers(const FakeData& data, const Step& step, const SyncContext& sync) {
  const auto& users = data.users();
  if (const auto* drop = std::get_if<action::DropQuarantined>(&step.action)) {
    const bool there = std::any_of(
        drop->spec.renamed.begin(), drop->spec.renamed.end(),
        [&](const auto& renamed) { return users.FindColumn(renamed.second) != nullptr; });
    return Together(data, sync, there ? Observed::kAbsent : Observed::kPresent);
  }
  const auto renames = RenamesOf(step.action);
  if (renames.empty()) return LookAtSync(data, sync);
  size_t old_there = 0;
  size_t new_there = 0;
  for (const auto& [from, to] : renames) {
    old_there += users.FindColumn(from) != nullptr ? 1 : 0;
    new_there += users.FindColumn(to) != nullptr ? 1 : 0;
  }
  if (old_there == renames.size() && new_there == 0) return Together(data, sync, Observed::kAbsent);
  if (old_there == 0 && new_there == renames.size())
    return Together(data, sync, Observed::kPresent);
  return Observed::kConflicting;
}

Result<void> ChangeTriggers(FakeData& data, const Step& step, const SyncContext& sync,
                            const Send& send) {
  return TriggerStep(data, step, sync, send).Change();
}

Result<void> MendTriggers(FakeData& data, const Step& step, const SyncContext& sync,
                          const Send& send) {
  return TriggerStep(data, step, sync, send).Mend();
}

}  // namespace interlock::simulation
