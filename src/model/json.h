// Values as JSON, for ledger bodies, bundles and --json.  Reading is strict: kCorrupt on anything
// that the writer would not have written.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "model/migration.h"
#include "model/step.h"

namespace interlock {

nlohmann::json ToJson(const ObjectRef& ref);
nlohmann::json ToJson(const Change& change);
nlohmann::json ToJson(const Action& action);
nlohmann::json ToJson(const SyncSpec& spec);
nlohmann::json ToJson(const Step& step);
nlohmann::json ToJson(const std::vector<Step>& steps);
nlohmann::json ToJson(const Uses& uses);
/// Everything, `file` and `hash` included.
nlohmann::json ToJson(const Migration& migration);

Result<Action> ActionFromJson(const nlohmann::json& json);
Result<Step> StepFromJson(const nlohmann::json& json);
Result<std::vector<Step>> StepsFromJson(const nlohmann::json& json);
Result<Uses> UsesFromJson(const nlohmann::json& json);
Result<Migration> MigrationFromJson(const nlohmann::json& json);

/// Parses text; kCorrupt with the place when it is not JSON.
Result<nlohmann::json> ParseJson(const std::string& text);
/// Compact, keys sorted, bytes of texts kept as they are: the canonical form that hashes use.
/// Never throws: what is no UTF-8 is kept too, so different values have different texts, but
/// ParseJson refuses to read those back.
std::string CanonicalJson(const nlohmann::json& json);

}  // namespace interlock
