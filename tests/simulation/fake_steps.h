// What the fake server shows of a step, and the statements by which a step is carried out.
#pragma once

#include "simulation/fake_data.h"

namespace interlock::simulation {

/// What the catalog shows of the step.
Observed LookAtStep(const FakeData& data, const Step& step, const SyncContext& sync);
/// From wherever the step is to its end.
Result<void> CarryOut(FakeData& data, const Step& step, const SyncContext& sync, const Send& send);
/// Takes back, or brings to an end, what is half done.
Result<void> MendStep(FakeData& data, const Step& step, const SyncContext& sync, const Send& send);

}  // namespace interlock::simulation
