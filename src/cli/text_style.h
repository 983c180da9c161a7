// Text for people: colours as marks that Output translates, widths, wrapping, aligned columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace interlock::cli {

/// Marked text; Output makes colours of it on a terminal and nothing elsewhere.
std::string Red(std::string_view text);
std::string Green(std::string_view text);
std::string Yellow(std::string_view text);
std::string Dim(std::string_view text);
std::string Bold(std::string_view text);

/// Columns that the text takes on a terminal: code points, marks not counted.
size_t DisplayWidth(std::string_view text);
/// With spaces to `width` columns; longer text stays as it is.
std::string PadRight(std::string_view text, size_t width);
std::string PadLeft(std::string_view text, size_t width);
/// Cut to `width` columns, with "…" as the last one.
std::string Shorten(std::string_view text, size_t width);
/// Breaks at spaces so that no line is wider, where words allow; later lines get `indent` spaces.
std::string Wrap(std::string_view text, size_t width, size_t indent);

/// Replaces marks by escape sequences (`color`) or nothing, and every character that is not to be
/// shown by "?", so that no name from a server can drive the terminal or mislead who reads it.
std::string Render(std::string_view text, bool color);

/// Not to be shown: control characters, but line ends and tabs; what turns the direction of
/// writing, so that text reads as another; a byte that is no UTF-8.
struct Character {
  size_t bytes = 1;
  bool shown = true;
};
Character CharacterAt(std::string_view text, size_t at);

/// Rows as aligned columns, two spaces between, no space at line ends; one line a row.
std::string Columns(const std::vector<std::vector<std::string>>& rows, size_t indent = 0);

/// "1 row", "3 rows"
std::string Count(long long number, std::string_view noun);

}  // namespace interlock::cli
