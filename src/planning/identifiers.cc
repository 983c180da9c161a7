#include "planning/identifiers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/digest.h"
#include "base/text.h"
#include "planning/planning.h"

namespace interlock::planning {
namespace {

constexpr std::size_t kDigestDigits = 8;

std::size_t Characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// A character beyond the basic plane, which takes four bytes.
bool HasSupplementary(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0xF0U; });
}

}  // namespace

std::string DigestName(std::string_view base, std::string_view suffix, std::string_view seed,
                       std::size_t max_bytes) {
  const std::string end = fmt::format("{}_{}", suffix, Sha256(seed).substr(0, kDigestDigits));
  const std::size_t room = max_bytes > end.size() ? max_bytes - end.size() : 0;
  return std::string(CutToBytes(base, room)) + end;
}

std::string NotNullCheckName(const TableName& table, const std::string& column,
                             const std::string& migration, std::size_t max_bytes) {
  const std::string seed = fmt::format("not null\n{}\n{}\n{}", migration, ToString(table), column);
  return DigestName(column, "_not_null", seed, max_bytes);
}

std::string TwinName(const TableName& table, const std::string& source,
                     const std::string& migration, std::size_t max_bytes) {
  const std::string seed = fmt::format("twin\n{}\n{}\n{}", migration, ToString(table), source);
  return DigestName(source, "", seed, max_bytes);
}

std::string ImplicitName(const std::string& table, const std::string& column,
                         const std::string& label, std::size_t max_bytes) {
  const std::size_t fixed = label.size() + (column.empty() ? 1 : 2);
  const std::size_t room = max_bytes > fixed ? max_bytes - fixed : 0;
  std::size_t first = table.size();
  std::size_t second = column.size();
  while (first + second > room) --(first > second ? first : second);
  std::string out(CutToBytes(table, first));
  if (!column.empty()) out += "_" + std::string(CutToBytes(column, second));
  return out + "_" + label;
}

Result<void> CheckName(std::string_view what, const std::string& name, const NameRules& rules) {
  if (name.empty()) {
    return Fail(ErrorKind::kRefused, "IL-P04",
                fmt::format("{} {} has no name", what == "index" ? "an" : "a", what),
                "give it a name");
  }
  const std::size_t size = rules.in_characters ? Characters(name) : name.size();
  const std::string_view unit = rules.in_characters ? "characters" : "bytes";
  if (size > rules.longest) {
    return Fail(ErrorKind::kRefused, "IL-P04",
                fmt::format("the name of {} {} has {} {}; the server keeps {}", what,
                            DisplayName(name), size, unit, rules.longest),
                fmt::format("choose a name of at most {} {}", rules.longest, unit));
  }
  if (rules.basic_plane_only && HasSupplementary(name)) {
    return Fail(ErrorKind::kRefused, "IL-P04",
                fmt::format("the name of {} {} has a character that takes four bytes; the server "
                            "keeps none of these in names",
                            what, DisplayName(name)),
                "choose a name without it");
  }
  if (!rules.space_at_end && std::isspace(static_cast<unsigned char>(name.back())) != 0) {
    return Fail(ErrorKind::kRefused, "IL-P04",
                fmt::format("the name of {} {} ends with white space; the server keeps no such "
                            "name",
                            what, DisplayName(name)),
                "choose a name that ends otherwise");
  }
  for (const auto& prefix : rules.helper_tables) {
    if (what != "table" || !name.starts_with(prefix)) continue;
    return Fail(ErrorKind::kRefused, "IL-P04",
                fmt::format("the name of table {} begins as those of Interlock's helpers do",
                            DisplayName(name)),
                fmt::format("choose a name that does not begin with {}", prefix));
  }
  return {};
}

}  // namespace interlock::planning

namespace interlock {

std::string QuarantineName(const std::string& column, const std::string& migration,
                           std::size_t max_bytes) {
  const std::string seed = fmt::format("quarantine\n{}\n{}", migration, column);
  return planning::DigestName(column, "_quarantined", seed, max_bytes);
}

}  // namespace interlock
