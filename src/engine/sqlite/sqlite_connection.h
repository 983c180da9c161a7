// SQLite behind SqlConnection: a ledger in a file, for one machine.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "engine/sql.h"
#include "ledger/ledger.h"

struct sqlite3;

namespace interlock::sqlite {

/// Write-ahead log, synchronous=FULL: what is committed survives a power cut.  Transactions begin
/// IMMEDIATE, so there is one writer at a time; waiting for it is kTransient after 10 s.  Errors
/// carry "sqlite N", the extended result code, in their details.
/// SQL may call unhex(TEXT) and os_user().  Not for several threads at once.
class SqliteConnection : public SqlConnection {
 public:
  /// Makes the file, readable for its owner only, unless it is there.  kConfig when its folder is
  /// missing.
  static Result<void> CreateFile(const std::string& path);
  /// kRefused when there is no such file: opening never makes one.
  static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  std::string_view dialect() const override { return "sqlite"; }
  Result<SqlRows> Execute(const std::string& sql,
                          const std::vector<SqlValue>& values = {}) override;
  Result<void> Begin() override;
  Result<void> Commit() override;
  void Rollback() override;

 private:
  SqliteConnection(sqlite3* handle, std::string path);
  /// Opens, and sets what is set for each connection.
  static Result<std::unique_ptr<SqliteConnection>> OpenFile(const std::string& path);
  Error LastError(const std::string& what) const;

  sqlite3* handle_;
  std::string path_;
};

/// A ledger in the file.  Opens nothing yet; only Prepare makes the file.
Result<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, const std::string& actor,
                                                 Clock& clock);

}  // namespace interlock::sqlite
