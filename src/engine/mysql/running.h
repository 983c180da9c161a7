// Whether some session still works on a step: a killed client's ALTER goes on, and commits.
#pragma once

#include "engine/mysql/connection.h"
#include "model/step.h"

namespace interlock::mysql {

/// kRunning when a statement with the step's tag is in the process list of another session of this
/// database; or, where statements are hidden for lack of PROCESS, when another session holds a
/// claim that covers the step.  Else kAbsent.
Result<Observation> ObserveRunning(MySqlConnection& connection, const Step& step);

}  // namespace interlock::mysql
