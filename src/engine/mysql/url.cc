#include "engine/mysql/url.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace interlock::mysql {
namespace {

constexpr const char* kShape = "write mysql://user@host:port/database?option=value";

tl::unexpected<Error> Wrong(const std::string& what, const std::string& hint = kShape) {
  return Fail(ErrorKind::kConfig, "IL-E01", "the database's url cannot be read: " + what, hint);
}

std::optional<std::string> Decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto* end = text.data() + i + 3;
    const auto read = std::from_chars(text.data() + i + 1, end, value, 16);
    if (read.ec != std::errc() || read.ptr != end || value == 0) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

/// What stands before the first `separator`; `rest` keeps what stands after it.
std::string_view Before(char separator, std::string_view& rest) {
  const auto at = rest.find(separator);
  const auto out = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return out;
}

constexpr std::array<std::pair<std::string_view, TlsMode>, 4> kTlsModes{{
    {"preferred", TlsMode::kPreferred},
    {"required", TlsMode::kRequired},
    {"verify-ca", TlsMode::kVerifyCa},
    {"verify-identity", TlsMode::kVerifyIdentity},
}};

Result<void> ReadTlsMode(const std::string& value, ServerUrl& out) {
  for (const auto& [name, mode] : kTlsModes)
    if (value == name) {
      out.tls = mode;
      return {};
    }
  return Wrong("ssl-mode is '" + value + "'",
               "ssl-mode is one of preferred, required, verify-ca, verify-identity");
}

Result<void> ReadOption(const std::string& name, const std::string& value, ServerUrl& out) {
  if (name == "ssl-mode") return ReadTlsMode(value, out);
  const std::array<std::pair<std::string_view, std::string*>, 4> texts{{
      {"socket", &out.socket},
      {"ssl-ca", &out.tls_ca},
      {"ssl-cert", &out.tls_cert},
      {"ssl-key", &out.tls_key},
  }};
  for (const auto& [known, target] : texts)
    if (name == known) {
      *target = value;
      return {};
    }
  const auto near = NearestName(name, {"ssl-mode", "socket", "ssl-ca", "ssl-cert", "ssl-key"});
  return Wrong("it has no option '" + name + "'",
               near.empty() ? "options are socket, ssl-mode, ssl-ca, ssl-cert, ssl-key"
                            : "did you mean " + near + "?");
}

Result<void> ReadAddress(std::string_view address, ServerUrl& out) {
  if (address.starts_with('[')) {  // an IPv6 address has colons of its own
    const auto end = address.find(']');
    if (end == std::string_view::npos) return Wrong("a ] is missing after the host");
    out.host = address.substr(1, end - 1);
    address.remove_prefix(end + 1);
    if (!address.empty() && !address.starts_with(':')) return Wrong("a : is due after the ]");
    if (!address.empty()) address.remove_prefix(1);
  } else {
    const auto host = Decoded(Before(':', address));
    if (!host) return Wrong("its host is not percent-encoded");
    if (!host->empty()) out.host = *host;
  }
  if (address.empty()) return {};
  const auto* end = address.data() + address.size();
  const auto read = std::from_chars(address.data(), end, out.port);
  if (read.ec != std::errc() || read.ptr != end || out.port < 1 || out.port > 65535)
    return Wrong("its port is no number from 1 to 65535");
  return {};
}

}  // namespace

std::string ServerUrl::Where() const {
  const std::string place =
      socket.empty() ? host + " port " + std::to_string(port) : "the socket " + socket;
  return place + ", database " + database + ", user " + (user.empty() ? "(the default)" : user);
}

Result<ServerUrl> ParseUrl(const std::string& url) {
  constexpr std::string_view kScheme = "mysql://";
  std::string_view rest = url;
  if (!rest.starts_with(kScheme)) return Wrong("it does not begin with mysql://");
  rest.remove_prefix(kScheme.size());
  std::string_view path = rest;
  std::string_view authority = Before('/', path);
  ServerUrl out;
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    std::string_view password = authority.substr(0, at);
    const auto user = Decoded(Before(':', password));
    const auto secret = Decoded(password);
    if (!user || !secret) return Wrong("user or password are not percent-encoded");
    out.user = *user;
    out.password = *secret;
    authority.remove_prefix(at + 1);
  }
  IL_RETURN_IF_ERROR(ReadAddress(authority, out));
  std::string_view options = path;
  const std::string_view name = Before('?', options);
  // Else what follows a / of the password that is not encoded would be told as a name.
  if (name.find_first_of("/@") != std::string_view::npos)
    return Wrong("a / or @ is not percent-encoded");
  const auto database = Decoded(name);
  if (!database) return Wrong("the database's name is not percent-encoded");
  if (database->empty()) return Wrong("it names no database");
  out.database = *database;
  while (!options.empty()) {
    std::string_view value = Before('&', options);
    const auto option = Decoded(Before('=', value));
    const auto text = Decoded(value);
    if (!option || !text) return Wrong("an option is not percent-encoded");
    IL_RETURN_IF_ERROR(ReadOption(*option, *text, out));
  }
  return out;
}

}  // namespace interlock::mysql
