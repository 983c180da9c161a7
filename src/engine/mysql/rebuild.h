// A rebuild of a table by a shadow: what its helpers are called, and what the server shows of them.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/table_text.h"
#include "model/alteration.h"

namespace interlock::mysql {

/// The events that a log's triggers stand for, in the order of RebuildSide::triggers.
inline constexpr std::array<std::string_view, 3> kLoggedEvents{"INSERT", "UPDATE", "DELETE"};

/// One of the two shapes, and the helpers that bear its name.  Helpers are known by the alteration
/// and the shape, so the way back uses the same ones in other roles.
struct RebuildSide {
  std::string definition;
  TableName fresh;     ///< a table of this shape that is filled while the other one is live
  TableName replaced;  ///< the table of this shape that was swapped out
  TableName log;       ///< keys of rows that are written while this shape is live
  TableName kept;      ///< what a swap carries over from it
  std::string
      key;  ///< foreign keys are called so, with a number behind, while two tables have them
  std::array<std::string, 3> triggers;  ///< they write the log
  std::array<std::string, 3> halts;     ///< triggers that let nobody write to it
};

struct Rebuild {
  TableName table;
  std::map<std::string, std::string> renamed;  ///< column of `from` → column of `to`
  RebuildSide from;
  RebuildSide to;
};
Rebuild RebuildOf(const Alteration& alteration);

/// "`by_page`": the keys of a table of this shape that need not be there while it is filled, built
/// faster afterwards: not unique, over columns alone, and none that AUTO_INCREMENT needs.  Pure.
std::vector<std::string> LateKeys(const TableText& table);

/// Whether the table has that definition but for foreign keys, which none has that stands aside.
/// Pure.
bool HasShape(const TableText& table, const std::string& definition);

/// Whether a table of that name is behind every helper in the order in which servers lock tables.
bool SortsBehindHelpers(std::string_view table);
/// A helper trigger as the server tells of it.
struct HelperTrigger {
  std::string table;
  std::string event;
  std::string timing;
};

/// Names of helper tables begin so.  A table with such a name is none of the catalog's.
bool IsHelperName(std::string_view table);
std::vector<std::string> HelperPrefixes();

/// Also of one that is not there.
std::string DropTriggerSql(const TableName& table, const std::string& trigger);

/// A table that stands aside, with its CHECKs called as they will be once it is `table`.
Result<std::optional<TableText>> ShowAside(MySqlConnection& connection, const TableName& table,
                                           const TableName& aside);

/// What is there now.  The table that stands aside has no foreign keys.  `from` and `to` are the
/// alteration's; the live side is the shape that the table has, the other one may stand aside.
struct Standing {
  enum class Live { kFrom, kTo, kNeither };
  enum class Aside { kNone, kFresh, kReplaced, kWrong };
  Live live = Live::kNeither;
  std::optional<TableText> table;      ///< the live one; nothing when there is none
  Aside aside = Aside::kNone;          ///< the table of the other shape
  std::optional<TableText> beside;     ///< its text
  std::vector<std::string> late_keys;  ///< that it lacks yet: they are built once it is filled
  bool logged = false;  ///< the live table's log and its triggers are as they should be
  bool spare = false;   ///< other helpers are there, too
  bool any = false;     ///< some helper is there
  /// A swap was cut while what it carries over was on neither table: nobody can write to the live
  /// one, and foreign keys may be on either.
  bool halted = false;
  std::vector<TableName> tables;      ///< helper tables that are there
  std::vector<std::string> triggers;  ///< helper triggers that are there
  std::string detail;                 ///< for people

  bool IsThere(const TableName& table) const;
  bool IsThere(const std::string& trigger) const;

  /// Both shapes stand side by side, and writes are logged.
  bool Ready() const {
    return logged && !halted && late_keys.empty() &&
           (aside == Aside::kFresh || aside == Aside::kReplaced);
  }
};
/// kUndecidable where this account may not see it.
Result<Standing> Look(MySqlConnection& connection, const Rebuild& rebuild);

}  // namespace interlock::mysql
