#include "shop/connection.h"

#include <algorithm>
#include <cstdlib>

#include "shop/mysql_connection.h"
#include "shop/postgres_connection.h"

namespace shop {

Reply Reply::Failed(std::string message) {
  Reply reply;
  reply.error = std::move(message);
  return reply;
}

bool Reply::HasColumn(const std::string& column) const {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

Reply::Value Reply::Get(int row, const std::string& column) const {
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end() || row >= Rows()) return std::nullopt;
  return rows[static_cast<size_t>(row)][static_cast<size_t>(found - columns.begin())];
}

int64_t Reply::GetInteger(int row, const std::string& column) const {
  return std::strtoll(Get(row, column).value_or("0").c_str(), nullptr, 10);
}

Dialect DialectOf(const std::string& url) {
  return url.starts_with("mysql:") ? Dialect::kMySql : Dialect::kPostgreSql;
}

std::unique_ptr<Connection> MakeConnection(const std::string& url, const std::string& name) {
  if (DialectOf(url) == Dialect::kMySql) return std::make_unique<MySqlConnection>(url, name);
  return std::make_unique<PostgresConnection>(url, name);
}

}  // namespace shop
