#include "shop/mysql_connection.h"

#include <algorithm>
#include <array>

namespace shop {
namespace {

constexpr int kTriesAgain = 10;

/// The library's word for an answer with more or fewer columns than the prepared statement had.
constexpr int kOtherColumns = 2057;

/// "mysql://root@127.0.0.1:3306/shop" in its parts; the shop's servers ask for no password.
struct MySqlUrl {
  explicit MySqlUrl(const std::string& url) {
    const size_t begin = url.find("//") + 2;
    const size_t at = url.find('@', begin);
    const size_t slash = url.find('/', at);
    user = url.substr(begin, at - begin);
    server = "tcp://" + url.substr(at + 1, slash - at - 1);
    database = url.substr(slash + 1);
  }
  std::string user;
  std::string server;
  std::string database;
};

/// "$2 … $1 … $2" as question marks, and which values they stand for.
std::string WithQuestionMarks(const std::string& sql, std::vector<size_t>* order) {
  std::string out;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '$') {
      out += sql[i];
      continue;
    }
    size_t number = 0;
    while (i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9')
      number = number * 10 + static_cast<size_t>(sql[++i] - '0');
    order->push_back(number - 1);
    out += '?';
  }
  return out;
}

/// Errors of the client library, a killed session, a server that ends.
bool EndsConnection(int number) {
  constexpr std::array<int, 4> kServer{1053, 1927, 3169, 4031};
  if (number >= 2000 && number < 3000) return true;
  return std::find(kServer.begin(), kServer.end(), number) != kServer.end();
}

/// 0 for what is no error of the server's or the client library's.
int NumberOf(const std::exception& exception) {
  const auto* const error = dynamic_cast<const sql::SQLException*>(&exception);
  return error == nullptr ? 0 : error->getErrorCode();
}

std::string MessageOf(const std::exception& exception) {
  return std::to_string(NumberOf(exception)) + " " + exception.what();
}

void Read(sql::ResultSet& result, Reply* reply) {
  sql::ResultSetMetaData* const about = result.getMetaData();
  const unsigned columns = about->getColumnCount();
  for (unsigned i = 1; i <= columns; ++i)
    reply->columns.push_back(about->getColumnLabel(i).asStdString());
  while (result.next()) {
    auto& values = reply->rows.emplace_back();
    for (unsigned i = 1; i <= columns; ++i) {
      // isNull of a prepared statement's answer tells of the value read last.
      const std::string text = result.getString(i).asStdString();
      values.emplace_back(text);
      if (result.wasNull()) values.back().reset();
    }
  }
}

}  // namespace

MySqlConnection::MySqlConnection(std::string url, std::string program_name)
    : url_(std::move(url)), program_name_(std::move(program_name)) {}

void MySqlConnection::Close() {
  prepared_.clear();
  connection_.reset();
}

std::optional<std::string> MySqlConnection::Open() {
  Close();
  try {
    Connect();
  } catch (const std::exception& exception) {
    return MessageOf(exception);
  }
  return std::nullopt;
}

void MySqlConnection::Connect() {
  const MySqlUrl url(url_);
  sql::ConnectOptionsMap options;
  options["hostName"] = sql::SQLString(url.server);
  options["userName"] = sql::SQLString(url.user);
  options["password"] = sql::SQLString("");
  options["schema"] = sql::SQLString(url.database);
  options["OPT_CONNECT_TIMEOUT"] = 5;
  options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  options["OPT_RECONNECT"] = false;
  std::map<sql::SQLString, sql::SQLString> attributes;
  attributes["program_name"] = sql::SQLString(program_name_);
  options["OPT_CONNECT_ATTR_ADD"] = attributes;
  // The one driver of the process; made at the first call, by one thread.
  static sql::Driver* const driver = sql::mysql::get_driver_instance();
  connection_.reset(driver->connect(options));
}

MySqlConnection::Prepared& MySqlConnection::Prepare(const std::string& sql) {
  if (const auto found = prepared_.find(sql); found != prepared_.end()) return found->second;
  Prepared made;
  const std::string text = WithQuestionMarks(sql, &made.order);
  made.statement.reset(connection_->prepareStatement(text));
  made.has_rows = made.statement->getMetaData()->getColumnCount() > 0;
  return prepared_.emplace(sql, std::move(made)).first->second;
}

Reply MySqlConnection::Run(const std::string& sql, const std::vector<std::string>& parameters) {
  for (int attempt = 1;; ++attempt) {
    try {
      return RunPrepared(sql, parameters);
    } catch (const sql::SQLException& exception) {
      // Only what has columns says so, and that reads.
      if (exception.getErrorCode() != kOtherColumns || attempt == kTriesAgain) throw;
    }
    prepared_.erase(sql);
    ++reprepared_;
  }
}

Reply MySqlConnection::RunPrepared(const std::string& sql,
                                   const std::vector<std::string>& parameters) {
  Prepared& prepared = Prepare(sql);
  for (size_t i = 0; i < prepared.order.size(); ++i)
    prepared.statement->setString(static_cast<unsigned>(i + 1),
                                  sql::SQLString(parameters[prepared.order[i]]));
  Reply reply;
  if (prepared.has_rows) {
    const std::unique_ptr<sql::ResultSet> result(prepared.statement->executeQuery());
    Read(*result, &reply);
  } else {
    reply.affected = prepared.statement->executeUpdate();
  }
  return reply;
}

Reply MySqlConnection::Execute(const Statement& statement,
                               const std::vector<std::string>& parameters) {
  if (Lost()) return Reply::Failed("the connection was lost before");
  try {
    Reply reply = Run(statement.sql, parameters);
    if (statement.then.empty()) return reply;
    const int64_t affected = reply.affected;
    reply = Run(statement.then, parameters);
    reply.affected = affected;
    return reply;
  } catch (const std::exception& exception) {
    if (EndsConnection(NumberOf(exception))) Close();
    return Reply::Failed(MessageOf(exception));
  }
}

}  // namespace shop
