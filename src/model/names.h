// What a schema object is called: tables by schema and name, everything else by kind and place.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace interlock {

/// Unquoted names, exactly as the server stores them.  An empty schema means the database's
/// default one until planning has resolved it against the catalog.
struct TableName {
  std::string schema;
  std::string name;
  auto operator<=>(const TableName&) const = default;
};

/// "public.users"; a part that is not a plain lower-case word is double-quoted.
std::string ToString(const TableName& table);
/// Reads `users`, `public.users`, `"My Schema"."Order"`.  kConfig when malformed.
Result<TableName> ParseTableName(std::string_view text);
/// `name` as it is when a plain lower-case word, else in double quotes (for display and keys).
std::string DisplayName(std::string_view name);

enum class ObjectKind {
  kSchema,
  kTable,
  kColumn,
  kConstraint,
  kIndex,
  kTrigger,
  kPolicy,
  kView,
  kRoutine,
  kType,
  kSequence,
  kPublication,
  kStatistics,
  kOther
};
std::string_view ToString(ObjectKind kind);
Result<ObjectKind> ParseObjectKind(std::string_view text);

/// One object of a catalog.  `member` names the column, constraint, index, trigger or policy inside
/// `table`; for views, routines (with argument types), types and sequences `table` names the object
/// itself and `member` is empty.
struct ObjectRef {
  ObjectKind kind = ObjectKind::kTable;
  TableName table;
  std::string member;
  auto operator<=>(const ObjectRef&) const = default;
};

/// "column public.users.first_name"
std::string ToString(const ObjectRef& ref);
/// Whether `touched` covers `changed`: the same object, a whole table and what is inside it, or a
/// sync trigger and the others of its table.
bool Covers(const ObjectRef& touched, const ObjectRef& changed);
bool CoversAny(const std::vector<ObjectRef>& touched, const ObjectRef& changed);

}  // namespace interlock
