// The ledger's SQL, one table of texts a dialect, so that SqlLedger has no ifs on the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace interlock {

/// Something that Prepare makes, and how to see that it is there as it should be.
struct LedgerPart {
  std::string name;   ///< for messages: "append-only guard of the ledger"
  std::string check;  ///< gives a row when it is there
  std::vector<std::string> make;
  /// "" or, where `check` gives no row to a role that may not see it: refused for lack of a
  /// privilege when it is there, and for another reason when it is not.
  std::string hidden{};
};

/// Bytes travel as hexadecimal text in both directions, numbers as decimal text.  Placeholders as
/// in SqlConnection.
struct LedgerSql {
  std::string_view dialect;

  /// First statements of every writing transaction: it must be able to see what others commit
  /// while it waits, must neither wait nor stall for ever, and be durable when it commits.
  std::vector<std::string> begin_write;

  std::string exists;   ///< a row when the table of the version is there
  std::string hidden;   ///< of that table, as LedgerPart::hidden
  std::string version;  ///< its value
  /// "" or lets one Prepare run at a time: until its transaction ends, or prepare_unlock.  Gives
  /// "0" when it waited in vain.
  std::string prepare_lock;
  std::string prepare_unlock;
  std::vector<LedgerPart> parts;

  /// $1 JSON array of objects → object, token, release, actor, host, since; locked FOR SHARE in
  /// bytewise order.
  std::string lock_claims;
  std::string lock_head;  ///< $1 chain → a row, locked FOR UPDATE
  std::string add_head;   ///< $1 chain, $2 hash: seq 0 unless there is one
  std::string move_head;  ///< $1 chain, $2 seq, $3 hash; $4 the seq it moves on from
  /// $1 chain → rows of 'head' or 'last', seq, hash, at: the head row and the last entry.
  std::string heads;
  /// $1 … $14: chain, seq, format, prev_hash, hash, at, kind, token, actor, server user, release,
  /// step, attempt, body as hexadecimal text.
  std::string insert;
  std::string read;         ///< $1 chain, $2 seq → the same columns of what comes after, in order
  std::string hash_at;      ///< $1 chain, $2 seq → hash
  std::string chains;       ///< → every chain's name
  std::string put_text;     ///< $1 digest, $2 body as hexadecimal text: unless it is there
  std::string get_text;     ///< $1 digest → body as hexadecimal text
  std::string server_user;  ///< → who the server says we are

  std::string grant;  ///< for a hint: what a role needs in order to write
};

/// What is the same for most: heads, add_head, move_head, hash_at, chains.  `prefix` stands before
/// the tables' names.
LedgerSql CommonLedgerSql(std::string_view dialect, std::string_view prefix);
/// 'text', for servers that read no backslashes in it, or texts that have none.
std::string LedgerLiteral(std::string_view text);
LedgerSql PostgresLedgerSql();
LedgerSql SqliteLedgerSql();
LedgerSql MySqlLedgerSql(std::string_view dialect);  ///< "mysql" or "mariadb"

/// Null for a dialect without one.
const LedgerSql* FindLedgerSql(std::string_view dialect);

inline constexpr int kLedgerSchemaVersion = 1;

}  // namespace interlock
