#include "ledger/bytes.h"

#include <cstdint>

namespace interlock {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

unsigned char Byte(std::string_view bytes, size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

/// Length of the well-formed sequence that begins at `i`; 0 if there is none (Unicode table 3-7).
size_t SequenceLength(std::string_view bytes, size_t i) {
  const unsigned char first = Byte(bytes, i);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (bytes.size() - i < length) return 0;
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (Byte(bytes, i + 1) < low || Byte(bytes, i + 1) > high) return 0;
  for (size_t k = 2; k < length; ++k)
    if ((Byte(bytes, i + k) & 0xc0) != 0x80) return 0;
  return length;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = SequenceLength(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string ToHex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    out += kDigits[Byte(bytes, i) >> 4];
    out += kDigits[Byte(bytes, i) & 15];
  }
  return out;
}

std::optional<std::string> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexValue(text[i]);
    const int low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string ToBase64(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    std::uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? Byte(bytes, i + k) : 0u);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kBase64[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t bits = 0;
    size_t count = 3;
    for (size_t k = 0; k < 4; ++k) {
      const auto value = kBase64.find(text[i + k]);
      if (text[i + k] == '=' && k >= 2) --count;
      bits = bits << 6 | (value == std::string_view::npos ? 0u : static_cast<std::uint32_t>(value));
    }
    for (size_t k = 0; k < count; ++k) out += static_cast<char>(bits >> (16 - 8 * k) & 255);
  }
  // Stray characters, padding in the middle and bits left over all fail to come back the same.
  if (ToBase64(out) != text) return std::nullopt;
  return out;
}

}  // namespace interlock
