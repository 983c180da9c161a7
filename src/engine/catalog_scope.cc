#include "engine/catalog_scope.h"

#include <algorithm>

#include "base/text.h"

namespace interlock {
namespace {

bool MatchesAny(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return MatchesPattern(name, pattern); });
}

}  // namespace

bool CatalogScope::Has(const TableName& table) const {
  const std::string name = table.schema + "." + table.name;
  return (owns_.empty() || MatchesAny(name, owns_)) && !MatchesAny(name, ignore_);
}

bool CatalogScope::Has(const OtherObject& other) const {
  switch (other.ref.kind) {
    case ObjectKind::kSchema:
      return owns_.empty() || MatchesAny(other.ref.table.name + ".", owns_);
    case ObjectKind::kPublication:
      return owns_.empty() || std::any_of(other.depends_on.begin(), other.depends_on.end(),
                                          [&](const ObjectRef& ref) { return Has(ref.table); });
    default:
      return Has(other.ref.table);
  }
}

void CatalogScope::Restrict(std::vector<OtherObject>& others) const {
  std::erase_if(others, [&](const OtherObject& other) { return !Has(other); });
  std::sort(others.begin(), others.end(),
            [](const OtherObject& a, const OtherObject& b) { return a.ref < b.ref; });
}

}  // namespace interlock
