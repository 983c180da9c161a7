// Names of CHECKs on MySQL.  They are the schema's, so that no two tables can have the same; those
// that begin as the server names them follow the table's RENAME: `t_chk_1` of t is `u_chk_1` of u.
#pragma once

#include <string>

#include "engine/mysql/table_text.h"

namespace interlock::mysql {

/// Whether the CHECK of `table` is named so, with room for the name of a helper in front.  Pure.
bool CheckFollowsRename(const std::string& check, const std::string& table);

/// Clauses for `table` as those for `other`, which is to have its name.  Pure.
std::string ClausesForOther(const std::string& clauses, const std::string& table,
                            const std::string& other);

/// The table's CHECKs called as they will be once it is called `other`.  Pure.
void NameChecksFor(TableText& table, const std::string& name, const std::string& other);

}  // namespace interlock::mysql
