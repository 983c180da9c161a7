#include "model/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "model/json_io.h"
#include "model/json_tables.h"

namespace interlock {
namespace {

using nlohmann::json;

/// What is nested deeper is none of ours, and could use up the stack of who walks it.
constexpr int kDeepest = 64;

void AppendText(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void Append(const json& value, std::string& out) {
  if (value.is_string()) {
    AppendText(value.get_ref<const std::string&>(), out);
  } else if (value.is_object()) {
    char separator = '{';
    for (const auto& [key, item] : value.items()) {
      out += std::exchange(separator, ',');
      AppendText(key, out);
      out += ':';
      Append(item, out);
    }
    out += value.empty() ? "{}" : "}";
  } else if (value.is_array()) {
    char separator = '[';
    for (const auto& item : value) {
      out += std::exchange(separator, ',');
      Append(item, out);
    }
    out += value.empty() ? "[]" : "]";
  } else {
    out += value.dump();
  }
}

}  // namespace

json ToJson(const ObjectRef& ref) { return json_io::Write(ref); }
json ToJson(const Change& change) { return json_io::Write(change); }
json ToJson(const Action& action) { return json_io::Write(action); }
json ToJson(const SyncSpec& spec) { return json_io::Write(spec); }
json ToJson(const Step& step) { return json_io::Write(step); }
json ToJson(const std::vector<Step>& steps) { return json_io::Write(steps); }
json ToJson(const Uses& uses) { return json_io::Write(uses); }
json ToJson(const Migration& migration) { return json_io::Write(migration); }

Result<Action> ActionFromJson(const json& json) { return json_io::ReadAll<Action>(json); }
Result<Step> StepFromJson(const json& json) { return json_io::ReadAll<Step>(json); }
Result<std::vector<Step>> StepsFromJson(const json& json) {
  return json_io::ReadAll<std::vector<Step>>(json);
}
Result<Uses> UsesFromJson(const json& json) { return json_io::ReadAll<Uses>(json); }
Result<Migration> MigrationFromJson(const json& json) { return json_io::ReadAll<Migration>(json); }

Result<json> ParseJson(const std::string& text) {
  int deepest = 0;
  std::optional<std::string> twice;
  std::vector<std::set<std::string>> keys;  // of the objects that are open now
  auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    deepest = std::max(deepest, depth);
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      twice = parsed.get<std::string>();
    return true;
  };
  try {
    auto parsed = json::parse(text, watch);
    if (twice)
      return Fail(ErrorKind::kCorrupt, "IL-L21", fmt::format("JSON: '{}' stands twice", *twice));
    if (deepest > kDeepest)
      return Fail(ErrorKind::kCorrupt, "IL-L21",
                  fmt::format("JSON: nested deeper than {}", kDeepest));
    return parsed;
  } catch (const json::parse_error& error) {
    return Fail(ErrorKind::kCorrupt, "IL-L21", fmt::format("not JSON at byte {}", error.byte));
  } catch (const json::out_of_range& error) {
    return Fail(ErrorKind::kCorrupt, "IL-L21", "JSON: a number is out of range");
  }
}

std::string CanonicalJson(const json& json) {
  std::string out;
  Append(json, out);
  return out;
}

}  // namespace interlock
