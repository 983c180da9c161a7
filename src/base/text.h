// Small helpers for messages: joining, padding, the nearest valid name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace interlock {

std::string Join(const std::vector<std::string>& parts, std::string_view separator);
/// Splits at every `separator`; "" gives one empty part.
std::vector<std::string> Split(std::string_view text, char separator);
bool Contains(const std::vector<std::string>& names, std::string_view name);
/// Letters of ASCII alone change, whatever the locale.
std::string Lower(std::string_view text);
std::string Upper(std::string_view text);
/// The longest beginning of at most `bytes` that ends between two characters of UTF-8.
std::string_view CutToBytes(std::string_view text, std::size_t bytes);
/// "in: " and the beginning of a statement that failed.
std::string ShownStatement(std::string_view statement);
/// The candidate with the smallest edit distance, if it is near enough to be a likely typing
/// mistake (at most a third of the length, at least 1); otherwise "".
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);
/// 1234567 → "1,234,567".
std::string WithCommas(long long number);
/// Shell-style pattern with * and ? only, as in `others` and `owns`.
bool MatchesPattern(std::string_view text, std::string_view pattern);

}  // namespace interlock
