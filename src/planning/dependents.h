// What in a catalog hangs on a table or on one of its columns: partitions, lines that name a
// column, views, triggers that would get in the way of the sync trigger.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/catalog.h"

namespace interlock::planning {

/// The table and all partitions beneath it, parents first; empty when it is not in the catalog.
std::vector<const Table*> Family(const Catalog& catalog, const TableName& table);

/// The member of the table and the same of its partitions.
std::vector<ObjectRef> MemberRefs(const Catalog& catalog, const TableName& table, ObjectKind kind,
                                  const std::string& member);

/// Every object whose canonical text names the column, the column itself first: what changes when
/// it is renamed.  Sorted, without repetition.
std::vector<ObjectRef> RefsNaming(const Catalog& catalog, const TableName& table,
                                  const std::string& column);

/// The part of RefsNaming that a DROP COLUMN silently takes along, without the column.
std::vector<ObjectRef> RefsDroppedWith(const Catalog& catalog, const TableName& table,
                                       const std::string& column);

/// "view public.v uses public.users.name": what the contract waits for; one line an object.
std::vector<std::string> Holders(const Catalog& catalog, const TableName& table,
                                 const std::string& column);

/// User triggers that an UPDATE of the table fires, as "table.trigger" where it is a partition's.
std::vector<std::string> UpdateTriggers(const Catalog& catalog, const TableName& table);

/// "public.users.name", quoted where needed.
std::string QualifiedColumn(const TableName& table, const std::string& column);

/// "a, b" with each name quoted where needed.
std::string NameList(const std::vector<std::string>& names);

/// NOT NULL as a constraint of its own (PostgreSQL 18): it goes and comes with its column.
bool IsNotNullConstraint(const Constraint& constraint);

/// Sorts and drops repetitions.
void MakeUnique(std::vector<ObjectRef>& refs);

}  // namespace interlock::planning
