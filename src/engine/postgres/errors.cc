#include "engine/postgres/errors.h"

#include <array>
#include <pqxx/except>

#include "base/text.h"

namespace interlock::postgres {
namespace {

constexpr std::string_view kSqlState = "sqlstate ";

struct StateRule {
  std::string_view prefix;  ///< of the SQLSTATE; the first rule that fits counts
  ErrorKind kind;
  std::string_view code;
  std::string_view hint;
};

constexpr std::array<StateRule, 13> kRules{{
    {"55P03", ErrorKind::kTransient, "IL-E10", "another session holds the lock; it is tried again"},
    {"40P01", ErrorKind::kTransient, "IL-E11", "a deadlock was broken; it is tried again"},
    {"40", ErrorKind::kTransient, "IL-E12", "it may be tried again"},
    {"53", ErrorKind::kTransient, "IL-E13",
     "the server lacks a resource (connections, disk, memory)"},
    {"57014", ErrorKind::kTransient, "IL-E14", "a timeout or a person cancelled the statement"},
    {"55006", ErrorKind::kTransient, "IL-E15", "the object is in use; it is tried again"},
    {"57P03", ErrorKind::kUnreachable, "IL-E02", "the server is starting or stopping"},
    {"42501", ErrorKind::kRefused, "IL-E20",
     "`interlock doctor` lists the privileges that are missing"},
    {"25006", ErrorKind::kRefused, "IL-E21", "this server takes no writes: is it a replica?"},
    {"28", ErrorKind::kUnreachable, "IL-E02", "check user and password of the database's url"},
    {"3D000", ErrorKind::kUnreachable, "IL-E02", "check the database's name in its url"},
    {"23", ErrorKind::kFailed, "IL-E41", "the rows that are there do not fit"},
    {"", ErrorKind::kFailed, "IL-E40", ""},
}};

const StateRule& RuleOf(std::string_view state) {
  for (const auto& rule : kRules)
    if (state.substr(0, rule.prefix.size()) == rule.prefix) return rule;
  return kRules.back();
}

template <typename T>
bool Is(const std::exception& exception) {
  return dynamic_cast<const T*>(&exception) != nullptr;
}

/// libpqxx 6 drops the SQLSTATE of some errors that have a class of their own.
std::string StateOf(const std::exception& exception) {
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&exception)) {
    std::string state(sql->sqlstate());
    if (!state.empty()) return state;
  }
  if (Is<pqxx::deadlock_detected>(exception)) return "40P01";
  if (Is<pqxx::serialization_failure>(exception)) return "40001";
  if (Is<pqxx::transaction_rollback>(exception)) return "40000";
  if (Is<pqxx::insufficient_privilege>(exception)) return "42501";
  if (Is<pqxx::too_many_connections>(exception)) return "53300";
  if (Is<pqxx::insufficient_resources>(exception)) return "53000";
  return "";
}

std::string Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// "ERROR:  relation … does not exist" without the server's severity word, in any language.
std::string WithoutSeverity(const std::string& line) {
  const size_t colon = line.find(":  ");
  if (colon == std::string::npos || colon > 20) return line;
  return line.substr(colon + 3);
}

/// First line into the message, DETAIL and the like into details; statement excerpts left out.
void TakeText(std::string_view what, Error& error) {
  for (const auto& raw : Split(what, '\n')) {
    const std::string line = Trim(raw);
    if (line.empty()) continue;
    if (error.message.empty()) {
      error.message = WithoutSeverity(line);
    } else if (line.rfind("LINE ", 0) != 0 && line.find_first_not_of("^") != std::string::npos) {
      error.details.push_back(line);
    }
  }
  if (!error.message.empty() && error.message.back() == '.') error.message.pop_back();
}

/// libpq says anew where it wanted to connect to: `where` says it already.
std::string WithoutAddress(const std::string& message) {
  constexpr std::string_view kFailed = " failed: ";
  if (message.rfind("connection to server ", 0) != 0) return message;
  const auto at = message.find(kFailed);
  if (at == std::string::npos) return message;
  return WithoutSeverity(Trim(message.substr(at + kFailed.size())));
}

/// Refusals at the start of a session come without an SQLSTATE: libpq keeps the text alone.
std::string ConnectHint(const std::string& message) {
  const auto says = [&](std::string_view text) { return message.find(text) != std::string::npos; };
  if (says("password authentication failed") || says("no password supplied"))
    return "the server is there: correct the user or the password in the database's url";
  if (says("database \"") && says("does not exist"))
    return "the server is there: create the database, or correct its name in the url";
  if (says("role \"") && says("does not exist"))
    return "the server is there: create the role, or correct the user in the url";
  if (says("no pg_hba.conf entry"))
    return "the server is there: let this user and host in by its pg_hba.conf";
  if (says("could not translate host name")) return "correct the host in the database's url";
  if (says("too many clients") || says("remaining connection slots"))
    return "the server is there and full: close sessions, or raise max_connections";
  return "check the database's url and that the server accepts connections";
}

}  // namespace

Error FromException(const std::exception& exception, Moment moment, bool lost,
                    const std::string& where) {
  Error error;
  const std::string state = StateOf(exception);
  TakeText(exception.what(), error);
  if (!state.empty()) error.details.push_back(std::string(kSqlState) + state);
  if (moment == Moment::kConnecting) {
    error.kind = ErrorKind::kUnreachable;
    error.code = "IL-E02";
    error.message = "cannot connect to " + where + ": " + WithoutAddress(error.message);
    error.hint = ConnectHint(error.message);
  } else if (lost) {
    const bool in_doubt = moment == Moment::kSent;
    error.kind = in_doubt ? ErrorKind::kInDoubt : ErrorKind::kUnreachable;
    error.code = in_doubt ? "IL-E04" : "IL-E03";
    error.message = "the connection to " + where + " was lost: " + error.message;
    if (in_doubt) error.hint = "whether the last statement took effect is looked up first";
  } else if (state.empty() && dynamic_cast<const pqxx::failure*>(&exception) == nullptr) {
    error.kind = ErrorKind::kInternal;
    error.code = "IL-E99";
  } else {
    const StateRule& rule = RuleOf(state);
    error.kind = rule.kind;
    error.code = rule.code;
    error.hint = rule.hint;
  }
  return error;
}

std::string SqlState(const Error& error) {
  for (const auto& line : error.details)
    if (line.rfind(kSqlState, 0) == 0) return line.substr(kSqlState.size());
  return "";
}

bool IsOfPrepared(const Error& error) {
  const std::string state = SqlState(error);
  return state == "26000" || state == "42P05";
}

}  // namespace interlock::postgres
