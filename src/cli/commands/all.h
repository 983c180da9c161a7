// One function a command; the table in all.cc calls each of them.
#pragma once

#include "cli/command.h"

namespace interlock::cli {

Command InitCommand();
Command DoctorCommand();
Command BaselineCommand();
Command CheckCommand();
Command PlanCommand();
Command DeployCommand();
Command ApplyCommand();
Command StatusCommand();
Command ContractsCommand();
Command ContractCommand();
Command ApproveCommand();
Command AttestCommand();
Command PauseCommand();
Command ResumeCommand();
Command AbortCommand();
Command RollbackCommand();
Command AppRegisterCommand();
Command GateCommand();
Command CensusCommand();
Command CensusForgetCommand();
Command DriftCommand();
Command DriftAcceptCommand();
Command SchemaCommand();
Command ClaimsCommand();
Command ClaimsBreakCommand();
Command AdoptCommand();
Command RetryCommand();
Command OverrideCommand();
Command HistoryCommand();
Command LedgerVerifyCommand();
Command LedgerAnchorCommand();
Command LedgerExportCommand();
Command LedgerReconcileCommand();
Command ExplainCommand();
Command VersionCommand();
Command HelpCommand();

}  // namespace interlock::cli
