// A libpqxx connection behind SqlConnection: pinned settings, translated errors.
#pragma once

#include <memory>
#include <string>

#include "engine/sql.h"

namespace interlock::postgres {

struct ConnectOptions {
  std::string application_name = "interlock";
  bool ends_when_silent = false;  ///< idle_session_timeout and friends of 30 s
};

class PgConnection : public SqlConnection {
 public:
  /// Connects and pins the session: search_path empty, TimeZone UTC, DateStyle ISO, IntervalStyle,
  /// bytea_output hex, standard_conforming_strings on, quote_all_identifiers off,
  /// default_transaction_read_only off, client_encoding UTF8, lock_timeout and statement_timeout 0,
  /// extra_float_digits.  kUnreachable says host, port and database, never the password.
  static Result<std::unique_ptr<PgConnection>> Open(const std::string& url,
                                                    const ConnectOptions& options);
  ~PgConnection() override;
  std::string_view dialect() const override { return "postgresql"; }
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>& values) override;
  Result<SqlRows> ExecuteOften(const std::string& sql) override;
  Result<void> Begin() override;
  Result<void> Commit() override;
  void Rollback() override;

  /// libpq's idea of the server process; differs from pg_backend_pid() behind a pooler.
  int backend_pid() const;
  const std::string& url() const { return url_; }

 private:
  PgConnection();
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string url_;
};

}  // namespace interlock::postgres
