#include "config/toml_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "config/codes.h"
#include "config/problems.h"

namespace interlock::config {
namespace {

Position Begin(const toml::source_region& source) {
  return {static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
}

Node Convert(const toml::node& node);

void ConvertTable(const toml::table& table, Node* out) {
  out->type = Node::Type::kTable;
  for (const auto& [key, value] : table)
    out->members.push_back({std::string(key.str()), Begin(key.source()), Convert(value)});
  // toml++ sorts by key; people read from top to bottom.
  std::stable_sort(out->members.begin(), out->members.end(), [](const Member& a, const Member& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
}

Node Convert(const toml::node& node) {
  Node out;
  out.at = Begin(node.source());
  if (const auto* table = node.as_table()) {
    ConvertTable(*table, &out);
  } else if (const auto* array = node.as_array()) {
    out.type = Node::Type::kArray;
    for (const auto& item : *array) out.items.push_back(Convert(item));
  } else if (const auto* text = node.as_string()) {
    out.type = Node::Type::kString;
    out.text = out.raw = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.type = Node::Type::kInteger;
    out.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out.type = Node::Type::kBoolean;
    out.boolean = boolean->get();
  } else {
    out.type = node.is_floating_point() ? Node::Type::kFloat : Node::Type::kTime;
  }
  return out;
}

/// The first string or key that holds a zero character: no server takes one, and a C library would
/// take the rest for nothing.
std::optional<Position> FindZero(const Node& node) {
  if (node.text.find('\0') != std::string::npos) return node.at;
  for (const auto& item : node.items)
    if (const auto found = FindZero(item)) return found;
  for (const auto& member : node.members) {
    if (member.key.find('\0') != std::string::npos) return member.at;
    if (const auto found = FindZero(member.value)) return found;
  }
  return std::nullopt;
}

}  // namespace

Result<Node> ParseToml(const std::string& text, const std::string& file) {
  try {
    Node root;
    ConvertTable(toml::parse(std::string_view(text)), &root);
    root.at = {1, 1};
    if (const auto zero = FindZero(root)) {
      Problems problems(file);
      problems.Add(*zero, kWrongValue, "a zero character (\\u0000) stands here", "", "take it out");
      return Fail(problems.First());
    }
    return root;
  } catch (const toml::parse_error& error) {
    Problems problems(file);
    problems.Add(Begin(error.source()), kSyntax,
                 "this is not TOML: " + std::string(error.description()), "",
                 "the format is described at https://toml.io");
    return Fail(problems.First());
  }
}

}  // namespace interlock::config
