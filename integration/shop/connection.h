// A connection that keeps its statements prepared while the schema changes under it.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shop {

/// The answer to one statement: rows, or a SQLSTATE and its message.
class Reply {
 public:
  explicit Reply(PGresult* result = nullptr) : result_(result, PQclear) {}

  bool Ok() const;
  std::string SqlState() const;
  std::string Message() const;

  int Rows() const { return PQntuples(result_.get()); }
  bool HasColumn(const char* column) const { return PQfnumber(result_.get(), column) >= 0; }
  /// nullopt for NULL and for a column that isn't there.
  std::optional<std::string> Get(int row, const char* column) const;
  int64_t GetInteger(int row, const char* column) const;

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

/// Not thread-safe.
class Connection {
 public:
  Connection(std::string url, std::string application_name);

  /// Opens it, or opens it anew; the message when that fails.
  std::optional<std::string> Open();
  bool Lost() const {
    return connection_ == nullptr || PQstatus(connection_.get()) != CONNECTION_OK;
  }

  /// Runs a statement by its text, prepared at its first use.  When the server says that the
  /// prepared form no longer fits (0A000) or is gone (26000), which it does before it executes
  /// anything, it is prepared and run again.
  Reply Execute(const std::string& sql, const std::vector<std::string>& parameters);

  /// How often Execute prepared again.
  uint64_t Reprepared() const { return reprepared_; }

 private:
  Reply Run(const std::string& name, const std::vector<std::string>& parameters);

  std::string url_;
  std::string application_name_;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{nullptr, PQfinish};
  std::map<std::string, std::string> prepared_;  // text to name
  uint64_t names_given_ = 0;
  uint64_t reprepared_ = 0;
};

}  // namespace shop
