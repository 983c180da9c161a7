// Bytes as text: hexadecimal for SQL, base64 for JSON, and whether they are UTF-8 already.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace interlock {

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(std::string_view bytes);

std::string ToHex(std::string_view bytes);
/// Either case; nothing on any other character or an odd length.
std::optional<std::string> FromHex(std::string_view text);

/// RFC 4648 with padding.
std::string ToBase64(std::string_view bytes);
/// Nothing on what ToBase64 would not have written.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace interlock
