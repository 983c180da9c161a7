#include "config/overlay.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/codes.h"
#include "config/table_reader.h"

namespace interlock::config {
namespace {

const std::vector<std::vector<std::string>> kAlternativeKeys = {{"url", "url_file", "url_command"},
                                                                {"list", "instances"}};

void Lay(const Node& over, Node& base) {
  for (const auto& group : kAlternativeKeys) {
    const bool replaces = std::any_of(group.begin(), group.end(), [&](const std::string& key) {
      return over.Find(key) != nullptr;
    });
    if (!replaces) continue;
    for (const auto& key : group) base.Erase(key);
  }
  for (const auto& member : over.members) {
    Node* below = base.Find(member.key);
    if (below == nullptr) {
      base.members.push_back(member);
    } else if (below->type == Node::Type::kTable && member.value.type == Node::Type::kTable) {
      Lay(member.value, *below);
    } else {
      *below = member.value;
    }
  }
}

std::vector<std::string> Keys(const Node* table) {
  std::vector<std::string> out;
  if (table != nullptr)
    for (const auto& member : table->members) out.push_back(member.key);
  return out;
}

/// An environment adjusts what is there; a misspelt name must not become a second database.
void CheckDeclared(const Node& over, const Node* base, const char* what, const std::string& key,
                   Problems& problems) {
  const auto declared = Keys(base);
  for (const auto& member : over.members)
    if (std::find(declared.begin(), declared.end(), member.key) == declared.end())
      problems.Add(member.at, kUnknownName, fmt::format("there is no {} '{}'", what, member.key),
                   fmt::format("one of [{}]: {}", key, Quoted(declared)),
                   DidYouMean(member.key, declared));
}

}  // namespace

std::vector<std::string> EnvironmentNames(const Node& file) {
  return Keys(file.Find("environments"));
}

Overlaid LayEnvironment(const Node& file, const std::string& name, Problems& problems) {
  Overlaid out{file, {}};
  out.project.Erase("environments");
  const Node* environments = file.Find("environments");
  if (environments != nullptr && environments->type != Node::Type::kTable)
    problems.Add(environments->at, kWrongType,
                 fmt::format("'environments' is {}", TypeName(environments->type)), "a table");
  if (name.empty()) return out;
  const Node* chosen = environments == nullptr ? nullptr : environments->Find(name);
  if (chosen == nullptr) {
    const auto names = EnvironmentNames(file);
    problems.Add({}, kUnknownName, fmt::format("there is no environment '{}'", name),
                 names.empty() ? "a table [environments." + name + "]" : "one of " + Quoted(names),
                 DidYouMean(name, names));
    return out;
  }
  TableReader reader(*chosen, "[environments." + name + "]", problems);
  reader.Forbid("project", "[project] is the same in every environment");
  for (const auto& [key, what] :
       {std::pair{"databases", "database"}, std::pair{"apps", "app"}, std::pair{"ledger", ""}}) {
    const Node* over = reader.Get(key, Node::Type::kTable);
    if (over == nullptr) continue;
    Node* base = out.project.Find(key);
    if (*what != '\0') CheckDeclared(*over, base, what, key, problems);
    if (base == nullptr) {
      out.project.members.push_back({key, over->at, *over});
    } else if (base->type == Node::Type::kTable) {
      Lay(*over, *base);
    }
  }
  for (const char* key : {"protected", "contract"}) {
    const bool is_switch = std::string_view(key) == "protected";
    if (const Node* value =
            reader.Get(key, is_switch ? Node::Type::kBoolean : Node::Type::kTable, Need::kOptional,
                       is_switch ? "true or false" : "a table such as { soak = \"24h\" }"))
      out.settings.members.push_back({key, value->at, *value});
  }
  reader.Finish();
  return out;
}

}  // namespace interlock::config
