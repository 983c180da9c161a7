#include "model/alteration.h"

#include <algorithm>
#include <array>
#include <utility>

namespace interlock {
namespace {

constexpr std::array<std::pair<AlterWay, std::string_view>, 3> kWays{{
    {AlterWay::kInstant, "instant"},
    {AlterWay::kInPlace, "in place"},
    {AlterWay::kRebuild, "rebuild"},
}};

/// What the text is of: the table alone, under no name.
Catalog Nameless(const Table& table) {
  Catalog catalog;
  Table item = table;
  item.name = {"", "t"};
  item.triggers.clear();
  item.policies.clear();
  catalog.tables[item.name] = std::move(item);
  return catalog;
}

/// "column t.id" as a person reads it where the table is known: "column id".
std::string WithoutTable(std::string text) {
  if (const auto at = text.find(" t."); at != std::string::npos) text.erase(at + 1, 2);
  return text;
}

}  // namespace

std::string_view ToString(AlterWay way) {
  for (const auto& [value, text] : kWays)
    if (value == way) return text;
  return "rebuild";
}

Alteration Alteration::Inverse() const {
  Alteration back{table, clauses_back, clauses, after, before, {}};
  for (const auto& [from, to] : renamed) back.renamed[to] = from;
  return back;
}

std::string Alteration::Id() const {
  constexpr std::size_t kDigits = 16;
  const auto& [low, high] = std::minmax(before, after);
  return Sha256("interlock alteration\n" + ToString(table) + "\n" + low + "\n" + high)
      .substr(0, kDigits);
}

std::string DefinitionOf(const Table& table) { return CanonicalText(Nameless(table)); }

std::vector<std::string> DefinitionDiff(const std::string& before, const std::string& after) {
  const auto was = ParseCanonicalText(before);
  const auto is = ParseCanonicalText(after);
  std::vector<std::string> out;
  if (!was || !is) return out;
  for (const auto& difference : Diff(*was, *is)) out.push_back(WithoutTable(ToString(difference)));
  return out;
}

}  // namespace interlock
