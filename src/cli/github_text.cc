#include "cli/github_text.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace interlock::cli {
namespace {

std::string Encode(const std::string& text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

/// "FILE:LINE:COL: TEXT" in its parts.  By hand: a regular expression recurses for each character
/// of a long message.
struct Place {
  std::string_view file;
  std::string_view line;
  std::string_view column;
  std::string_view text;
};

/// The digits at the beginning, which a `mark` ends; they and it are taken off.
std::string_view TakeNumber(std::string_view& rest, std::string_view mark) {
  const auto end =
      std::find_if(rest.begin(), rest.end(), [](char c) { return c < '0' || c > '9'; });
  const auto number = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(number.size());
  if (number.empty() || !rest.starts_with(mark)) return {};
  rest.remove_prefix(mark.size());
  return number;
}

std::optional<Place> PlaceOf(std::string_view message) {
  for (auto colon = message.find(':'); colon != std::string_view::npos;
       colon = message.find(':', colon + 1)) {
    std::string_view rest = message.substr(colon + 1);
    const auto line = TakeNumber(rest, ":");
    const auto column = line.empty() ? line : TakeNumber(rest, ": ");
    if (colon > 0 && !column.empty()) return Place{message.substr(0, colon), line, column, rest};
  }
  return std::nullopt;
}

}  // namespace

std::string GithubAnnotation(const Error& error) {
  std::string properties;
  std::string message = error.message;
  if (const auto place = PlaceOf(error.message)) {
    properties = "file=" + Encode(std::string(place->file), true) +
                 ",line=" + std::string(place->line) + ",col=" + std::string(place->column) + ",";
    message = std::string(place->text);
  }
  for (const auto& line : error.details) message += "\n" + line;
  if (!error.hint.empty()) message += "\n" + error.hint;
  return "::error " + properties + "title=" + Encode(error.code, true) +
         "::" + Encode(message, false);
}

}  // namespace interlock::cli
