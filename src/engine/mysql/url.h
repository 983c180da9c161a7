// The url of a MySQL or MariaDB server, taken apart.
#pragma once

#include <string>

#include "base/result.h"

namespace interlock::mysql {

enum class TlsMode { kPreferred, kRequired, kVerifyCa, kVerifyIdentity };

struct ServerUrl {
  std::string host = "127.0.0.1";
  int port = 3306;
  std::string socket;  ///< path of a Unix socket: then host and port are not used
  std::string user;
  std::string password;
  std::string database;
  TlsMode tls = TlsMode::kPreferred;
  std::string tls_ca, tls_cert, tls_key;  ///< files

  /// "db-0 port 3306, database shop, user deploy": for messages, without the password.
  std::string Where() const;
};

/// Reads mysql://user:password@host:port/database?option=value, percent-encoded as urls are.
/// Options: socket, ssl-mode (preferred, required, verify-ca, verify-identity), ssl-ca, ssl-cert,
/// ssl-key.  kConfig (IL-E01) never repeats the url, which may hold a password.
Result<ServerUrl> ParseUrl(const std::string& url);

}  // namespace interlock::mysql
