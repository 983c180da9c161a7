#include "cli/plan_source.h"

#include <algorithm>

#include "base/text.h"
#include "cli/bundle.h"
#include "cli/project_files.h"
#include "config/config.h"
#include "model/json.h"
#include "model/release_json.h"

namespace interlock::cli {
namespace {

bool RollsOut(const Plan& plan, const std::string& app) {
  return std::any_of(plan.rollouts.begin(), plan.rollouts.end(),
                     [&](const Rollout& rollout) { return rollout.app == app; });
}

bool IsAppRelease(const Plan& plan, const std::string& app, const std::string& version) {
  return plan.migrations.empty() && plan.rollouts.size() == 1 && plan.rollouts[0].app == app &&
         plan.rollouts[0].to == version;
}

}  // namespace

Result<PlanSource> SourceOf(Context& context, const std::string& named) {
  PlanSource source;
  IL_ASSIGN(const auto* project, context.project());
  IL_ASSIGN(const auto file, FindPlan(*project, named));
  if (file.ends_with(".json")) {
    IL_ASSIGN(const auto text, ReadText(file));
    IL_ASSIGN(auto bundle, ReadBundle(text, file));
    source.plan = std::move(bundle.plan);
    source.migrations = std::move(bundle.migrations);
    source.must_be = std::move(bundle.digest);
    return source;
  }
  IL_ASSIGN(const auto settings, context.Settings());
  IL_ASSIGN(const auto* migrations, context.migrations());
  IL_ASSIGN(source.plan, ReadPlan(file, *project, *migrations, settings));
  source.migrations = *migrations;
  return source;
}

Result<PlanSource> SourceOfApp(Context& context, World& world, const std::string& app,
                               const std::string& version) {
  IL_ASSIGN(const auto* project, context.project());
  IL_RETURN_IF_ERROR(RequireApp(*project, app));
  const auto& releases = world.book().history();
  PlanSource source;
  for (auto id = releases.order.rbegin(); id != releases.order.rend(); ++id) {
    const auto& release = releases.releases.at(*id);
    if (!RollsOut(release.plan, app)) continue;
    if (IsAppRelease(release.plan, app, version) && !release.given_up()) {
      source.plan = release.plan;
      return source;
    }
    if (!release.given_up()) break;  // something newer moved the application since
  }
  source.plan.id = app + "-" + version;
  for (int number = 2; world.book().Find(source.plan.id) != nullptr; ++number)
    source.plan.id = app + "-" + version + "-" + std::to_string(number);
  source.plan.summary = app + " to " + version;
  source.plan.rollouts.push_back({app, "", version, {{100, true}}, Duration(0)});
  ApplyContractFloor(*project, source.plan);
  return source;
}

Result<PlannedRelease> PlanFrom(World& world, const PlanSource& source) {
  const Digest bytes = Sha256(CanonicalJson(ToJson(source.plan)));
  IL_ASSIGN(auto release, PlanRelease(world, source.plan, bytes, source.migrations));
  // What runs already was judged when it began; its `from` may have been filled in since.
  const auto* recorded = world.book().Find(source.plan.id);
  if (recorded != nullptr && source.plan.file.empty() && source.migrations.empty())
    release.digest = recorded->digest;
  if (source.must_be && *source.must_be != release.digest)
    return Fail(ErrorKind::kStale, "IL-U15",
                "The bundle " + source.plan.file + " was made for another state of the schema",
                "make and review it anew: interlock plan PLAN -o " + source.plan.file,
                {"in the bundle  " + source.must_be->substr(0, 16),
                 "planned now    " + release.digest.substr(0, 16)});
  return release;
}

Result<PlannedRelease> PlanToWrite(World& world, const PlanSource& source) {
  if (!world.begun()) {
    IL_RETURN_IF_ERROR(PlanFrom(world, source));
    IL_RETURN_IF_ERROR(world.Begin());
  }
  return PlanFrom(world, source);
}

Result<PlannedRelease> ReleaseNamed(Context& context, World& world, const std::string& named) {
  IL_ASSIGN(const auto* project, context.project());
  const auto plans = PlanFiles(*project);
  if (plans.contains(named) || named.ends_with(".toml") || named.ends_with(".json")) {
    const auto source = SourceOf(context, named);
    if (source) return PlanFrom(world, *source);
    // Who approves need not know the values that the release was begun with: the ledger has them.
    const bool no_value = source.error().code == "IL-C08";
    if (!no_value || world.book().Find(named) == nullptr) return Fail(source.error());
    return RecordedRelease(world, named);
  }
  if (world.book().Find(named) != nullptr) return RecordedRelease(world, named);
  std::vector<std::string> names = world.book().history().order;
  for (const auto& [id, file] : plans) names.push_back(id);
  const std::string near = NearestName(named, names);
  return Fail(ErrorKind::kUsage, "IL-U11", "There is no release and no plan " + named,
              near.empty() ? "interlock status lists the releases" : "did you mean " + near + "?");
}

std::vector<std::string> StepOrder(const PlannedRelease& release) {
  std::vector<std::string> ids;
  auto add = [&](bool contract) {
    for (const auto& planned : release.migrations)
      for (const Phase phase : {Phase::kExpand, Phase::kBackfill, Phase::kVerify, Phase::kContract})
        for (const auto& step : planned.steps)
          if (step.phase == phase && (phase == Phase::kContract) == contract)
            ids.push_back(step.id);
  };
  add(false);
  add(true);
  return ids;
}

}  // namespace interlock::cli
