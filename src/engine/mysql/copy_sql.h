// The statements that fill a table of another shape, keep it up to date and compare it.  Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/mysql/rebuild.h"
#include "engine/mysql/write_log.h"

namespace interlock::mysql {

/// Of entries of the log, ascending; mostly they follow one another.
using LogIds = std::vector<std::int64_t>;

/// In all SQL the live table is called t, the other one s, where they have other names at all:
/// under LOCK TABLES they have only their own.
struct CopySql {
  TableName table;
  TableName aside;
  TableName log;
  SharedKey key;
  std::vector<std::string> from;  ///< quoted columns of the live table …
  std::vector<std::string> to;    ///< … and where their values go
  std::vector<std::string> same;  ///< of each pair: a test over t and s
  std::string checksum;           ///< of a row of the live table, called t
  std::string aside_checksum;     ///< of a row of the other one, called t there
  /// The other table has values that the live one does not know: its rows are changed, never
  /// written anew.
  bool keeps = false;

  /// INSERT … SELECT of the rows that pass `condition` over t.
  std::string Insert(const std::string& from_where) const;
  /// The same, leaving out rows that another row's key is in the way of.
  std::string InsertFree(const std::string& from_where) const;
  /// Notes the keys of the range's rows that the other table lacks.
  std::string NoteMissing(const std::string& from, const std::string& condition) const;
  /// Rows of the range, and how many of them are not as they should be and not logged either.
  std::string Compare(const std::string& from, const std::string& condition) const;
  /// Notes the keys of these.
  std::string NoteDiffering(const std::string& from, const std::string& condition) const;
  /// The first keys of these, for people; `shown` as TableKey::Shown.
  std::string DifferingKeys(const std::string& from, const std::string& condition,
                            const std::string& shown) const;
  /// Of both sides, as one read: "rows, checksums", equal when the rows are.  `range` and
  /// `aside_range` are what follows FROM, with rows called t.
  std::string Checksums(const std::string& range, const std::string& aside_range) const;

  /// Rows of the other table that the live one does not have, nor the log: their keys' number, and
  /// a statement that notes them.  Over the whole table, or a range of it.
  std::string CountExtra(const std::string& aside_range = "") const;
  std::string NoteExtra(const std::string& aside_range = "") const;

  /// Queries for a number that is not 0 where the first or the last row of one of the two has none
  /// with its key in the other.
  std::vector<std::string> EndsWithoutTwin() const;

  /// Of the logged keys with these ids: the other table's rows go (where it keeps values, those
  /// alone that the live table does not have any more), are changed, and come back as they are now
  /// (where it keeps values, those ids alone are given that it has no row of).  None names a table
  /// twice, since a locked one has one name.
  std::string DeleteLogged(const LogIds& ids) const;
  std::string MissingLogged(const LogIds& ids) const;  ///< "" where it keeps no values
  std::string UpdateLogged(const LogIds& ids) const;   ///< "" where it keeps no values
  std::string InsertLogged(const LogIds& ids) const;
  std::string ForgetLogged(const LogIds& ids) const;
  /// The first `most` ids behind `after` that nobody holds.
  std::string TakeIds(std::int64_t after, std::int64_t most) const;
};

/// kRefused (IL-E72) when both have no key in common.
/// `replaced`: the other table was live once, so what it holds is worth keeping.
Result<CopySql> MakeCopySql(const Rebuild& rebuild, const RebuildSide& live, const TableText& table,
                            const TableName& aside_name, const TableText& aside, bool replaced);

}  // namespace interlock::mysql
