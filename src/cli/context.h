// What a command works with: its arguments, its output, and the project's servers once it asks.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "engine/engine.h"
#include "model/migration.h"
#include "model/project.h"
#include "runner/bulk_work.h"
#include "runner/world.h"

namespace interlock::cli {

struct Command;

/// Who acts: --actor, INTERLOCK_ACTOR, or user@host.
Actor WhoActs(const std::string& named);

class Context {
 public:
  /// Command, arguments and output outlive it.
  Context(const std::vector<Command>& commands, const Arguments& arguments, Output& output);
  ~Context();

  const std::vector<Command>& commands() const { return commands_; }
  const Arguments& args() const { return arguments_; }
  Output& out() { return output_; }
  Progress& progress() { return progress_; }
  RunControl& control() { return control_; }
  Clock& clock() { return control_.clock; }

  /// Read once; kConfig says file, line and column.
  Result<const Project*> project();
  Result<const std::vector<Migration>*> migrations();
  /// NAME=VALUE of --set.
  Result<std::map<std::string, std::string>> Settings() const;

  /// Connects to `databases` (all when empty) and reads the chains.  Writes nothing.
  Result<World*> Open(const std::vector<std::string>& databases = {});
  /// Open for `gate`, which must work while the ledger home is away: then what only it knows
  /// (versions named by plans) is not known.
  Result<World*> OpenForGate(const std::vector<std::string>& databases);
  /// Open, and begins ledgers that are not there yet.
  Result<World*> OpenToWrite();
  /// Open for PlanToWrite: ledgers that are there are begun, which asks whether they are ours.
  Result<World*> OpenToPlan();
  /// The engine of one database, not connected.  kUsage with the nearest name.
  Result<Engine*> EngineOf(const std::string& database);
  /// The database named by --database, or the only one.  kUsage when there are several.
  Result<std::string> OneDatabase();
  /// Steps of RunBackfill and RunVerify.  REQUIRES: Open.
  BulkWork& bulk();
  /// The engines and the ledger home of the configuration, connected to nothing.
  Result<void> MakeEngines();
  /// A ledger home of its own, or nullptr.  REQUIRES: MakeEngines, which Open and EngineOf call.
  Ledger* home() { return home_.get(); }

  /// --reason.  kUsage (IL-U05) without one; asks on a terminal unless --no-input.
  Result<std::string> Reason();
  /// In a protected environment asks on a terminal unless --no-input; kWaitsForPerson on "no".
  Result<void> ConfirmProtected(const std::string& what);

 private:
  std::unique_ptr<World> MakeWorld(Ledger* home);
  bool CanAsk() const;

  const std::vector<Command>& commands_;
  const Arguments& arguments_;
  Output& output_;
  Progress progress_;
  RunControl control_;
  std::unique_ptr<Project> project_;
  std::unique_ptr<std::vector<Migration>> migrations_;
  std::map<std::string, std::unique_ptr<Engine>> engines_;
  std::unique_ptr<Ledger> home_;
  std::unique_ptr<World> world_;
  std::unique_ptr<BulkWork> bulk_;
};

}  // namespace interlock::cli
