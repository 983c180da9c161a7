#include "cli/commands/all.h"

namespace interlock::cli {

std::vector<Command> AllCommands() {
  return {InitCommand(),         DoctorCommand(),       BaselineCommand(),
          CheckCommand(),        PlanCommand(),         DeployCommand(),
          ApplyCommand(),        StatusCommand(),       ContractsCommand(),
          ContractCommand(),     ApproveCommand(),      AttestCommand(),
          PauseCommand(),        ResumeCommand(),       AbortCommand(),
          RollbackCommand(),     AppRegisterCommand(),  GateCommand(),
          CensusCommand(),       CensusForgetCommand(), DriftCommand(),
          DriftAcceptCommand(),  SchemaCommand(),       ClaimsCommand(),
          ClaimsBreakCommand(),  AdoptCommand(),        RetryCommand(),
          OverrideCommand(),     HistoryCommand(),      LedgerVerifyCommand(),
          LedgerAnchorCommand(), LedgerExportCommand(), LedgerReconcileCommand(),
          ExplainCommand(),      VersionCommand(),      HelpCommand()};
}

}  // namespace interlock::cli
