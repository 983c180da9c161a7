// The shop's connection to a PostgreSQL, by libpq.
#pragma once

#include <libpq-fe.h>

#include <map>

#include "shop/connection.h"

namespace shop {

class PostgresConnection : public Connection {
 public:
  PostgresConnection(std::string url, std::string application_name);

  std::optional<std::string> Open() override;
  void Close() override { connection_.reset(); }
  bool Lost() const override {
    return connection_ == nullptr || PQstatus(connection_.get()) != CONNECTION_OK;
  }
  Reply Execute(const Statement& statement, const std::vector<std::string>& parameters) override;
  uint64_t Reprepared() const override { return reprepared_; }

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  Result Prepare(const std::string& name, const std::string& sql);
  Result Run(const std::string& name, const std::vector<std::string>& parameters);

  std::string url_;
  std::string application_name_;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{nullptr, PQfinish};
  std::map<std::string, std::string> prepared_;  // text to name
  uint64_t names_given_ = 0;
  uint64_t reprepared_ = 0;
};

}  // namespace shop
