#include "model/change.h"

#include <array>
#include <utility>

namespace interlock {
namespace {

constexpr std::array<std::pair<Phase, std::string_view>, 4> kPhases{{
    {Phase::kExpand, "expand"},
    {Phase::kBackfill, "backfill"},
    {Phase::kVerify, "verify"},
    {Phase::kContract, "contract"},
}};

struct KindNames {
  std::string_view operator()(const change::CreateTable&) const { return "create_table"; }
  std::string_view operator()(const change::AddColumn&) const { return "add_column"; }
  std::string_view operator()(const change::DeriveColumns&) const { return "derive_columns"; }
  std::string_view operator()(const change::DropColumn&) const { return "drop_column"; }
  std::string_view operator()(const change::CreateIndex&) const { return "create_index"; }
  std::string_view operator()(const change::AlterTable&) const { return "alter_table"; }
  std::string_view operator()(const change::Sql&) const { return "sql"; }
};

}  // namespace

std::string_view ToString(Phase phase) {
  for (const auto& [value, text] : kPhases)
    if (value == phase) return text;
  return "contract";
}

Result<Phase> ParsePhase(std::string_view text) {
  for (const auto& [value, name] : kPhases)
    if (name == text) return value;
  return Fail(ErrorKind::kConfig, "IL-C25", "'" + std::string(text) + "' is no phase",
              "one of expand, backfill, verify, contract");
}

std::string_view KindName(const Change& change) { return std::visit(KindNames{}, change); }

}  // namespace interlock
