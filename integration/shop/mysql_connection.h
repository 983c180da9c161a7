// The shop's connection to a MariaDB or MySQL, by Connector/C++.
#pragma once

#include <map>

#include "engine/mysql/connector.h"
#include "shop/connection.h"

namespace shop {

/// The server prepares a statement again by itself when the schema has changed.  Where it then has
/// other columns, which the client's library has no room for, it is prepared and run again here.
class MySqlConnection : public Connection {
 public:
  MySqlConnection(std::string url, std::string program_name);

  std::optional<std::string> Open() override;
  void Close() override;
  bool Lost() const override { return connection_ == nullptr; }
  Reply Execute(const Statement& statement, const std::vector<std::string>& parameters) override;
  uint64_t Reprepared() const override { return reprepared_; }

 private:
  struct Prepared {
    std::unique_ptr<sql::PreparedStatement> statement;
    std::vector<size_t> order;  // of the values that its question marks stand for
    bool has_rows = false;
  };

  /// These throw what the connector does.
  void Connect();
  Prepared& Prepare(const std::string& sql);
  Reply Run(const std::string& sql, const std::vector<std::string>& parameters);
  Reply RunPrepared(const std::string& sql, const std::vector<std::string>& parameters);

  std::string url_;
  std::string program_name_;
  std::unique_ptr<sql::Connection> connection_;
  std::map<std::string, Prepared> prepared_;  // by text; after connection_: destroyed before it
  uint64_t reprepared_ = 0;
};

}  // namespace shop
