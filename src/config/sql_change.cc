#include <fmt/format.h>

#include <algorithm>

#include "config/change_reader.h"
#include "config/codes.h"
#include "config/files.h"

namespace interlock::config {
namespace {

Result<ObjectRef> Malformed(const std::string& text) {
  return Fail(ErrorKind::kConfig, "IL-C22", "'" + text + "' names no object",
              "write \"table public.users\", \"column public.users.name\" or "
              "\"index public.users.users_x\"");
}

/// A last part, which may be quoted, off its table: "public.users.name".
bool SplitMember(const std::string& place, std::string* table, std::string* member) {
  size_t dot = std::string::npos;
  bool quoted = false;
  for (size_t i = 0; i < place.size(); ++i) {
    if (place[i] == '"') quoted = !quoted;
    if (place[i] == '.' && !quoted) dot = i;
  }
  if (dot == std::string::npos) return false;
  *table = place.substr(0, dot);
  const auto last = ParseTableName(place.substr(dot + 1));
  if (!last || !last->schema.empty()) return false;
  *member = last->name;
  return true;
}

bool HasMember(ObjectKind kind) {
  return kind == ObjectKind::kColumn || kind == ObjectKind::kConstraint ||
         kind == ObjectKind::kIndex || kind == ObjectKind::kTrigger || kind == ObjectKind::kPolicy;
}

change::SqlStep ReadStep(const Node& node, Problems& problems) {
  change::SqlStep out;
  TableReader table(node, "[[change.step]]", problems);
  if (const Node* name = table.Text("name", Need::kRequired)) {
    out.name = name->text;
    if (!IsId(name->text))
      problems.Add(name->at, kWrongId, fmt::format("'{}' is no step's name", name->text), kIdRule);
  }
  if (const Node* phase = table.Text("phase")) {
    if (const auto parsed = ParsePhase(phase->text)) {
      out.phase = *parsed;
    } else {
      const std::vector<std::string> words = {"expand", "backfill", "verify", "contract"};
      Error error = parsed.error();
      error.hint = DidYouMean(phase->text, words);
      problems.Add(*phase, error, Quoted(words));
    }
  }
  out.sql = table.String("sql", Need::kRequired);
  const std::string expected = "a list of objects such as [\"table public.users\"]";
  if (!table.Has("touches")) table.Get("touches", Node::Type::kArray, Need::kRequired, expected);
  for (const Node* touched : table.Texts("touches", Need::kOptional, expected)) {
    if (auto ref = ParseObjectRef(touched->text)) {
      out.touches.push_back(std::move(*ref));
    } else {
      problems.Add(*touched, ref.error(), "a kind of object, a space, and its name");
    }
  }
  out.observe = table.String("observe", Need::kRequired);
  out.undo = table.String("undo");
  out.transaction = table.Boolean("transaction", true);
  table.Finish();
  return out;
}

}  // namespace

Result<ObjectRef> ParseObjectRef(const std::string& text) {
  const size_t space = text.find(' ');
  if (space == std::string::npos) return Malformed(text);
  ObjectRef out;
  const auto kind = ParseObjectKind(text.substr(0, space));
  if (!kind) {
    const std::vector<std::string> kinds = {
        "schema", "table",   "column", "constraint", "index",       "trigger",    "policy",
        "view",   "routine", "type",   "sequence",   "publication", "statistics", "other"};
    Error error = kind.error();
    error.hint = DidYouMean(text.substr(0, space), kinds);
    return Fail(error);
  }
  out.kind = *kind;
  std::string place = text.substr(space + 1);
  if (HasMember(*kind)) {
    std::string table;
    if (!SplitMember(place, &table, &out.member)) return Malformed(text);
    place = table;
  }
  const auto table = ParseTableName(place);
  if (!table) return Malformed(text);
  out.table = *table;
  return out;
}

change::Sql ReadSql(TableReader& table, Problems& problems) {
  change::Sql out;
  std::vector<std::string> names;
  for (const Node* node :
       table.Tables("step", Need::kRequired, "one or more [[change.step]] tables")) {
    out.steps.push_back(ReadStep(*node, problems));
    const auto& name = out.steps.back().name;
    if (!name.empty() && std::find(names.begin(), names.end(), name) != names.end())
      problems.Add(node->Find("name")->at, kDuplicate,
                   fmt::format("there are two steps '{}'", name), "each name once");
    names.push_back(name);
  }
  return out;
}

}  // namespace interlock::config
