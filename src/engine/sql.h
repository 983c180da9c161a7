// The least that our own tables need of a server: statements with bound values, transactions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace interlock {

/// Text form, or NULL.
using SqlValue = std::optional<std::string>;

struct SqlRows {
  std::vector<std::vector<SqlValue>> rows;
  std::int64_t affected = 0;  ///< of INSERT, UPDATE, DELETE
};

/// One connection.  Errors are translated once, in the dialect: kTransient (lock timeout, deadlock,
/// serialization, too many connections), kInDoubt (connection lost after something was sent),
/// kUnreachable (nothing can have taken effect), kRefused (privilege), kFailed (everything the
/// server refuses for good); the server's own number stands in Error::details, as "sqlstate 55P03",
/// "sqlite 5" or "error 1205".
class SqlConnection {
 public:
  virtual ~SqlConnection() = default;
  /// "postgresql", "sqlite", "mysql", "mariadb".
  virtual std::string_view dialect() const = 0;
  /// One statement; placeholders $1 … $n.
  virtual Result<SqlRows> Execute(const std::string& sql,
                                  const std::vector<SqlValue>& values = {}) = 0;
  /// As Execute without values, for a statement that this connection is going to send many times:
  /// the server may keep what it made of it.  Not for one whose columns may change.  kTransient
  /// when the server lost it: to be sent again.
  virtual Result<SqlRows> ExecuteOften(const std::string& sql) { return Execute(sql); }
  /// May wait for the first statement and travel with it; so a lost connection may show only there.
  virtual Result<void> Begin() = 0;
  /// kInDoubt when the connection is lost meanwhile.
  virtual Result<void> Commit() = 0;
  /// Never fails: a lost connection has rolled back.
  virtual void Rollback() = 0;
};

/// Rolls back unless Commit was reached.
class SqlTransaction {
 public:
  static Result<SqlTransaction> Begin(SqlConnection& connection) {
    IL_RETURN_IF_ERROR(connection.Begin());
    return SqlTransaction(connection);
  }
  SqlTransaction(SqlTransaction&& other) noexcept : connection_(other.connection_) {
    other.connection_ = nullptr;
  }
  SqlTransaction(const SqlTransaction&) = delete;
  SqlTransaction& operator=(const SqlTransaction&) = delete;
  SqlTransaction& operator=(SqlTransaction&&) = delete;
  ~SqlTransaction() {
    if (connection_ != nullptr) connection_->Rollback();
  }
  Result<void> Commit() {
    auto* connection = connection_;
    connection_ = nullptr;
    return connection->Commit();
  }

 private:
  explicit SqlTransaction(SqlConnection& connection) : connection_(&connection) {}
  SqlConnection* connection_;
};

}  // namespace interlock
