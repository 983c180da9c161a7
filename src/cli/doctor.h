// What doctor finds: one line a check, with the mend; the checks of one database.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/sql.h"
#include "model/project.h"

namespace interlock::mysql {
class MySqlConnection;
}

namespace interlock::cli {

enum class Finding { kOk, kWarn, kStop };
std::string_view ToString(Finding finding);

struct CheckLine {
  Finding finding = Finding::kOk;
  std::string where;         ///< "database main"
  std::string what;          ///< "privileges"
  std::string shown;         ///< "CREATE on the database"
  std::string mend;          ///< what to do, when not ok
  bool unreachable = false;  ///< the server could not be asked at all
};

/// Connection, session mode, identity, replicas, ledger: over the engine's interface.
std::vector<CheckLine> CheckEngine(Engine& engine, Clock& clock);
/// Version, privileges, settings, encoding, limits of a PostgreSQL server.  What cannot be asked is
/// a warning.
std::vector<CheckLine> CheckPostgres(SqlConnection& connection, const Database& database);
/// Version, privileges by what they are for, settings, engines of a MySQL or MariaDB server.
std::vector<CheckLine> CheckMySql(mysql::MySqlConnection& connection, const Database& database);
/// Drivers' programs and census patterns of the applications.
std::vector<CheckLine> CheckApps(const Project& project);

}  // namespace interlock::cli
