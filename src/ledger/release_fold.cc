#include "ledger/release_fold.h"

#include <nlohmann/json.hpp>

#include "ledger/unreadable.h"
#include "model/json.h"
#include "model/json_field.h"
#include "model/release_json.h"

namespace interlock {
namespace {

using nlohmann::json;

Result<void> FoldOne(ReleasesHistory& history, const Entry& entry) {
  IL_ASSIGN(const json body, ParseJson(entry.body));
  if (!body.is_object()) return Unreadable("its body is no JSON object");
  if (entry.kind == EntryKind::kInstanceForgotten) {
    ReleasesHistory::ForgottenInstance forgotten{TextField(body, "reason"), entry.at, {}};
    if (const auto listed = body.find("listed"); listed != body.end() && listed->is_array())
      for (const auto& item : *listed)
        forgotten.listed.insert({TextField(item, "app"), TextField(item, "version")});
    history.forgotten[TextField(body, "instance")] = std::move(forgotten);
    return {};
  }
  if (entry.release.empty()) return {};
  const bool is_new = !history.releases.contains(entry.release);
  if (is_new) history.order.push_back(entry.release);
  auto& release = history.releases[entry.release];
  release.id = entry.release;
  switch (entry.kind) {
    case EntryKind::kReleasePlanned: {
      IL_ASSIGN(release.plan, PlanFromJson(ObjectField(body, "plan")));
      // A gate was opened for what was to run then, not for another attempt or other steps.
      if (release.ended() || release.digest != TextField(body, "digest"))
        release.overridden.clear();
      release.digest = TextField(body, "digest");
      release.planned_at = entry.at;
      release.state_at = entry.at;
      release.state = ReleaseState::kPlanned;
      release.released_at = 0;
      release.rolling_back = false;
      release.migration_hashes.clear();
      const json hashes = ObjectField(body, "hashes");
      for (const auto& [id, hash] : hashes.items())
        if (hash.is_string()) release.migration_hashes[id] = hash.get<std::string>();
      break;
    }
    case EntryKind::kReleaseState: {
      IL_ASSIGN(release.state, ParseReleaseState(TextField(body, "state")));
      release.state_at = entry.at;
      if (release.state == ReleaseState::kReleased) release.released_at = entry.at;
      if (release.ended()) release.rolling_back = false;
      break;
    }
    case EntryKind::kApproved:
    case EntryKind::kAttested: {
      Agreement agreement{entry.actor, TextField(body, "statement"), TextField(body, "digest"),
                          TextField(body, "reason"), entry.at};
      auto& list = entry.kind == EntryKind::kApproved ? release.approvals : release.attestations;
      list.push_back(std::move(agreement));
      break;
    }
    case EntryKind::kOverridden:
      release.overridden[TextField(body, "gate")] = TextField(body, "reason");
      break;
    case EntryKind::kPaused:
      release.paused = true;
      release.pause_reason = TextField(body, "reason");
      release.paused_by = entry.actor;
      release.paused_at = entry.at;
      break;
    case EntryKind::kResumed:
      release.paused = false;
      break;
    case EntryKind::kRollbackBegun:
      release.rolling_back = true;
      break;
    case EntryKind::kRolloutMoved: {
      const auto key = std::pair(TextField(body, "app"), TextField(body, "instance"));
      if (!TextField(body, "from").empty() && !release.from.contains(key.first))
        release.from[key.first] = TextField(body, "from");
      if (!key.second.empty())
        release.instances[key] = {TextField(body, "to"), FlagField(body, "succeeded")};
      // It is back: a word given before says nothing of it any more.
      if (const auto found = history.forgotten.find(key.second); found != history.forgotten.end())
        std::erase_if(found->second.listed,
                      [&](const auto& listed) { return listed.first == key.first; });
      break;
    }
    default:
      break;
  }
  return {};
}

}  // namespace

Result<void> Fold(ReleasesHistory& history, const std::vector<Entry>& entries) {
  for (const auto& entry : entries) {
    IL_RETURN_IF_ERROR(OfEntry(entry, FoldOne(history, entry)));
    history.head = {entry.chain, entry.seq, entry.hash};
  }
  return {};
}

}  // namespace interlock
