// Turns what Connector/C++ throws into errors as values; the one place where numbers are
// classified.
#pragma once

#include <exception>
#include <string>

#include "base/error.h"
#include "engine/mysql/version.h"

namespace interlock::mysql {

/// When something went wrong, seen from the statement.
enum class Moment {
  kConnecting,  ///< nothing was ever sent
  kBeginning,   ///< nothing that lasts was sent: when the connection is lost now, nothing is in
                ///< doubt
  kSent         ///< a statement was sent, its reply may be missing
};

/// The server's or the client library's error number; 0 when the exception has none.
int NumberOf(const std::exception& exception);

/// Whether the connection is gone after an error with that number.
bool IsLost(int number, Flavor flavor);

/// `where` ("db-0 port 3306, database shop, user deploy") never holds a password.  The number
/// stands in details as "error 1205".  From 1900 on a number means what it does on `flavor` alone.
Error FromException(const std::exception& exception, Moment moment, const std::string& where,
                    Flavor flavor);

/// The number in an error's details, or 0.
int NumberOf(const Error& error);

/// Whether the error says that a row does not fit, rather than that the statement is wrong.  The
/// server then undoes the statement alone, and its transaction stays.
bool IsOfRows(int number);
inline constexpr int kDuplicate = 1062;
inline constexpr int kNoSuchTable = 1146;

}  // namespace interlock::mysql
