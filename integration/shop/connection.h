// A connection that keeps its statements prepared while the schema changes under it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shop {

/// The answer to one statement: rows, or an error's code and message.
struct Reply {
  using Value = std::optional<std::string>;

  static Reply Failed(std::string message);

  bool Ok() const { return !error; }
  /// "" when it is Ok.
  std::string Message() const { return error.value_or(""); }

  int Rows() const { return static_cast<int>(rows.size()); }
  bool HasColumn(const std::string& column) const;
  /// nullopt for NULL and for a row or column that isn't there.
  Value Get(int row, const std::string& column) const;
  int64_t GetInteger(int row, const std::string& column) const;

  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  int64_t affected = 0;  ///< rows that a write changed
  std::optional<std::string> error;
};

/// What one request sends.  Its values stand as $1, $2 …
struct Statement {
  std::string sql;
  std::string then = {};  ///< reads what a write has written, where a write returns no rows
};

enum class Dialect { kPostgreSql, kMySql };

/// That of the server that a url names; a mysql: one is a MariaDB's too.
Dialect DialectOf(const std::string& url);

/// Not thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Opens it, or opens it anew; the message when that fails.
  virtual std::optional<std::string> Open() = 0;
  virtual void Close() = 0;
  virtual bool Lost() const = 0;

  /// Runs a statement by its text, prepared at its first use.  When the server says that the
  /// prepared form no longer fits or is gone, which it does before it executes anything, it is
  /// prepared and run again.
  virtual Reply Execute(const Statement& statement, const std::vector<std::string>& parameters) = 0;

  /// How often Execute prepared again.
  virtual uint64_t Reprepared() const = 0;
};

/// Not open yet.  postgresql://… as libpq takes it, or mysql://user@host:port/database.
std::unique_ptr<Connection> MakeConnection(const std::string& url, const std::string& name);

}  // namespace shop
