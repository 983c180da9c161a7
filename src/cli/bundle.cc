#include "cli/bundle.h"

#include <nlohmann/json.hpp>

#include "model/json.h"
#include "model/release_json.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr const char* kKind = "interlock bundle";

Error Bad(const std::string& file, const std::string& why) {
  return {ErrorKind::kConfig,
          "IL-U14",
          file + " is no bundle that can be deployed: " + why,
          {},
          "write it anew: interlock plan PLAN -o " + file};
}

}  // namespace

std::string WriteBundle(const PlannedRelease& release) {
  json migrations = json::array();
  for (const auto& planned : release.migrations) migrations.push_back(ToJson(planned.migration));
  const json bundle{{"kind", kKind},
                    {"format", kFormat},
                    {"plan", ToJson(release.plan)},
                    {"migrations", migrations},
                    {"digest", release.digest}};
  return bundle.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<Bundle> ReadBundle(const std::string& text, const std::string& file) {
  const auto parsed = ParseJson(text);
  if (!parsed) return Fail(Bad(file, parsed.error().message));
  const json& body = *parsed;
  if (!body.is_object() || !body.contains("kind") || body["kind"] != kKind)
    return Fail(Bad(file, "its kind is not '" + std::string(kKind) + "'"));
  if (!body.contains("format") || body["format"] != kFormat)
    return Fail(Bad(file, "only format 1 is known"));
  if (!body.contains("digest") || !body["digest"].is_string() || !body.contains("plan") ||
      !body.contains("migrations") || !body["migrations"].is_array())
    return Fail(Bad(file, "digest, plan or migrations are missing"));
  Bundle bundle;
  bundle.digest = body["digest"].get<std::string>();
  auto plan = PlanFromJson(body["plan"]);
  if (!plan) return Fail(Bad(file, plan.error().message));
  bundle.plan = std::move(*plan);
  bundle.plan.file = file;
  for (const auto& item : body["migrations"]) {
    auto migration = MigrationFromJson(item);
    if (!migration) return Fail(Bad(file, migration.error().message));
    if (ContentHash(*migration) != migration->hash)
      return Fail(Bad(file, "migration " + migration->id + " was edited in it"));
    bundle.migrations.push_back(std::move(*migration));
  }
  return bundle;
}

}  // namespace interlock::cli
