// What a swap carries over: the user's triggers and the table's foreign keys.  Both stay with the
// table that they are on through RENAME, and their names are the schema's.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/rebuild.h"
#include "engine/mysql/sender.h"
#include "engine/mysql/table_text.h"

namespace interlock::mysql {

struct CarriedTrigger {
  std::string name;
  std::string timing;   ///< BEFORE, AFTER
  std::string event;    ///< INSERT, UPDATE, DELETE
  std::string definer;  ///< DEFINER=`a`@`b`
  std::string body;     ///< what stands after FOR EACH ROW
  std::string sql_mode;
  std::string charset;    ///< character_set_client
  std::string collation;  ///< collation_connection
  bool operator==(const CarriedTrigger&) const = default;
};

struct CarriedKey {
  std::string name;
  std::string definition;  ///< FOREIGN KEY (…) REFERENCES …
  TableName references;
  bool operator==(const CarriedKey&) const = default;
};

struct Carried {
  std::vector<CarriedTrigger> triggers;  ///< those of an event in the order in which they fire
  std::vector<CarriedKey> keys;
  bool empty() const { return triggers.empty() && keys.empty(); }
  bool operator==(const Carried&) const = default;

  /// Tables that the keys refer to, without repeats.
  std::vector<TableName> Parents() const;
};

/// Of the live table, which has the side's shape.
Result<Carried> ReadCarried(MySqlConnection& connection, const TableName& table,
                            const RebuildSide& live);

/// Why what the table carries cannot be carried over to one of the shape `after`, a line each.
Result<std::vector<std::string>> CarriedInTheWay(MySqlConnection& connection,
                                                 const TableText& before, const TableText& after,
                                                 const std::map<std::string, std::string>& renamed);
/// Makes each of the triggers on the empty `fresh`, under a helper's name, and drops it again: what
/// the server has against one, a line each.
Result<std::vector<std::string>> TryTriggers(MySqlConnection& connection, const Rebuild& rebuild,
                                             const Carried& carried, Sender& sender);

/// A key that the server once made for a foreign key by itself gives way to the one that it would
/// make for the next, so such keys of the table aside are made by hand.  Those that are already
/// stay as they are; the others are built anew, which takes a while.
Result<void> KeepKeysOf(const TableText& table, const TableName& aside, const TableText& beside,
                        Sender& sender);

/// Written down beside the table before anything is moved, so that whoever comes after a crash
/// knows what there was.
Result<void> KeepCarried(const RebuildSide& live, const Carried& carried, Sender& sender);

/// Moves it from the live table to the one aside; both are locked, and so are the parents.  While
/// parts are on neither table, triggers of the live table let nobody write to it, whoever holds the
/// lock by then: a writer meets a deadlock's error (1213) and comes again.
Result<void> MoveCarried(MySqlConnection& connection, const Rebuild& rebuild,
                         const TableName& aside, const Carried& carried, Sender& sender);
/// The way back from wherever that was cut.  Takes the locks itself.
Result<void> MendHalted(MySqlConnection& connection, const Rebuild& rebuild,
                        const Standing& standing, Sender& sender);

}  // namespace interlock::mysql
