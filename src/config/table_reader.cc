#include "config/table_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/codes.h"

namespace interlock::config {

TableReader::TableReader(const Node& node, std::string name, Problems& problems)
    : node_(node),
      name_(std::move(name)),
      problems_(problems),
      usable_(node.type == Node::Type::kTable) {
  if (!usable_)
    problems_.Add(node.at, kWrongType, fmt::format("{} is {}", name_, TypeName(node.type)),
                  "a table");
}

Position TableReader::At(std::string_view key) const {
  const Node* value = node_.Find(key);
  return value != nullptr ? value->at : node_.at;
}

void TableReader::Missing(std::string_view key, const std::string& expected) {
  if (!usable_) return;
  problems_.Add(node_.at, kMissingKey, fmt::format("{} has no '{}'", name_, key),
                fmt::format("{} = {}", key, expected));
}

const Node* TableReader::Get(std::string_view key, Node::Type type, Need need,
                             const std::string& expected) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const std::string wanted = expected.empty() ? std::string(TypeName(type)) : expected;
  const Node* value = node_.Find(key);
  if (value == nullptr) {
    if (need == Need::kRequired) Missing(key, wanted);
    return nullptr;
  }
  if (value->type != type) {
    problems_.Add(value->at, kWrongType, fmt::format("'{}' is {}", key, TypeName(value->type)),
                  wanted);
    return nullptr;
  }
  return value;
}

const Node* TableReader::Text(std::string_view key, Need need) {
  const Node* value = Get(key, Node::Type::kString, need);
  if (value != nullptr && value->text.empty() && !value->open) {
    problems_.Add(value->at, kWrongValue, fmt::format("'{}' is empty", key),
                  "a string with something in it");
    return nullptr;
  }
  return value;
}

std::string TableReader::String(std::string_view key, Need need) {
  const Node* value = Text(key, need);
  return value == nullptr ? "" : value->text;
}

std::optional<std::string> TableReader::OptionalString(std::string_view key) {
  const Node* value = Text(key);
  if (value == nullptr) return std::nullopt;
  return value->text;
}

std::string TableReader::OneOf(std::string_view key, const std::vector<std::string>& words) {
  const Node* value = Text(key);
  if (value == nullptr || value->open) return words.front();
  if (std::find(words.begin(), words.end(), value->text) == words.end()) {
    problems_.Add(value->at, kWrongValue, fmt::format("'{}' is '{}'", key, value->raw),
                  Quoted(words), DidYouMean(value->raw, words));
    return words.front();
  }
  return value->text;
}

bool TableReader::Boolean(std::string_view key, bool otherwise) {
  const Node* value = Get(key, Node::Type::kBoolean, Need::kOptional, "true or false");
  return value == nullptr ? otherwise : value->boolean;
}

std::optional<int> TableReader::Integer(std::string_view key, int least, int most) {
  const Node* value = Get(key, Node::Type::kInteger);
  if (value == nullptr) return std::nullopt;
  if (value->integer < least || value->integer > most) {
    problems_.Add(value->at, kWrongValue, fmt::format("'{}' is {}", key, value->integer),
                  fmt::format("a number from {} to {}", least, most));
    return std::nullopt;
  }
  return static_cast<int>(value->integer);
}

std::optional<Duration> TableReader::GetDuration(std::string_view key, Duration least) {
  const Node* value =
      Get(key, Node::Type::kString, Need::kOptional, "a duration in quotes such as \"30s\"");
  if (value == nullptr || value->open) return std::nullopt;
  const auto parsed = ParseDuration(value->text);
  if (!parsed) {
    problems_.Add(*value, parsed.error(), "a duration such as \"30s\"");
    return std::nullopt;
  }
  if (*parsed < least) {
    problems_.Add(value->at, kWrongValue, fmt::format("'{}' is \"{}\"", key, value->raw),
                  fmt::format("at least \"{}\"", FormatDuration(least)));
    return std::nullopt;
  }
  return *parsed;
}

std::optional<TableName> TableReader::GetTableName(std::string_view key, Need need) {
  const std::string expected = "a table's name such as \"users\" or \"public.users\"";
  if (Get(key, Node::Type::kString, need, expected) == nullptr) return std::nullopt;
  const Node* value = Text(key);
  if (value == nullptr) return std::nullopt;
  auto parsed = ParseTableName(value->text);
  if (!parsed) {
    problems_.Add(*value, parsed.error(), expected);
    return std::nullopt;
  }
  return *parsed;
}

std::vector<const Node*> TableReader::Texts(std::string_view key, Need need,
                                            const std::string& expected) {
  std::vector<const Node*> out;
  const Node* value = Get(key, Node::Type::kArray, need, expected);
  if (value == nullptr) return out;
  for (const auto& item : value->items) {
    if (item.type != Node::Type::kString) {
      problems_.Add(item.at, kWrongType, fmt::format("'{}' holds {}", key, TypeName(item.type)),
                    expected);
    } else if (item.text.empty() && !item.open) {
      problems_.Add(item.at, kWrongValue, fmt::format("'{}' holds an empty string", key), expected);
    } else {
      out.push_back(&item);
    }
  }
  if (value->items.empty() && need != Need::kOptional)
    problems_.Add(value->at, kWrongValue, fmt::format("'{}' is empty", key), expected);
  return out;
}

std::vector<std::string> TableReader::Strings(std::string_view key, Need need) {
  std::vector<std::string> out;
  for (const Node* node : Texts(key, need)) out.push_back(node->text);
  return out;
}

std::vector<std::string> TableReader::Names(std::string_view key, Need need) {
  std::vector<std::string> out;
  const auto nodes = Texts(key, need, "a list of names");
  CheckDistinct(nodes, "'" + std::string(key) + "'", problems_);
  for (const Node* node : nodes) out.push_back(node->text);
  return out;
}

std::vector<const Node*> TableReader::Tables(std::string_view key, Need need,
                                             const std::string& expected) {
  std::vector<const Node*> out;
  const Node* value = Get(key, Node::Type::kArray, need, expected);
  if (value == nullptr) return out;
  for (const auto& item : value->items) {
    if (item.type == Node::Type::kTable) {
      out.push_back(&item);
    } else {
      problems_.Add(item.at, kWrongType, fmt::format("'{}' holds {}", key, TypeName(item.type)),
                    expected);
    }
  }
  if (value->items.empty() && need != Need::kOptional)
    problems_.Add(value->at, kWrongValue, fmt::format("'{}' is empty", key), expected);
  return out;
}

void TableReader::Forbid(std::string_view key, const std::string& hint) {
  forbidden_.emplace_back(key);
  for (const auto& member : node_.members)
    if (member.key == key)
      problems_.Add(member.at, kUnknownKey, fmt::format("{} takes no '{}'", name_, key), "", hint);
}

void TableReader::Finish() {
  auto is_in = [](const std::vector<std::string>& keys, const std::string& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  for (const auto& member : node_.members) {
    if (is_in(known_, member.key) || is_in(forbidden_, member.key)) continue;
    problems_.Add(member.at, kUnknownKey, fmt::format("unknown key '{}' in {}", member.key, name_),
                  Quoted(known_), DidYouMean(member.key, known_));
  }
}

void CheckDistinct(const std::vector<const Node*>& texts, const std::string& what,
                   Problems& problems) {
  std::set<std::string> seen;
  for (const Node* node : texts)
    if (!seen.insert(node->text).second)
      problems.Add(node->at, kDuplicate, fmt::format("'{}' stands in {} twice", node->raw, what),
                   "each name once");
}

}  // namespace interlock::config
