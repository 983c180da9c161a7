// The statements of a step: an action as data, rendered for PostgreSQL.
#pragma once

#include <string>
#include <vector>

#include "engine/sql.h"
#include "model/step.h"

namespace interlock::postgres {

/// In the order in which they are sent, without tag and fence.  Looks up what twins and sync
/// triggers are made from; changes nothing.  kConfig for SQL of the user that is not what it should
/// be, kRefused when the source of a twin is not there.
Result<std::vector<std::string>> RenderStep(SqlConnection& connection, const Step& step,
                                            const SyncContext& sync);

/// Whether the statements hold SQL of the user, in which names are looked for as the role would.
bool HasUserSql(const Action& action);

}  // namespace interlock::postgres
