#include "model/uses.h"

#include <algorithm>
#include <array>
#include <utility>

namespace interlock {
namespace {

constexpr std::array<std::pair<SchemaState, std::string_view>, 5> kStates{{
    {SchemaState::kAbsent, "absent"},
    {SchemaState::kExpanding, "expanding"},
    {SchemaState::kExpanded, "expanded"},
    {SchemaState::kContracting, "contracting"},
    {SchemaState::kContracted, "contracted"},
}};

}  // namespace

std::string_view ToString(SchemaState state) {
  for (const auto& [value, text] : kStates)
    if (value == state) return text;
  return "absent";
}

Result<SchemaState> ParseSchemaState(std::string_view text) {
  for (const auto& [value, name] : kStates)
    if (name == text) return value;
  return Fail(ErrorKind::kConfig, "IL-C23", "'" + std::string(text) + "' is no schema state",
              "one of absent, expanding, expanded, contracting, contracted");
}

Result<StateInterval> StateInterval::Parse(std::string_view text) {
  StateInterval out;
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    IL_ASSIGN(out.first_, ParseSchemaState(text));
    out.last_ = out.first_;
    return out;
  }
  const auto left = text.substr(0, dots);
  const auto right = text.substr(dots + 2);
  if (left.empty() && right.empty())
    return Fail(ErrorKind::kConfig, "IL-C23", "'..' names no schema state",
                "write \"expanded..\", \"..expanded\" or \"absent..expanded\"");
  if (!left.empty()) {
    IL_ASSIGN(out.first_, ParseSchemaState(left));
  }
  if (!right.empty()) {
    IL_ASSIGN(out.last_, ParseSchemaState(right));
  }
  if (static_cast<int>(out.first_) > static_cast<int>(out.last_))
    return Fail(ErrorKind::kConfig, "IL-C23", "'" + std::string(text) + "' runs backwards",
                "states in order: absent, expanding, expanded, contracting, contracted");
  return out;
}

StateInterval StateInterval::FromExpanded() {
  StateInterval out;
  out.first_ = SchemaState::kExpanded;
  return out;
}

StateInterval StateInterval::UpToExpanded() {
  StateInterval out;
  out.last_ = SchemaState::kExpanded;
  return out;
}

bool StateInterval::Contains(SchemaState state) const {
  return static_cast<int>(first_) <= static_cast<int>(state) &&
         static_cast<int>(state) <= static_cast<int>(last_);
}

std::string StateInterval::ToString() const {
  if (first_ == last_) return std::string(interlock::ToString(first_));
  std::string out;
  if (first_ != SchemaState::kAbsent) out += interlock::ToString(first_);
  out += "..";
  if (last_ != SchemaState::kContracted) out += interlock::ToString(last_);
  return out == ".." ? "absent.." : out;
}

StateInterval Uses::For(const std::string& migration) const {
  if (const auto found = listed.find(migration); found != listed.end()) return found->second;
  return std::find(contains.begin(), contains.end(), migration) != contains.end()
             ? StateInterval::FromExpanded()
             : StateInterval::UpToExpanded();
}

}  // namespace interlock
