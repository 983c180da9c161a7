#include "base/error.h"

namespace interlock {

int ExitCode(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInternal:
      return 1;
    case ErrorKind::kWaitsForPerson:
      return 3;
    case ErrorKind::kRefused:
      return 4;
    case ErrorKind::kDrift:
      return 5;
    case ErrorKind::kBusy:
    case ErrorKind::kFenced:
      return 6;
    case ErrorKind::kCorrupt:
      return 7;
    case ErrorKind::kUndecidable:
      return 8;
    case ErrorKind::kFailed:
      return 9;
    case ErrorKind::kStopped:
    case ErrorKind::kTransient:
    case ErrorKind::kInDoubt:
      return 10;
    case ErrorKind::kUnreachable:
      return 11;
    case ErrorKind::kStale:
      return 12;
    case ErrorKind::kVerification:
      return 13;
    case ErrorKind::kUsage:
      return 64;
    case ErrorKind::kNotYet:
      return 75;
    case ErrorKind::kConfig:
      return 78;
  }
  return 1;
}

std::string ToString(const Error& error) {
  std::string text = error.message;
  for (const auto& line : error.details) text += "\n  " + line;
  if (!error.hint.empty()) text += "\n  " + error.hint;
  if (!error.code.empty()) text += "  [" + error.code + "]";
  return text;
}

}  // namespace interlock
