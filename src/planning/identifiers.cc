#include "planning/identifiers.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "planning/planning.h"

namespace interlock::planning {
namespace {

constexpr std::size_t kDigestDigits = 8;

/// The longest beginning of at most `bytes` that ends between two UTF-8 characters.
std::string_view CutToBytes(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
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

Result<void> CheckName(std::string_view what, const std::string& name, std::size_t max_bytes) {
  if (name.empty()) {
    return Fail(ErrorKind::kRefused, "IL-P04",
                fmt::format("{} {} has no name", what == "index" ? "an" : "a", what),
                "give it a name");
  }
  if (name.size() > max_bytes) {
    return Fail(ErrorKind::kRefused, "IL-P04",
                fmt::format("the name of {} {} has {} bytes; the server keeps {}", what,
                            DisplayName(name), name.size(), max_bytes),
                fmt::format("choose a name of at most {} bytes", max_bytes));
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
