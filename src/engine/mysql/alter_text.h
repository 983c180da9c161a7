// What an ALTER's clauses say, and what they do to a definition, read off texts.  Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/table_text.h"
#include "engine/mysql/version.h"
#include "model/alteration.h"

namespace interlock::mysql {

/// kConfig (IL-E70) for what is no list of clauses of one ALTER TABLE that a rebuild can carry out:
/// several statements, ALGORITHM, LOCK or WAIT (interlock says these), RENAME TO, ENGINE, ORDER BY,
/// foreign keys, single partitions, tablespaces, keys disabled or enabled.
Result<void> CheckClauses(std::string_view clauses);

/// Old → new name of the columns that the clauses rename (CHANGE a b …, RENAME COLUMN a TO b).
std::map<std::string, std::string> RenamesIn(std::string_view clauses, const TableText& before);

/// Clauses that lead from `after` back to `before`; "" when only the data tells (nothing differs).
/// Names of columns are those of `after` until they are changed back.
std::string ClausesBack(const TableText& before, const TableText& after,
                        const std::map<std::string, std::string>& renamed);

/// Columns of `before` that `after` has no more, under no other name.
std::vector<std::string> DroppedColumns(const TableText& before, const TableText& after,
                                        const std::map<std::string, std::string>& renamed);

/// The way that the server is expected to take, and the first reason why it is no cheaper one
/// ("type of id: int → bigint").  For people: what is done is found out by asking the server.
struct Forecast {
  AlterWay way = AlterWay::kInstant;
  std::string why;
  /// The server would do it in place, and not keep all that is written meanwhile: MariaDB, where
  /// the collation of a key's column changes (seen on 10.11: acknowledged writes are lost, and the
  /// key becomes corrupt).
  bool never_in_place = false;
};
Forecast ForecastAlter(Flavor flavor, const TableText& before, const TableText& after,
                       const std::map<std::string, std::string>& renamed);

}  // namespace interlock::mysql
