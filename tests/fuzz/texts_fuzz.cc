// Small formats: each reads back what it wrote, and what is shown to people stays text.
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/text.h"
#include "cli/entry_text.h"
#include "cli/github_text.h"
#include "cli/history_html.h"
#include "cli/output.h"
#include "cli/text_style.h"
#include "config/change_reader.h"
#include "engine/postgres/quote.h"
#include "engine/postgres/table_key.h"
#include "engine/session.h"
#include "fuzz/fuzz.h"
#include "ledger/bytes.h"
#include "model/catalog.h"
#include "model/json.h"
#include "model/uses.h"
#include "rollout/command_driver.h"

namespace interlock::fuzz {
namespace {

void Names(const std::string& text) {
  if (const auto table = ParseTableName(text)) {
    const auto again = ParseTableName(ToString(*table));
    Require(again && *again == *table, "a table's name comes back as it was", text);
  }
  if (const auto ref = config::ParseObjectRef(text)) {
    const auto again = config::ParseObjectRef(ToString(*ref));
    Require(again && *again == *ref, "an object's name comes back as it was", ToString(*ref));
  }
  if (text.find('\0') == std::string::npos && !text.empty()) {
    const auto quoted = ParseTableName(postgres::Quote(text));
    Require(quoted && quoted->name == text, "whatever is quoted is one name", text);
  }
  const std::string tag = ToComment({text, text, 7});
  Require(tag.find("*/") == tag.size() - 2 && tag.rfind("/*") == 0,
          "nothing ends the comment of a tag", tag);
}

void Durations(const std::string& text) {
  if (const auto duration = ParseDuration(text)) {
    const auto again = ParseDuration(FormatDuration(*duration));
    Require(again && *again == *duration, "a duration comes back as it was", text);
    HumanDuration(*duration);
  }
  if (const auto uses = StateInterval::Parse(text)) {
    const auto again = StateInterval::Parse(uses->ToString());
    Require(again && *again == *uses, "an interval comes back as it was", text);
  }
  (void)cli::ParseSince(text, 1'795'342'500'000'000);
}

void Bytes(const std::string& text) {
  Require(FromHex(ToHex(text)) == text, "hexadecimal comes back");
  Require(FromBase64(ToBase64(text)) == text, "base64 comes back");
  if (const auto bytes = FromBase64(text))
    Require(ToBase64(*bytes) == text, "one base64 a text", text);
  const Key key = postgres::ParseKey(text);
  Require(postgres::ParseKey(postgres::FormatKey(key)) == key, "a key comes back as it was", text);
  if (const auto value = ParseJson(text)) {
    const auto again = ParseJson(CanonicalJson(*value));
    Require(again && CanonicalJson(*again) == CanonicalJson(*value), "canonical JSON is stable");
  }
}

void Shown(const std::string& text) {
  for (const bool color : {false, true}) {
    const std::string shown = cli::Render(text, color);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const auto c = static_cast<unsigned char>(shown[i]);
      if (color && c == 0x1b) {
        Require(shown.compare(i, 2, "\x1b[") == 0 && shown.find('m', i) - i <= 4,
                "only colours are sent to the terminal", shown);
        continue;
      }
      Require(c >= 0x20 || c == '\n' || c == '\t', "no control character is shown", shown);
      Require(c != 0x7f, "no control character is shown", shown);
    }
  }
  const Error error{ErrorKind::kConfig, "IL-C01", text, {text}, text};
  for (const std::size_t width : {20U, 80U}) cli::ErrorText(error, text, width);
  Require(cli::DisplayWidth(cli::Shorten(text, 10)) <= 10, "what is shortened is short", text);
  const std::string html = cli::EscapeHtml(text);
  Require(html.find_first_of("<>\"'") == std::string::npos, "HTML is text", html);
  const std::string annotation = cli::GithubAnnotation(error);
  Require(annotation.find_first_of("\r\n") == std::string::npos, "an annotation is one line");
  const auto line = ParseJson(cli::JsonLine(cli::ErrorJson(error)));
  Require(line.has_value(), "an error in JSON is JSON");
}

void Outside(const std::string& text) {
  if (const auto list = ParseInstanceList("web", text)) {
    for (const auto& instance : *list)
      Require(!instance.name.empty() && !instance.version.empty(), "an instance has a version");
  } else {
    RequireUsable(list.error());
  }
  if (const auto lines = ParseCanonicalText(text)) {
    Require(Diff(*lines, *lines).empty(), "a catalog does not differ from itself", text);
    for (const auto& difference : Diff(*lines, {})) ToString(difference);
    for (const auto& difference : Diff({}, *lines)) ToString(difference);
  } else {
    RequireUsable(lines.error());
  }
  const auto [pattern, name] = Halves(text, "\n");
  MatchesPattern(name, pattern);
  NearestName(name.substr(0, 200), {pattern.substr(0, 200)});
}

}  // namespace
}  // namespace interlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlock::fuzz;
  const Input input(data, size);
  if (input.which == 'n') Names(input.text);
  if (input.which == 'd') Durations(input.text);
  if (input.which == 'b') Bytes(input.text);
  if (input.which == 's') Shown(input.text);
  if (input.which == 'o') Outside(input.text);
  return 0;
}
