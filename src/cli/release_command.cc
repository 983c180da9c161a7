#include "cli/release_command.h"

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/plan_source.h"
#include "cli/release_view.h"
#include "cli/text_style.h"

namespace interlock::cli {

using nlohmann::json;

void Announce(Context& context, const PlannedRelease& release) {
  context.progress().ExpectSteps(StepOrder(release));
}

json ToJson(const GateResult& gate) {
  json body{{"open", gate.open},
            {"code", gate.code},
            {"headline", gate.headline},
            {"details", gate.details},
            {"clears", gate.clears}};
  if (!gate.open) body["kind"] = std::string(KindName(gate.kind));
  if (gate.clears_at) body["clears_at"] = FormatTimestamp(*gate.clears_at);
  return body;
}

json ToJson(const DeployResult& result) {
  json body{{"state", std::string(ToString(result.state))},
            {"pending_contracts", result.pending_contracts}};
  if (result.waits_for) body["waits_for"] = ToJson(*result.waits_for);
  return body;
}

std::string GateText(const GateResult& gate, Timestamp now) {
  std::string out = "  " + gate.headline + Dim(gate.code.empty() ? "" : "  " + gate.code) + "\n";
  for (const auto& line : gate.details) out += "    " + line + "\n";
  if (!gate.clears.empty()) {
    out += "    " + gate.clears + "\n";
  } else if (gate.clears_at && *gate.clears_at > now) {
    out += "    clears in " + HumanDuration(Duration(*gate.clears_at - now)) + "\n";
  }
  return out;
}

Result<int> Conclude(Context& context, World& world, const std::string& release,
                     const Result<DeployResult>& result) {
  // What the other side of a lost connection recorded is not waited for: the fold is enough.
  const auto view = ViewOf(world, release);
  if (view) context.out().SetData({{"release", ToJson(*view)}});
  if (!result) {
    if (view) context.out().SetSafety(SafetyLine(*view, result.error().kind));
    return Fail(result.error());
  }
  json data = ToJson(*result);
  data["id"] = release;
  if (view) data["release"] = ToJson(*view);
  context.out().SetData(std::move(data));
  auto& out = context.out();
  out.Print(Green("✓") + " " + Bold(release + ": " + std::string(ToString(result->state))));
  if (!result->pending_contracts.empty()) {
    out.Print("  pending: contract of " + Join(result->pending_contracts, ", "));
    if (result->waits_for) out.Print(GateText(*result->waits_for, context.clock().Now()));
    out.Print("  later:  interlock contract --due");
  } else if (view && !view->next_command.empty()) {
    out.Print("  next:   " + view->next_command);
  }
  return 0;
}

}  // namespace interlock::cli
