// The ledger in tables of a database, over any dialect that sql_ledger_texts.h has texts for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/sql.h"
#include "engine/sql_ledger_texts.h"
#include "ledger/ledger.h"

namespace interlock {

/// Makes a new connection to the same database.
using SqlConnector = std::function<Result<std::unique_ptr<SqlConnection>>()>;

/// Not for several threads at once; each runner has its own.
///
/// A lost connection is replaced at the next need.  What only reads, or may be done twice without
/// harm, is then done again once.  A commit whose reply was lost is settled by looking: the server
/// keeps the head's row locked until it has decided the old transaction, so whoever gets that lock
/// sees whether the entry is there.  kInDoubt is left only for when that look fails, too.
class SqlLedger : public Ledger {
 public:
  /// `actor` is recorded in every entry.  Connects at the first call.
  SqlLedger(SqlConnector connect, std::string actor, Clock& clock);
  /// Over one connection: once it is lost, every call is kUnreachable.
  SqlLedger(std::unique_ptr<SqlConnection> connection, std::string actor, Clock& clock);

  /// kRefused says what the role lacks; kCorrupt when a newer interlock made the tables.
  Result<void> Prepare() override;
  Result<bool> Exists() override;
  Result<std::vector<Entry>> Read(const std::string& chain, std::uint64_t after) override;
  /// Sorted bytewise.
  Result<std::vector<std::string>> Chains() override;
  /// kCorrupt when the head's row and the last entry disagree.
  Result<ChainHead> Head(const std::string& chain) override;
  /// `at` is the clock's time, but always later than the entry's before.
  /// kTransient: nothing was written.  kUsage: a text that is not UTF-8 or has a NUL.
  Result<Entry> Append(const std::string& chain, const EntryDraft& draft,
                       const Fence& fence) override;
  Result<std::string> GetText(const Digest& digest) override;

  /// Names of the tables and guards that are not as Prepare makes them, or may not be, since this
  /// role may not see them; for `doctor` and `verify`.
  Result<std::vector<std::string>> MissingParts();

 private:
  /// The head's row and the last entry, which agree.
  struct Last {
    ChainHead head;
    Timestamp at = 0;
  };

  Result<SqlConnection*> Connected();
  /// Connected, and the tables are there in a version that we know.
  Result<SqlConnection*> Ready();
  /// Sets *exists; kCorrupt for a version that we do not know, kUndecidable (IL-L13) where a ledger
  /// that is there would be hidden from this role.
  Result<void> CheckVersion(SqlConnection& connection, bool* exists);
  template <typename T>
  Result<T> Repeatable(Result<SqlConnection*> (SqlLedger::*open)(),
                       const std::function<Result<T>(SqlConnection&)>& work);
  Error Explain(Error error) const;

  /// Whether something that was not seen is there all the same, and this role may not see it.
  /// Outside of transactions: the answer may be an error.
  static Result<bool> IsHidden(SqlConnection& connection, const std::string& question);
  Result<void> RequireSeen(SqlConnection& connection) const;
  /// Of the parts that are not seen, those that are hidden.
  Result<std::vector<std::string>> HiddenParts(SqlConnection& connection) const;
  Result<void> MakeParts(SqlConnection& connection);
  Result<void> BeginWrite(SqlConnection& connection) const;
  Result<void> CheckRead(SqlConnection& connection, const ChainHead& read) const;
  Result<void> CheckFence(SqlConnection& connection, const Fence& fence) const;
  Result<void> LockHead(SqlConnection& connection, const std::string& chain) const;
  Result<Last> ReadLast(SqlConnection& connection, const std::string& chain) const;
  Result<Entry> MakeEntry(SqlConnection& connection, const Last& last, const EntryDraft& draft,
                          const Fence& fence);
  Result<void> Insert(SqlConnection& connection, const Entry& entry) const;
  /// One attempt.  `*sent` is set before the commit is sent, and empty again when the server
  /// answered that it failed.
  Result<Entry> TryAppend(const std::string& chain, const EntryDraft& draft, const Fence& fence,
                          std::optional<Entry>* sent);
  /// Whether the entry whose commit got no reply is there, after the server has decided it.
  Result<bool> IsThere(const Entry& entry);

  SqlConnector connect_;
  std::string actor_;
  Clock& clock_;
  std::unique_ptr<SqlConnection> connection_;
  const LedgerSql* sql_ = nullptr;  ///< of connection_
  bool ready_ = false;              ///< connection_ passed CheckVersion
  std::optional<std::string> server_user_;
};

}  // namespace interlock
