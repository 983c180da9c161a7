// Errors as values: what went wrong, sorted by what the caller must do about it.
#pragma once

#include <string>
#include <vector>

namespace interlock {

/// What the caller must do.  Each kind has one exit code (the table in docs/exit-codes.md).
enum class ErrorKind {
  kInternal,        ///< a bug: exit 1
  kWaitsForPerson,  ///< approval, attestation, pause: exit 3
  kRefused,         ///< the safety rule or a precondition says no: exit 4
  kDrift,           ///< the schema differs and no step of ours did it: exit 5
  kBusy,            ///< another runner holds the claim: exit 6
  kFenced,          ///< our token is old: someone took over; touch nothing more: exit 6
  kCorrupt,         ///< the ledger does not verify: exit 7
  kUndecidable,     ///< what is cannot be shown; a person must look: exit 8
  kFailed,          ///< failed for good; nothing half done is left: exit 9
  kStopped,         ///< stopped part-way, resumable: exit 10
  kTransient,       ///< may pass: a lock budget used up, too many connections: exit 10
  kInDoubt,         ///< the reply was lost; observe before anything else: exit 10
  kUnreachable,     ///< no connection: exit 11
  kStale,           ///< plan or approval no longer matches: exit 12
  kVerification,    ///< data does not verify: exit 13
  kUsage,           ///< wrong command line: exit 64
  kNotYet,          ///< comes by itself (soak, window): exit 75
  kConfig,          ///< wrong file or setting: exit 78
};

/// One clear message: where, what was found, what was expected, what to do.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string code;                  ///< "IL-G03"; `interlock explain` knows it
  std::string message;               ///< one line, no full stop
  std::vector<std::string> details;  ///< further lines: what stands in the way, with names
  std::string hint;                  ///< what to do next, with the command
};

/// The process exit code of an error kind; 0 is never returned.
int ExitCode(ErrorKind kind);

/// Message, details and hint as plain lines, for logs and tests.
std::string ToString(const Error& error);

}  // namespace interlock
