// A bundle that somebody may have edited, and what planning makes of migrations that no reader of
// files has checked.
#include <nlohmann/json.hpp>

#include "cli/bundle.h"
#include "fuzz/fuzz.h"
#include "model/json.h"
#include "planning/plans.h"

namespace interlock::fuzz {
namespace {

using nlohmann::json;

/// Edited, and every hash made to fit.
std::string WithHashes(const std::string& text) {
  auto bundle = ParseJson(text);
  if (!bundle || !bundle->is_object() || !bundle->contains("migrations")) return text;
  for (auto& item : (*bundle)["migrations"])
    if (const auto migration = MigrationFromJson(item)) item["hash"] = ContentHash(*migration);
  return CanonicalJson(*bundle);
}

void Read(const std::string& text) {
  const auto bundle = cli::ReadBundle(text, "b.json");
  if (!bundle) return RequireUsable(bundle.error());
  PlannedRelease release;
  release.plan = bundle->plan;
  release.digest = bundle->digest;
  Catalog catalog = Shop();
  for (const auto& migration : bundle->migrations) {
    release.migrations.push_back({migration, {}, 1, false});
    const auto steps = PlanMigration(migration, {catalog, {}, {}});
    if (!steps) {
      RequireUsable(steps.error());
      continue;
    }
    catalog = AfterExpand(std::move(catalog), *steps);
    CanonicalText(catalog);
  }
  const std::string written = cli::WriteBundle(release);
  const auto again = cli::ReadBundle(written, "b.json");
  Require(again.has_value(), "a bundle comes back", written);
  release.plan = again->plan;
  Require(cli::WriteBundle(release) == written, "a bundle comes back as it was", written);
}

}  // namespace
}  // namespace interlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  interlock::fuzz::Read(text);
  interlock::fuzz::Read(interlock::fuzz::WithHashes(text));
  return 0;
}
