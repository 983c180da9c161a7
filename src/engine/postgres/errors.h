// Turns what libpqxx throws into errors as values; the one place where SQLSTATEs are classified.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "base/error.h"

namespace interlock::postgres {

/// When something went wrong, seen from the statement.
enum class Moment {
  kConnecting,  ///< nothing was ever sent
  kBeginning,   ///< BEGIN only: when the connection is lost now, nothing is in doubt
  kSent         ///< a statement was sent, its reply may be missing
};

/// `lost`: the connection is gone after the exception.  `where` ("db-0:5432/shop as deploy") never
/// holds a password.  A SQLSTATE that is known stands in details as "sqlstate 55P03".
Error FromException(const std::exception& exception, Moment moment, bool lost,
                    const std::string& where);

/// The SQLSTATE in an error's details, or "".
std::string SqlState(const Error& error);

/// Whether a prepared statement is not there any more, or already: it is not this connection's
/// alone.
bool IsOfPrepared(const Error& error);

}  // namespace interlock::postgres
