// Which tables and columns a routine's body names: the server does not record it for bodies that
// are text, yet a renamed column breaks them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/postgres/catalog_parts.h"

namespace interlock::postgres {

/// By words: a column counts as named when the body has its name and its table's, or when the
/// routine is a trigger of that table.  Errs on the side of naming too much.
class RoutineWords {
 public:
  explicit RoutineWords(const RawTables& tables);

  /// `triggers`: the tables on which the routine is a trigger.
  std::set<ObjectRef> Named(const std::string& body, const std::vector<ObjectRef>& triggers) const;

 private:
  std::multimap<std::string, const Table*> by_name_;
};

}  // namespace interlock::postgres
