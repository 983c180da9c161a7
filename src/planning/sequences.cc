#include "planning/sequences.h"

#include <algorithm>
#include <array>

#include "planning/expression.h"
#include "planning/identifiers.h"

namespace interlock::planning {
namespace {

constexpr std::array<std::string_view, 6> kSerialTypes{"smallserial", "serial",  "bigserial",
                                                       "serial2",     "serial4", "serial8"};
/// PostgreSQL's NAMEDATALEN - 1.
constexpr std::size_t kPostgresNameBytes = 63;

}  // namespace

bool IsSerial(std::string_view type) {
  const auto words = Tokenize(type);
  return !words.empty() && words[0].kind == SqlToken::Kind::kWord &&
         std::find(kSerialTypes.begin(), kSerialTypes.end(), words[0].text) != kSerialTypes.end();
}

std::vector<ObjectRef> SequencesOf(const change::CreateTable& create, const Catalog& catalog) {
  std::vector<ObjectRef> out;
  if (catalog.engine != "postgresql") return out;
  for (const auto& column : create.columns) {
    if (!column.identity && !IsSerial(column.type)) continue;
    const std::string name =
        ImplicitName(create.table.name, column.name, "seq", kPostgresNameBytes);
    out.push_back({ObjectKind::kSequence, {create.table.schema, name}, ""});
  }
  return out;
}

}  // namespace interlock::planning
