#include "config/variables.h"

#include <fmt/format.h>

#include "config/codes.h"

namespace interlock::config {
namespace {

bool IsVariableName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
      return false;
  return true;
}

void ExpandText(Node& node, const Env& env, Unset unset, const std::string& way_to_set,
                Problems& problems) {
  const std::string& raw = node.raw;
  std::string out;
  size_t i = 0;
  while (i < raw.size()) {
    if (raw.compare(i, 3, "$${") == 0) {
      out += "${";
      i += 3;
      continue;
    }
    if (raw.compare(i, 2, "${") != 0) {
      out += raw[i++];
      continue;
    }
    const size_t end = raw.find('}', i);
    const auto name = end == std::string::npos ? "" : raw.substr(i + 2, end - i - 2);
    if (!IsVariableName(name)) {
      problems.Add(node.at, kVariable, "this string holds a malformed variable",
                   "${NAME} of letters, digits and '_'", "write $${ for a literal ${");
      node.open = true;
      return;
    }
    if (const auto value = env(name)) {
      out += *value;
    } else {
      node.open = true;
      out += raw.substr(i, end + 1 - i);
      if (unset == Unset::kWrong)
        problems.Add(node.at, kVariable, fmt::format("${{{}}} is not set", name), "",
                     fmt::format(fmt::runtime(way_to_set), name));
    }
    i = end + 1;
  }
  node.text = out;
}

}  // namespace

void ExpandVariables(Node& node, const Env& env, Unset unset, const std::string& way_to_set,
                     Problems& problems) {
  if (node.type == Node::Type::kString) ExpandText(node, env, unset, way_to_set, problems);
  for (auto& item : node.items) ExpandVariables(item, env, unset, way_to_set, problems);
  for (auto& member : node.members) ExpandVariables(member.value, env, unset, way_to_set, problems);
}

}  // namespace interlock::config
