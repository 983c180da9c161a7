#include "ledger/export.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "ledger/bytes.h"
#include "model/json.h"

namespace interlock {
namespace {

using nlohmann::json;

json WriteText(const std::string& text) {
  if (IsUtf8(text)) return text;
  return json{{"base64", ToBase64(text)}};
}

/// Takes the keys of one object and keeps the first thing that is wrong.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  std::string Text(const char* key) {
    const json* value = Take(key);
    if (value == nullptr) return {};
    if (value->is_string()) return value->get<std::string>();
    if (value->is_object() && value->size() == 1 && value->contains("base64") &&
        value->at("base64").is_string()) {
      const auto bytes = FromBase64(value->at("base64").get_ref<const std::string&>());
      if (bytes && !IsUtf8(*bytes)) return *bytes;
    }
    Wrong(key, "is neither a text nor {\"base64\": …} of what is no text");
    return {};
  }

  template <typename T>
  T Number(const char* key) {
    const json* value = Take(key);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned()) {
      const auto number = value->get<std::uint64_t>();
      if (number <= static_cast<std::uint64_t>(std::numeric_limits<T>::max()))
        return static_cast<T>(number);
    } else if (value->is_number_integer() && std::numeric_limits<T>::is_signed) {
      const auto number = value->get<std::int64_t>();
      if (number >= static_cast<std::int64_t>(std::numeric_limits<T>::min()))
        return static_cast<T>(number);
    }
    Wrong(key, "is not a whole number in range");
    return 0;
  }

  /// What is wrong, or "".
  std::string Finish() {
    if (wrong_.empty() && object_.size() != taken_) wrong_ = "there are unknown keys";
    return wrong_;
  }

 private:
  const json* Take(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) {
      Wrong(key, "is missing");
      return nullptr;
    }
    ++taken_;
    return &*found;
  }
  void Wrong(const char* key, std::string_view what) {
    if (wrong_.empty()) wrong_ = fmt::format("'{}' {}", key, what);
  }

  const json& object_;
  size_t taken_ = 0;
  std::string wrong_;
};

tl::unexpected<Error> BadLine(std::string_view what) {
  return Fail(ErrorKind::kCorrupt, "IL-L14", fmt::format("not an exported ledger entry: {}", what),
              "export it anew: interlock ledger export FILE");
}

}  // namespace

std::string ExportEntry(const Entry& entry) {
  return CanonicalJson(json{{"chain", WriteText(entry.chain)},
                            {"seq", entry.seq},
                            {"format", entry.format},
                            {"prev_hash", WriteText(entry.prev_hash)},
                            {"hash", WriteText(entry.hash)},
                            {"at", entry.at},
                            {"kind", std::string(ToString(entry.kind))},
                            {"token", entry.token},
                            {"actor", WriteText(entry.actor)},
                            {"session_user", WriteText(entry.session_user)},
                            {"release", WriteText(entry.release)},
                            {"step", WriteText(entry.step)},
                            {"attempt", entry.attempt},
                            {"body", WriteText(entry.body)}});
}

std::string ExportEntries(std::span<const Entry> entries) {
  std::string out;
  for (const auto& entry : entries) out += ExportEntry(entry) + "\n";
  return out;
}

Result<Entry> ImportEntry(const std::string& line) {
  IL_ASSIGN(const json object, ParseJson(line));
  if (!object.is_object()) return BadLine("not an object");
  Fields fields(object);
  Entry entry;
  entry.chain = fields.Text("chain");
  entry.seq = fields.Number<std::uint64_t>("seq");
  entry.format = fields.Number<int>("format");
  entry.prev_hash = fields.Text("prev_hash");
  entry.hash = fields.Text("hash");
  entry.at = fields.Number<Timestamp>("at");
  const std::string kind = fields.Text("kind");
  entry.token = fields.Number<std::uint64_t>("token");
  entry.actor = fields.Text("actor");
  entry.session_user = fields.Text("session_user");
  entry.release = fields.Text("release");
  entry.step = fields.Text("step");
  entry.attempt = fields.Number<int>("attempt");
  entry.body = fields.Text("body");
  if (const auto wrong = fields.Finish(); !wrong.empty()) return BadLine(wrong);
  IL_ASSIGN(entry.kind, ParseEntryKind(kind));
  return entry;
}

Result<std::vector<Entry>> ImportEntries(std::string_view text) {
  std::vector<Entry> entries;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    if (end == std::string_view::npos)
      return BadLine(fmt::format("line {} has no end: the export was cut off", number));
    auto entry = ImportEntry(std::string(text.substr(0, end)));
    if (!entry) {
      entry.error().message = fmt::format("line {}: {}", number, entry.error().message);
      return Fail(std::move(entry).error());
    }
    entries.push_back(std::move(*entry));
    text.remove_prefix(end + 1);
  }
  return entries;
}

std::map<std::string, std::vector<Entry>> ByChain(std::vector<Entry> entries) {
  std::map<std::string, std::vector<Entry>> chains;
  for (auto& entry : entries) {
    auto& chain = chains[entry.chain];
    chain.push_back(std::move(entry));
  }
  return chains;
}

}  // namespace interlock
