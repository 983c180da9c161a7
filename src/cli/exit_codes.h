// The exit codes as one table: their meaning, for --help and docs/exit-codes.md.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace interlock::cli {

struct ExitMeaning {
  int code = 0;
  std::string_view meaning;
};

/// Every exit code there is, ascending.
std::span<const ExitMeaning> ExitMeanings();
/// "" for a code that is not in the table.
std::string_view ExitMeaningOf(int code);
/// The word in --json: "refused", "waits_for_person".
std::string_view KindName(ErrorKind kind);

inline constexpr int kExitChangesPending = 2;

}  // namespace interlock::cli
