#include "engine/mysql/running.h"

#include <algorithm>

#include "engine/answers.h"
#include "engine/mysql/claims.h"
#include "engine/mysql/grants.h"
#include "engine/session.h"

namespace interlock::mysql {

Result<Observation> ObserveRunning(MySqlConnection& connection, const Step& step) {
  // What this account may see; the tag stands in front, so a long statement's end does not matter.
  IL_ASSIGN(
      const SqlRows rows,
      connection.Execute(
          "SELECT id, command, time, INSTR(BINARY LEFT(info, 2000), BINARY $1) > 0 AND"
          " info LIKE '/* interlock %' AND db = DATABASE() FROM " +
              connection.process_list() + " WHERE id <> CONNECTION_ID() ORDER BY time DESC, id",
          {MarkOf(step)}));
  for (const auto& row : rows.rows)
    if (row.at(3) == "1")
      return Observation{Observed::kRunning, "session " + row.at(0).value_or("?") +
                                                 " still runs it (" + row.at(1).value_or("?") +
                                                 ", since " + row.at(2).value_or("?") + " s)"};
  IL_ASSIGN(const Grants grants, ReadGrants(connection));
  if (grants.Everywhere("PROCESS")) return Observation{Observed::kAbsent, ""};
  IL_ASSIGN(const SqlRows own, connection.Execute("SELECT CONNECTION_ID()", {}));
  IL_ASSIGN(const SqlValue id, FirstValue(own));
  IL_ASSIGN(const auto claims, MySqlClaims(connection).Holders());
  for (const auto& claim : claims) {
    const std::string holder = std::to_string(claim.session);
    const bool seen = std::any_of(rows.rows.begin(), rows.rows.end(),
                                  [&](const auto& row) { return row.at(0) == holder; });
    if (!claim.alive || seen || holder == id || !Concerns(claim, step)) continue;
    return Observation{Observed::kRunning, "session " + holder + " holds the claim on " +
                                               claim.object +
                                               "; its statement is hidden from this account"};
  }
  return Observation{Observed::kAbsent, ""};
}

}  // namespace interlock::mysql
