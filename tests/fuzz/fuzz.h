// What the fuzz targets share: a property that must hold, and the input in parts.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"

namespace interlock::fuzz {

/// Ends the process where it is false, as a crash that libFuzzer keeps the input of.
inline void Require(bool holds, const char* what, const std::string& detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n%s\n", what, detail.c_str());
  std::abort();
}

/// An error that a person can act on: never internal, with a message and a code.
inline void RequireUsable(const Error& error) {
  Require(error.kind != ErrorKind::kInternal, "an internal error", ToString(error));
  Require(!error.message.empty() && !error.code.empty(), "an error says what is wrong");
}

/// The input: its first character says which format the rest is in.
struct Input {
  Input(const std::uint8_t* data, std::size_t size)
      : which(size == 0 ? '\0' : static_cast<char>(data[0])),
        text(size == 0 ? "" : std::string(reinterpret_cast<const char*>(data) + 1, size - 1)) {}
  char which;
  std::string text;
};

/// What stands before the first `separator`, and what after it; all and nothing where it is not.
inline std::pair<std::string, std::string> Halves(std::string_view text,
                                                  std::string_view separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + separator.size()))};
}

}  // namespace interlock::fuzz
