// Result<T>: a value or an Error.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/error.h"

namespace interlock {

template <typename T>
using Result = tl::expected<T, Error>;

/// Shorthand for `return Fail(kind, code, message, hint)`.
inline tl::unexpected<Error> Fail(ErrorKind kind, std::string code, std::string message,
                                  std::string hint = {}, std::vector<std::string> details = {}) {
  return tl::unexpected<Error>(
      Error{kind, std::move(code), std::move(message), std::move(details), std::move(hint)});
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// Leaves the enclosing function with the error of `expr`, if it is one.
#define IL_RETURN_IF_ERROR(expr)                                                 \
  do {                                                                           \
    if (auto il_status = (expr); !il_status)                                     \
      return ::tl::unexpected<::interlock::Error>(std::move(il_status).error()); \
  } while (false)

#define IL_CONCAT_INNER(a, b) a##b
#define IL_CONCAT(a, b) IL_CONCAT_INNER(a, b)
/// `IL_ASSIGN(auto x, Expr());` declares x or leaves with the error.
#define IL_ASSIGN(declaration, expr) \
  IL_ASSIGN_INNER(IL_CONCAT(il_result_, __LINE__), declaration, expr)
#define IL_ASSIGN_INNER(name, declaration, expr)                                   \
  auto name = (expr);                                                              \
  if (!name) return ::tl::unexpected<::interlock::Error>(std::move(name).error()); \
  declaration = std::move(*name)

}  // namespace interlock
