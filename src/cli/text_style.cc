#include "cli/text_style.h"

#include <algorithm>

#include "base/text.h"

namespace interlock::cli {
namespace {

/// Begins a mark; the letter after it says which.
constexpr char kMark = '\x01';

std::string Marked(char style, std::string_view text) {
  std::string out{kMark, style};
  out += text;
  out += kMark;
  out += '_';
  return out;
}

std::string_view Escape(char style) {
  switch (style) {
    case 'r':
      return "\x1b[31m";
    case 'g':
      return "\x1b[32m";
    case 'y':
      return "\x1b[33m";
    case 'd':
      return "\x1b[2m";
    case 'b':
      return "\x1b[1m";
    default:
      return "\x1b[0m";
  }
}

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

std::string Red(std::string_view text) { return Marked('r', text); }
std::string Green(std::string_view text) { return Marked('g', text); }
std::string Yellow(std::string_view text) { return Marked('y', text); }
std::string Dim(std::string_view text) { return Marked('d', text); }
std::string Bold(std::string_view text) { return Marked('b', text); }

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == kMark) {
      ++i;
    } else if (!IsContinuation(text[i])) {
      ++width;
    }
  }
  return width;
}

std::string PadRight(std::string_view text, size_t width) {
  std::string out(text);
  const size_t now = DisplayWidth(text);
  if (now < width) out.append(width - now, ' ');
  return out;
}

std::string PadLeft(std::string_view text, size_t width) {
  const size_t now = DisplayWidth(text);
  return (now < width ? std::string(width - now, ' ') : std::string()) + std::string(text);
}

std::string Shorten(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  size_t taken = 0;
  bool marked = false;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == kMark && i + 1 < text.size()) {
      out += text.substr(i, 2);
      marked = true;
      i += 2;
      continue;
    }
    if (taken + 1 >= width) break;
    size_t next = i + 1;
    while (next < text.size() && IsContinuation(text[next])) ++next;
    out += text.substr(i, next - i);
    ++taken;
    i = next;
  }
  out += "…";
  if (marked) out += {kMark, '_'};
  return out;
}

std::string Wrap(std::string_view text, size_t width, size_t indent) {
  std::string out;
  size_t column = 0;
  for (const auto& word : Split(text, ' ')) {
    const size_t needed = DisplayWidth(word);
    if (column != 0 && column + 1 + needed > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += needed;
  }
  return out;
}

Character CharacterAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    const bool control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
    return {1, !control};
  }
  if (first < 0xc2 || first > 0xf4) return {1, false};
  const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() - at < length) return {1, false};
  for (size_t i = 1; i < length; ++i)
    if (!IsContinuation(text[at + i])) return {1, false};
  const bool control = first == 0xc2 && byte(1) < 0xa0;  // U+0080 … U+009F
  const bool turns =
      first == 0xe2 && ((byte(1) == 0x80 && byte(2) >= 0xaa && byte(2) <= 0xae) ||  // U+202A …
                        (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9));   // U+2066 …
  return {length, !control && !turns};
}

std::string Render(std::string_view text, bool color) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    if (text[i] == kMark && i + 1 < text.size()) {
      if (color) out += Escape(text[i + 1]);
      i += 2;
      continue;
    }
    const Character character = CharacterAt(text, i);
    out += character.shown ? text.substr(i, character.bytes) : "?";
    i += character.bytes;
  }
  return out;
}

std::string Columns(const std::vector<std::vector<std::string>>& rows, size_t indent) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    if (widths.size() < row.size()) widths.resize(row.size(), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line(indent, ' ');
    for (size_t i = 0; i < row.size(); ++i) {
      if (i != 0) line += "  ";
      line += i + 1 == row.size() ? row[i] : PadRight(row[i], widths[i]);
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + '\n';
  }
  return out;
}

std::string Count(long long number, std::string_view noun) {
  return WithCommas(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace interlock::cli
