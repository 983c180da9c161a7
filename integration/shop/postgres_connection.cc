#include "shop/postgres_connection.h"

#include <cstdlib>

namespace shop {
namespace {

constexpr int kAttempts = 10;

bool MustPrepareAgain(const std::string& sqlstate) {
  return sqlstate == "0A000" || sqlstate == "26000";
}

std::string WithoutNewline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool Succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

std::string SqlStateOf(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? "" : state;
}

Reply ReplyOf(const PGresult* result) {
  if (result == nullptr) return Reply::Failed("no memory for a result");
  if (!Succeeded(result))
    return Reply::Failed(SqlStateOf(result) + " " + WithoutNewline(PQresultErrorMessage(result)));
  Reply reply;
  reply.affected = std::atoll(PQcmdTuples(const_cast<PGresult*>(result)));
  const int columns = PQnfields(result);
  for (int column = 0; column < columns; ++column)
    reply.columns.emplace_back(PQfname(result, column));
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& values = reply.rows.emplace_back();
    for (int column = 0; column < columns; ++column) {
      values.emplace_back();
      if (PQgetisnull(result, row, column) == 0) values.back() = PQgetvalue(result, row, column);
    }
  }
  return reply;
}

}  // namespace

PostgresConnection::PostgresConnection(std::string url, std::string application_name)
    : url_(std::move(url)), application_name_(std::move(application_name)) {}

std::optional<std::string> PostgresConnection::Open() {
  const char* keywords[] = {"dbname", "application_name", "connect_timeout", nullptr};
  const char* values[] = {url_.c_str(), application_name_.c_str(), "5", nullptr};
  prepared_.clear();
  connection_.reset(PQconnectdbParams(keywords, values, /*expand_dbname=*/1));
  if (Lost()) return WithoutNewline(PQerrorMessage(connection_.get()));
  return std::nullopt;
}

PostgresConnection::Result PostgresConnection::Prepare(const std::string& name,
                                                       const std::string& sql) {
  return {PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr), PQclear};
}

PostgresConnection::Result PostgresConnection::Run(const std::string& name,
                                                   const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  return {PQexecPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()),
                         values.data(), nullptr, nullptr, 0),
          PQclear};
}

Reply PostgresConnection::Execute(const Statement& statement,
                                  const std::vector<std::string>& parameters) {
  for (int attempt = 1;; ++attempt) {
    auto known = prepared_.find(statement.sql);
    if (known == prepared_.end()) {
      const std::string name = "shop_" + std::to_string(++names_given_);
      const Result prepared = Prepare(name, statement.sql);
      if (!Succeeded(prepared.get())) return ReplyOf(prepared.get());
      known = prepared_.emplace(statement.sql, name).first;
    }
    const Result result = Run(known->second, parameters);
    if (Succeeded(result.get()) || !MustPrepareAgain(SqlStateOf(result.get())) ||
        attempt == kAttempts)
      return ReplyOf(result.get());
    // Gone or not, the next attempt uses another name.
    PQclear(PQexec(connection_.get(), ("DEALLOCATE " + known->second).c_str()));
    prepared_.erase(known);
    ++reprepared_;
  }
}

}  // namespace shop
