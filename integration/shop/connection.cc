#include "shop/connection.h"

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

}  // namespace

bool Reply::Ok() const {
  const ExecStatusType status = PQresultStatus(result_.get());
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

std::string Reply::SqlState() const {
  const char* state = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
  return state == nullptr ? "" : state;
}

std::string Reply::Message() const {
  if (!result_) return "no memory for a result";
  return SqlState() + " " + WithoutNewline(PQresultErrorMessage(result_.get()));
}

std::optional<std::string> Reply::Get(int row, const char* column) const {
  const int number = PQfnumber(result_.get(), column);
  if (number < 0 || PQgetisnull(result_.get(), row, number)) return std::nullopt;
  return PQgetvalue(result_.get(), row, number);
}

int64_t Reply::GetInteger(int row, const char* column) const {
  return std::strtoll(Get(row, column).value_or("0").c_str(), nullptr, 10);
}

Connection::Connection(std::string url, std::string application_name)
    : url_(std::move(url)), application_name_(std::move(application_name)) {}

std::optional<std::string> Connection::Open() {
  const char* keywords[] = {"dbname", "application_name", "connect_timeout", nullptr};
  const char* values[] = {url_.c_str(), application_name_.c_str(), "5", nullptr};
  prepared_.clear();
  connection_.reset(PQconnectdbParams(keywords, values, /*expand_dbname=*/1));
  if (Lost()) return WithoutNewline(PQerrorMessage(connection_.get()));
  return std::nullopt;
}

Reply Connection::Run(const std::string& name, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  return Reply(PQexecPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()),
                              values.data(), nullptr, nullptr, 0));
}

Reply Connection::Execute(const std::string& sql, const std::vector<std::string>& parameters) {
  for (int attempt = 1;; ++attempt) {
    auto known = prepared_.find(sql);
    if (known == prepared_.end()) {
      const std::string name = "shop_" + std::to_string(++names_given_);
      Reply prepared(PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr));
      if (!prepared.Ok()) return prepared;
      known = prepared_.emplace(sql, name).first;
    }
    Reply reply = Run(known->second, parameters);
    if (reply.Ok() || !MustPrepareAgain(reply.SqlState()) || attempt == kAttempts) return reply;
    // Gone or not, the next attempt uses another name.
    PQclear(PQexec(connection_.get(), ("DEALLOCATE " + known->second).c_str()));
    prepared_.erase(known);
    ++reprepared_;
  }
}

}  // namespace shop
