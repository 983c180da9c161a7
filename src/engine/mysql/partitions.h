// How an ALTER spreads a table's rows over partitions: what its clauses say of that, and what the
// server will show.  No temporary table can be partitioned, so this part is not tried on one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/table_text.h"

namespace interlock::mysql {

struct SplitClauses {
  std::string alter;       ///< the list of clauses; "" when there is none
  std::string partitions;  ///< "PARTITION BY …" or "REMOVE PARTITIONING", which end an ALTER, or ""
};
/// Pure.
SplitClauses SplitPartitions(std::string_view clauses);

/// The two parts of clauses, of a table's attributes (model/catalog.h) or of what SHOW CREATE TABLE
/// shows, where the list of partitions stands as an ALTER takes it.  Pure.
std::string PartitionsOf(std::string_view text);
std::string WithoutPartitions(std::string_view text);

/// Whether the clauses spread the rows anew, which no server does while writes go on.  Pure.
inline bool SpreadsAnew(std::string_view clauses) { return !PartitionsOf(clauses).empty(); }

/// The clauses with ALGORITHM=COPY among them.  Pure.
std::string WithCopy(std::string_view clauses);

/// What PartitionsOf will give of `table`, its attributes those from before, once an ALTER ended by
/// `clause` is done.  kConfig (IL-E70) where that cannot be told, kRefused (IL-E76) where the
/// server refuses.
Result<std::string> ForeseePartitions(MySqlConnection& connection, const TableText& table,
                                      const std::string& clause);

/// Keys that a partitioned table cannot have, a line each; nothing where the table is none.  Pure.
std::vector<std::string> PartitionsInTheWay(const Table& table, Flavor flavor);

}  // namespace interlock::mysql
