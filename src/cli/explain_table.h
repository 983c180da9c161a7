// Every code that a message may carry: what it means, what to do.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace interlock::cli {

struct Explanation {
  std::string_view code;
  std::string_view title;
  std::string_view meaning;
  std::string_view todo;
};

/// Sorted by code.
std::span<const Explanation> Explanations();
/// nullptr for a code that no message carries.
const Explanation* Explain(std::string_view code);

}  // namespace interlock::cli
