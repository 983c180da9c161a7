// interlock.toml as a value: databases, applications and their drivers, settings; one environment
// already laid over it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/uses.h"

namespace interlock {

struct BackfillSettings {
  int workers = 2;
  Duration batch_time = std::chrono::milliseconds(250);
  int nice_ratio = 0;  ///< for each moment of work so many of rest
  Duration max_replica_lag = std::chrono::seconds(5);
  int max_threads_running = 0;              ///< 0: not looked at; MariaDB and MySQL
  int max_history_list_length = 1'000'000;  ///< the same
  int max_log_backlog = 1'000'000;          ///< the same: changes that wait to be brought over
};

struct Database {
  std::string name;
  std::string url;                ///< resolved secret; never printed, never recorded
  std::vector<std::string> owns;  ///< patterns "schema.table"; empty: all but system
  std::vector<std::string> ignore;
  std::vector<std::string> others;    ///< session names that are no application
  std::vector<std::string> replicas;  ///< resolved urls
  Duration lock_timeout = std::chrono::milliseconds(500);
  Duration lock_budget = std::chrono::minutes(5);  ///< for one step's retries
  Duration end_blockers_after{0};  ///< the age of a transaction in a step's way; 0: never
  int in_place_rows = 1'000'000;   ///< the most that an ALTER in place may take with replicas
  BackfillSettings backfill;
};

/// Commands are argument lists; "{instance}" and "{version}" are filled in as whole words' parts.
struct DriverSettings {
  std::string driver;  ///< "command", or "" when the app is not rolled out
  std::vector<std::string> list;
  std::vector<std::string> instances;  ///< instead of list: fixed names
  std::vector<std::string> start, stop, healthy, drain, undrain;
  Duration timeout = std::chrono::minutes(2);
};

enum class UnknownSessions { kReport, kBlock };

struct CensusSettings {
  std::string sessions;  ///< "web/{version}"; empty: sessions can't be told apart
  UnknownSessions unknown = UnknownSessions::kReport;
  Duration window = std::chrono::minutes(1);
  Duration admission =
      std::chrono::seconds(30);  ///< a start's timeout: between closing and counting
};

struct App {
  std::string name;
  std::vector<std::string> databases;
  std::string uses_file;  ///< "" or a path from the project's root
  CensusSettings census;
  DriverSettings deploy;
};

/// What a plan's [contract] and an environment's floor say.
struct ContractSettings {
  std::optional<Duration> soak;
  std::optional<Duration> quarantine;  ///< pause between the rename and the drop
  std::optional<int> approvals;
};

struct Project {
  std::string name;
  std::string root;         ///< folder of interlock.toml
  std::string environment;  ///< "" or the name chosen
  bool is_protected = false;
  std::vector<std::string> migration_folders;
  std::string ledger_url;  ///< "" = the one database
  std::map<std::string, Database> databases;
  std::map<std::string, App> apps;
  ContractSettings contract_floor;  ///< a plan may not go below it
};

}  // namespace interlock
