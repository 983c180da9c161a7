// A small catalog to plan against, and plans and refusals as text to compare.
#pragma once

#include <string>
#include <vector>

#include "planning/planning.h"

namespace interlock {

/// An empty PostgreSQL 15 catalog, default schema public.
Catalog EmptyCatalog();
/// public.users: id (primary key), name text NOT NULL, email text, fax text, note text;
/// index users_email_idx (email); 1000 rows.
Catalog Shop();

/// The table public.`name`, created with an id as its primary key when it is not there.
Table& TableIn(Catalog& catalog, const std::string& name);
Column PlainColumn(const std::string& name, const std::string& type = "text", bool nullable = true);
Index PlainIndex(const std::string& name, std::vector<std::string> columns, bool unique = false);
Constraint CheckOn(const std::string& name, std::vector<std::string> columns);
Constraint ForeignKeyTo(const std::string& name, std::vector<std::string> columns,
                        const TableName& table, std::vector<std::string> referenced);
Constraint UniqueOn(const std::string& name, std::vector<std::string> columns);

Migration MigrationOf(const std::string& id, std::vector<Change> changes);

/// The steps, or what ToString says of the error.
std::string PlanText(const Migration& migration, const Catalog& catalog,
                     const std::vector<SyncSpec>& open = {}, const Capabilities& server = {});
/// The same for one change of migration "0002-x".
std::string PlanText(const Change& change, const Catalog& catalog,
                     const std::vector<SyncSpec>& open = {}, const Capabilities& server = {});
/// Ids only, one a line.
std::string StepIds(const Migration& migration, const Catalog& catalog,
                    const std::vector<SyncSpec>& open = {});
/// "IL-P01 …" on one line, then the hint; a plan that succeeds is told as "planned".
std::string Refusal(const Change& change, const Catalog& catalog,
                    const std::vector<SyncSpec>& open = {}, const Capabilities& server = {});
std::string Refusal(const Migration& migration, const Catalog& catalog,
                    const std::vector<SyncSpec>& open = {}, const Capabilities& server = {});

}  // namespace interlock
