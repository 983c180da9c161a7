#include "model/release_json.h"

#include <nlohmann/json.hpp>

namespace interlock {
namespace {

using nlohmann::json;

json OptionalDuration(const std::optional<Duration>& value) {
  return value ? json(value->count()) : json(nullptr);
}

std::optional<Duration> DurationOr(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  return Duration(value.get<std::int64_t>());
}

Error Bad(const std::string& what) {
  return {ErrorKind::kCorrupt, "IL-L21", "a recorded plan has no readable " + what, {}, ""};
}

bool IsText(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string();
}

}  // namespace

json ToJson(const Plan& plan) {
  json rollouts = json::array();
  for (const auto& rollout : plan.rollouts) {
    json batches = json::array();
    for (const auto& batch : rollout.batches)
      batches.push_back({{"count", batch.count}, {"percent", batch.percent}});
    rollouts.push_back({{"app", rollout.app},
                        {"from", rollout.from},
                        {"to", rollout.to},
                        {"batches", batches},
                        {"bake", rollout.bake.count()}});
  }
  json gates = json::array();
  for (const auto& gate : plan.gates)
    gates.push_back({{"before", std::string(ToString(gate.before))},
                     {"attest", gate.attest},
                     {"approvals", gate.approvals}});
  return {
      {"id", plan.id},
      {"summary", plan.summary},
      {"migrations", plan.migrations},
      {"rollouts", rollouts},
      {"gates", gates},
      {"contract",
       {{"soak", OptionalDuration(plan.contract.soak)},
        {"quarantine", OptionalDuration(plan.contract.quarantine)},
        {"approvals", plan.contract.approvals ? json(*plan.contract.approvals) : json(nullptr)}}}};
}

Result<Plan> PlanFromJson(const json& body) {
  Plan plan;
  if (!IsText(body, "id") || !IsText(body, "summary")) return Fail(Bad("id"));
  plan.id = body["id"];
  plan.summary = body["summary"];
  if (!body.contains("migrations") || !body["migrations"].is_array())
    return Fail(Bad("migrations"));
  for (const auto& item : body["migrations"]) {
    if (!item.is_string()) return Fail(Bad("migrations"));
    plan.migrations.push_back(item);
  }
  if (!body.contains("rollouts") || !body["rollouts"].is_array()) return Fail(Bad("rollouts"));
  for (const auto& item : body["rollouts"]) {
    if (!IsText(item, "app") || !IsText(item, "from") || !IsText(item, "to") ||
        !item.contains("bake") || !item["bake"].is_number_integer() || !item.contains("batches") ||
        !item["batches"].is_array())
      return Fail(Bad("rollout"));
    Rollout rollout{
        item["app"], item["from"], item["to"], {}, Duration(item["bake"].get<std::int64_t>())};
    for (const auto& batch : item["batches"]) {
      if (!batch.is_object() || !batch.contains("count") || !batch["count"].is_number_integer() ||
          !batch.contains("percent") || !batch["percent"].is_boolean())
        return Fail(Bad("batch"));
      rollout.batches.push_back({batch["count"], batch["percent"]});
    }
    plan.rollouts.push_back(std::move(rollout));
  }
  if (!body.contains("gates") || !body["gates"].is_array()) return Fail(Bad("gates"));
  for (const auto& item : body["gates"]) {
    if (!IsText(item, "before") || !IsText(item, "attest") || !item.contains("approvals") ||
        !item["approvals"].is_number_integer())
      return Fail(Bad("gate"));
    GateSpec gate;
    IL_ASSIGN(gate.before, ParseGatePoint(item["before"].get<std::string>()));
    gate.attest = item["attest"];
    gate.approvals = item["approvals"];
    plan.gates.push_back(gate);
  }
  if (!body.contains("contract") || !body["contract"].is_object()) return Fail(Bad("contract"));
  const auto& contract = body["contract"];
  if (contract.contains("soak")) plan.contract.soak = DurationOr(contract["soak"]);
  if (contract.contains("quarantine"))
    plan.contract.quarantine = DurationOr(contract["quarantine"]);
  if (contract.contains("approvals") && contract["approvals"].is_number_integer())
    plan.contract.approvals = contract["approvals"].get<int>();
  return plan;
}

}  // namespace interlock
