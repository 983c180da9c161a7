#include "engine/mysql/errors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "engine/mysql/connector.h"

namespace interlock::mysql {
namespace {

constexpr std::string_view kNumber = "error ";

enum class Whose { kBoth, kMySql, kMariaDb };

struct NumberRule {
  int first;
  int last;
  ErrorKind kind;
  std::string_view code;
  std::string_view hint;
  Whose whose = Whose::kBoth;
};

constexpr bool Counts(Whose whose, Flavor flavor) {
  return whose == Whose::kBoth || (whose == Whose::kMariaDb) == (flavor == Flavor::kMariaDb);
}

constexpr std::string_view kAgain = "another session holds the lock; it is tried again";
constexpr std::string_view kCancelled = "a timeout or a person cancelled the statement";
constexpr std::string_view kResource = "the server lacks a resource (connections, disk, memory)";
constexpr std::string_view kNoMajority = "the Galera node has lost its cluster's majority";
constexpr std::string_view kPrivilege = "`interlock doctor` lists the privileges that are missing";
constexpr std::string_view kTrustCreators =
    "with the binary log on, triggers need log_bin_trust_function_creators = 1, or an account with "
    "SUPER makes them once";
constexpr std::string_view kReadOnly = "this server takes no writes: is it a replica?";
constexpr std::string_view kRows = "the rows that are there do not fit";

/// Numbers are the same in both servers below 1900; from there on each has its own.
constexpr std::array<NumberRule, 40> kRules{{
    {1205, 1205, ErrorKind::kTransient, "IL-E10", kAgain},
    {3572, 3572, ErrorKind::kTransient, "IL-E10", kAgain, Whose::kMySql},  // NOWAIT
    {1213, 1213, ErrorKind::kTransient, "IL-E11", "a deadlock was broken; it is tried again"},
    {3058, 3058, ErrorKind::kTransient, "IL-E11", "a deadlock was broken; it is tried again",
     Whose::kMySql},
    {1412, 1412, ErrorKind::kTransient, "IL-E12", "it may be tried again"},
    {1020, 1020, ErrorKind::kTransient, "IL-E12", "it may be tried again"},
    {1615, 1615, ErrorKind::kTransient, "IL-E12", "it may be tried again"},
    {3, 3, ErrorKind::kTransient, "IL-E13", kResource},
    {1021, 1021, ErrorKind::kTransient, "IL-E13", kResource},
    {1037, 1038, ErrorKind::kTransient, "IL-E13", kResource},
    {1040, 1041, ErrorKind::kTransient, "IL-E13", kResource},
    {1047, 1047, ErrorKind::kTransient, "IL-E13", kNoMajority, Whose::kMariaDb},
    {1114, 1114, ErrorKind::kTransient, "IL-E13", kResource},
    {1135, 1135, ErrorKind::kTransient, "IL-E13", kResource},
    {1203, 1203, ErrorKind::kTransient, "IL-E13", kResource},
    {1226, 1226, ErrorKind::kTransient, "IL-E13", kResource},
    {1799, 1799, ErrorKind::kTransient, "IL-E13", kResource},  // the online log of an ALTER
    {1317, 1317, ErrorKind::kTransient, "IL-E14", kCancelled},
    {1969, 1969, ErrorKind::kTransient, "IL-E14", kCancelled, Whose::kMariaDb},
    {3024, 3024, ErrorKind::kTransient, "IL-E14", kCancelled, Whose::kMySql},
    {1044, 1044, ErrorKind::kRefused, "IL-E20", kPrivilege},
    {1095, 1095, ErrorKind::kRefused, "IL-E20", kPrivilege},  // KILL of another's session
    {1142, 1143, ErrorKind::kRefused, "IL-E20", kPrivilege},
    {1227, 1227, ErrorKind::kRefused, "IL-E20", kPrivilege},
    {1370, 1370, ErrorKind::kRefused, "IL-E20", kPrivilege},
    {1410, 1410, ErrorKind::kRefused, "IL-E20", kPrivilege},
    {1419, 1419, ErrorKind::kRefused, "IL-E26", kTrustCreators},
    {1290, 1290, ErrorKind::kRefused, "IL-E21", kReadOnly},
    {1792, 1792, ErrorKind::kRefused, "IL-E21", kReadOnly},
    {1836, 1836, ErrorKind::kRefused, "IL-E21", kReadOnly},
    {1048, 1048, ErrorKind::kFailed, "IL-E41", kRows},
    {1062, 1062, ErrorKind::kFailed, "IL-E41", kRows},
    {1169, 1169, ErrorKind::kFailed, "IL-E41", kRows},
    {1264, 1265, ErrorKind::kFailed, "IL-E41", kRows},
    {1292, 1292, ErrorKind::kFailed, "IL-E41", kRows},
    {1366, 1366, ErrorKind::kFailed, "IL-E41", kRows},
    {1406, 1406, ErrorKind::kFailed, "IL-E41", kRows},
    {1451, 1452, ErrorKind::kFailed, "IL-E41", kRows},
    {3819, 3819, ErrorKind::kFailed, "IL-E41", kRows, Whose::kMySql},    // CHECK
    {4025, 4025, ErrorKind::kFailed, "IL-E41", kRows, Whose::kMariaDb},  // CHECK
}};

const NumberRule& RuleOf(int number, Flavor flavor) {
  static constexpr NumberRule kOther{0, 0, ErrorKind::kFailed, "IL-E40", ""};
  for (const auto& rule : kRules)
    if (number >= rule.first && number <= rule.last && Counts(rule.whose, flavor)) return rule;
  return kOther;
}

std::string ConnectHint(int number) {
  switch (number) {
    case 1045:
    case 1698:
      return "the server is there: correct the user or the password in the database's url";
    case 1044:
    case 1049:
      return "the server is there: create the database, correct its name in the url, or let this "
             "user use it";
    case 1130:
      return "the server is there: let this user in from this host";
    case 1040:
    case 1203:
    case 1226:
      return "the server is there and full: close sessions, or raise max_connections";
    case 2005:
      return "correct the host in the database's url";
    case 2059:
    case 2061:
      return "the client library cannot do what this account asks for: use TLS "
             "(ssl-mode=required), "
             "or another authentication plugin";
    default:
      return "check the database's url and that the server accepts connections";
  }
}

/// Without a character of UTF-8 that is cut at the end: the servers keep 511 bytes of a message.
std::string_view WithoutHalf(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && (static_cast<unsigned char>(text[begin - 1]) & 0xC0U) == 0x80U) --begin;
  if (begin == 0) return text;
  const auto lead = static_cast<unsigned char>(text[begin - 1]);
  const std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return text.size() - begin + 1 < size ? text.substr(0, begin - 1) : text;
}

/// The first line; both servers put a server's whole message on one.
std::string FirstLine(std::string_view text) {
  std::string out(WithoutHalf(text.substr(0, text.find('\n'))));
  while (!out.empty() && (out.back() == '.' || out.back() == ' ' || out.back() == '\r'))
    out.pop_back();
  return out;
}

}  // namespace

int NumberOf(const std::exception& exception) {
  const auto* sql = dynamic_cast<const sql::SQLException*>(&exception);
  return sql == nullptr ? 0 : sql->getErrorCode();
}

bool IsLost(int number, Flavor flavor) {
  // 2000 to 2999 are the client library's; of these some are about a statement alone.
  static constexpr std::array<int, 6> kStatement{2014, 2030, 2031, 2034, 2036, 2053};
  // Shut down, packets out of order or lost, connection killed, closed for silence.
  static constexpr std::array<int, 7> kServer{1053, 1152, 1156, 1158, 1159, 1160, 1161};
  static constexpr std::array<int, 2> kMySql{3169, 4031};
  static constexpr std::array<int, 1> kMariaDb{1927};
  const auto in = [number](const auto& list) {
    return std::find(list.begin(), list.end(), number) != list.end();
  };
  if (number >= 2000 && number < 3000) return !in(kStatement);
  return in(kServer) || (flavor == Flavor::kMariaDb ? in(kMariaDb) : in(kMySql));
}

Error FromException(const std::exception& exception, Moment moment, const std::string& where,
                    Flavor flavor) {
  Error error;
  const int number = NumberOf(exception);
  error.message = FirstLine(exception.what());
  if (number != 0) error.details.push_back(std::string(kNumber) + std::to_string(number));
  if (moment == Moment::kConnecting) {
    error.kind = ErrorKind::kUnreachable;
    error.code = "IL-E02";
    error.message = "cannot connect to " + where + ": " + error.message;
    error.hint = ConnectHint(number);
  } else if (IsLost(number, flavor)) {
    const bool in_doubt = moment == Moment::kSent;
    error.kind = in_doubt ? ErrorKind::kInDoubt : ErrorKind::kUnreachable;
    error.code = in_doubt ? "IL-E04" : "IL-E03";
    error.message = "the connection to " + where + " was lost: " + error.message;
    if (in_doubt) error.hint = "whether the last statement took effect is looked up first";
  } else if (number == 0) {
    error.kind = ErrorKind::kInternal;
    error.code = "IL-E99";
  } else {
    const NumberRule& rule = RuleOf(number, flavor);
    error.kind = rule.kind;
    error.code = rule.code;
    error.hint = rule.hint;
  }
  return error;
}

int NumberOf(const Error& error) {
  for (const auto& line : error.details) {
    if (!line.starts_with(kNumber)) continue;
    int number = 0;
    std::from_chars(line.data() + kNumber.size(), line.data() + line.size(), number);
    return number;
  }
  return 0;
}

bool IsOfRows(int number) {
  // A value twice, NULL where none may be, too long, out of range, cut, of another character set,
  // no value of the type, a CHECK, a foreign key, JSON, geometry, no partition.
  static constexpr std::array<int, 18> kNumbers{1062, 1048, 1138, 1406, 1264, 1265,
                                                1366, 1292, 1411, 3819, 4025, 1452,
                                                3140, 3141, 1416, 1526, 1690, 4078};
  return std::find(kNumbers.begin(), kNumbers.end(), number) != kNumbers.end();
}

}  // namespace interlock::mysql
