#include "cli/github_text.h"

#include <regex>

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

}  // namespace

std::string GithubAnnotation(const Error& error) {
  static const std::regex kPlace(R"(^(.+?):(\d+):(\d+): ([\s\S]*)$)");
  std::smatch place;
  std::string properties;
  std::string message = error.message;
  if (std::regex_match(error.message, place, kPlace)) {
    properties = "file=" + Encode(place[1], true) + ",line=" + place[2].str() +
                 ",col=" + place[3].str() + ",";
    message = place[4];
  }
  for (const auto& line : error.details) message += "\n" + line;
  if (!error.hint.empty()) message += "\n" + error.hint;
  return "::error " + properties + "title=" + Encode(error.code, true) +
         "::" + Encode(message, false);
}

}  // namespace interlock::cli
