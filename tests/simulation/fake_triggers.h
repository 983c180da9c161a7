// Steps that change sync triggers, most of them together with names of columns: one trigger a table
// on a server with transactional DDL, one an event where each statement commits by itself.
#pragma once

#include "simulation/fake_data.h"

namespace interlock::simulation {

/// As they are made for `specs`.
std::vector<Trigger> SyncTriggers(const ServerKind& kind, const std::vector<SyncSpec>& specs);
/// Those that are there.
std::vector<Trigger> SyncTriggers(const Table& table);
void CreateTrigger(FakeData& data, const Trigger& trigger, const std::vector<SyncSpec>& specs);

/// Whether new and old columns are kept equal.
bool IsSynced(const FakeData& data);
/// A column that a sync trigger names and that is not there: every write fails.  "" for none.
std::string NamedAndMissing(const FakeData& data);

/// Quarantine and the way back.
bool ChangesNames(const Action& action);
Observed LookAtTriggers(const FakeData& data, const Step& step, const SyncContext& sync);
Result<void> ChangeTriggers(FakeData& data, const Step& step, const SyncContext& sync,
                            const Send& send);
/// Triggers that fit the names of the columns as they are.
Result<void> MendTriggers(FakeData& data, const Step& step, const SyncContext& sync,
                          const Send& send);

}  // namespace interlock::simulation
