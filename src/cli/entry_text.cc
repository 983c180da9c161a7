#include "cli/entry_text.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/text_style.h"
#include "model/json.h"
#include "model/json_field.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

constexpr size_t kShownDigest = 12;

std::string Or(const std::string& text, const std::string& otherwise) {
  return text.empty() ? otherwise : text;
}

std::string OfApp(const json& body) {
  return TextField(body, "app") + " " + TextField(body, "version");
}

std::string Moved(const json& body) {
  const std::string instance = TextField(body, "app") + " " + TextField(body, "instance");
  const std::string from = Or(TextField(body, "from"), "nothing");
  const bool back = FlagField(body, "put_back", false);
  if (TextField(body, "kind") == "intent")
    return instance + (back ? " is taken back to " : " is about to move from " + from + " to ") +
           TextField(body, "to");
  if (!FlagField(body, "succeeded", true))
    return instance + " did not reach " + TextField(body, "to") + ": " + TextField(body, "detail");
  return instance + (back ? " is back at " : " moved from " + from + " to ") +
         TextField(body, "to");
}

std::string GateSentence(const json& body) {
  return "gate before " + Or(TextField(body, "point"), "a step") +
         (FlagField(body, "open", false) ? " open" : " closed") +
         (TextField(body, "headline").empty() ? "" : ": " + TextField(body, "headline")) +
         (TextField(body, "code").empty() ? "" : "  " + TextField(body, "code"));
}

std::string Lines(const json& body, const char* key) {
  std::vector<std::string> lines;
  if (body.is_object() && body.contains(key) && body[key].is_array())
    for (const auto& line : body[key])
      if (line.is_string()) lines.push_back(line.get<std::string>());
  return Join(lines, "; ");
}

std::string StepText(const Entry& entry, const Step* step, const std::string& what) {
  return "step " + entry.step + " " + what +
         (step == nullptr || step->summary.empty() ? "" : ": " + step->summary);
}

std::string ClaimSentence(const json& body) {
  std::vector<std::string> objects;
  if (body.contains("claims") && body["claims"].is_array())
    for (const auto& claim : body["claims"]) objects.push_back(TextField(claim, "object"));
  return "claims taken: " + Or(Join(objects, ", "), "none");
}

std::string Sentence(const Entry& entry, const json& body, const Step* step) {
  switch (entry.kind) {
    case EntryKind::kLedgerBegun:
      return "the ledger begins for project " + Or(TextField(body, "project"), "?") +
             (TextField(body, "environment").empty()
                  ? ""
                  : ", environment " + TextField(body, "environment")) +
             "; the schema as found is " + Or(TextField(body, "history"), "claimed, not witnessed");
    case EntryKind::kClaimTaken:
      return ClaimSentence(body);
    case EntryKind::kMigrationPlanned: {
      const json migration = ObjectField(body, "migration");
      const json steps = body.value("steps", json::array());
      return "migration " + TextField(migration, "id") + " planned, " +
             Count(static_cast<long long>(steps.size()), "step") +
             (TextField(migration, "summary").empty() ? ""
                                                      : ": " + TextField(migration, "summary"));
    }
    case EntryKind::kMigrationState:
      return "migration " + TextField(body, "migration") + " is " + TextField(body, "state");
    case EntryKind::kStepIntent:
      return StepText(entry, step, "begins");
    case EntryKind::kStepOutcome:
      return StepText(entry, step, "done");
    case EntryKind::kStepFailed:
      return "step " + entry.step + " failed: " + TextField(body, "error");
    case EntryKind::kStepAdopted:
      return StepText(entry, step, "adopted as it was found");
    case EntryKind::kStepRetried:
      return StepText(entry, step, "may be tried again");
    case EntryKind::kMilestone:
      if (const std::string who = TextField(body, "ends"); !who.empty())
        return "step " + entry.step + " has a session ended that stands in its way: " + who;
      return StepText(entry, step, "goes on");
    case EntryKind::kDriftFound:
      return "drift found " + TextField(body, "when") + ": " + Lines(body, "differences");
    case EntryKind::kDriftAccepted:
      return "drift accepted: " + Lines(body, "differences");
    case EntryKind::kAppRegistered:
      return OfApp(body) + " registered";
    case EntryKind::kVersionClosed:
      return OfApp(body) + " closed: gate refuses it from now on, for the contract of " +
             TextField(body, "migration");
    case EntryKind::kVersionReopened:
      return OfApp(body) + " may run again";
    case EntryKind::kIdentityChanged:
      return "another server than before: everything is observed anew";
    case EntryKind::kReconciled:
      return "reconciled: open releases, approvals and claims are void";
    case EntryKind::kClaimBroken:
      return "claim on " + TextField(body, "object") + " of " + Or(TextField(body, "holder"), "?") +
             " broken";
    case EntryKind::kReleasePlanned: {
      const json plan = ObjectField(body, "plan");
      return "release " + entry.release + " planned" +
             (TextField(plan, "summary").empty() ? "" : ": " + TextField(plan, "summary"));
    }
    case EntryKind::kReleaseState:
      return "release " + entry.release + " is " + TextField(body, "state");
    case EntryKind::kGate:
      return GateSentence(body);
    case EntryKind::kApproved:
      return "approved " + entry.release;
    case EntryKind::kAttested:
      return "attested: " + TextField(body, "statement");
    case EntryKind::kOverridden:
      return "gate " + TextField(body, "gate") + " overridden";
    case EntryKind::kRolloutMoved:
      return Moved(body);
    case EntryKind::kInstanceForgotten:
      return TextField(body, "instance") + " vouched to be gone";
    case EntryKind::kPaused:
      return "release " + entry.release + " paused";
    case EntryKind::kResumed:
      return "release " + entry.release + " goes on";
    case EntryKind::kRollbackBegun:
      return "release " + entry.release + " goes back";
  }
  return std::string(ToString(entry.kind));
}

std::string EvidenceOf(const Entry& entry, const json& body) {
  std::vector<std::string> parts;
  auto digest = [&](const char* key, const char* name) {
    if (const auto text = TextField(body, key); !text.empty())
      parts.push_back(std::string(name) + " " + text.substr(0, kShownDigest));
  };
  digest("fingerprint", "schema");
  digest("digest", "digest");
  digest("found", "found");
  const json evidence = body.value("evidence", json::object());
  if (evidence.is_object())
    for (const auto& [key, value] : evidence.items())
      if (value.is_number_integer())
        parts.push_back(key + " " + WithCommas(value.get<std::int64_t>()));
  for (const char* key : {"old_writes", "rows", "rows_changed", "differing", "lossy"})
    if (body.contains(key) && body[key].is_number_integer())
      parts.push_back(std::string(key) + " " + WithCommas(NumberField(body, key)));
  if (body.contains("took_us"))
    parts.push_back(HumanDuration(Duration(NumberField(body, "took_us"))));
  if (entry.kind == EntryKind::kGate)
    if (const auto lines = Lines(body, "details"); !lines.empty()) parts.push_back(lines);
  if (entry.kind == EntryKind::kMigrationPlanned)
    if (const auto hash = TextField(ObjectField(body, "migration"), "hash"); !hash.empty())
      parts.push_back("migration " + hash.substr(0, kShownDigest));
  if (entry.token != 0) parts.push_back("token " + std::to_string(entry.token));
  return Join(parts, ", ");
}

bool StandsOut(const Entry& entry, const json& body) {
  switch (entry.kind) {
    case EntryKind::kStepFailed:
    case EntryKind::kStepAdopted:
    case EntryKind::kStepRetried:
    case EntryKind::kDriftFound:
    case EntryKind::kDriftAccepted:
    case EntryKind::kIdentityChanged:
    case EntryKind::kReconciled:
    case EntryKind::kClaimBroken:
    case EntryKind::kOverridden:
    case EntryKind::kInstanceForgotten:
      return true;
    case EntryKind::kGate:
      return !FlagField(body, "open", true);
    case EntryKind::kRolloutMoved:
      return TextField(body, "kind") == "outcome" && !FlagField(body, "succeeded", true);
    default:
      return false;
  }
}

/// Of the actions that carry one; nullptr for the others.
const SyncSpec* SpecOf(const Action& action) {
  return std::visit(
      [](const auto& one) -> const SyncSpec* {
        if constexpr (requires { one.spec; }) return &one.spec;
        return nullptr;
      },
      action);
}

void AddObject(std::vector<std::string>& objects, const ObjectRef& ref) {
  const std::string table = ToString(ref.table);
  objects.push_back(table);
  if (!ref.member.empty()) objects.push_back(table + "." + ref.member);
}

/// What a step touches, and the columns that it moves rows between: a backfill changes no catalog
/// text, and what is dropped in the end bears its quarantined name.
void AddObjects(std::vector<std::string>& objects, const Step& step) {
  for (const auto& ref : step.touches) AddObject(objects, ref);
  const SyncSpec* spec = SpecOf(step.action);
  if (spec == nullptr) return;
  auto column = [&](const std::string& name) {
    AddObject(objects, {ObjectKind::kColumn, spec->table, name});
  };
  for (const auto& name : spec->old_columns) column(name);
  for (const auto& derived : spec->new_columns) column(derived.column.name);
  for (const auto& [name, expression] : spec->fills) column(name);
}

/// "users.name" names public.users.name: the words from the end on must be the same.
bool Names(const std::string& object, const std::string& asked) {
  if (object == asked) return true;
  return object.size() > asked.size() && object.ends_with(asked) &&
         object[object.size() - asked.size() - 1] == '.';
}

}  // namespace

HistoryRow RowOf(const Entry& entry, const std::vector<const DatabaseHistory*>& histories) {
  HistoryRow row;
  row.at = entry.at;
  row.chain = entry.chain;
  row.seq = entry.seq;
  row.kind = entry.kind;
  row.actor = entry.actor;
  row.release = entry.release;
  row.step = entry.step;
  const auto parsed = ParseJson(entry.body);
  const json body = parsed && parsed->is_object() ? *parsed : json::object();
  const Step* step = nullptr;
  const MigrationHistory* migration = nullptr;
  row.migration = TextField(body, "migration");
  if (entry.kind == EntryKind::kMigrationPlanned)
    row.migration = TextField(ObjectField(body, "migration"), "id");
  for (const auto* history : histories) {
    if (step == nullptr && !entry.step.empty()) step = history->FindStep(entry.step);
    if (step != nullptr && row.migration.empty()) row.migration = step->migration;
    const auto found = history->migrations.find(row.migration);
    if (migration == nullptr && found != history->migrations.end()) migration = &found->second;
  }
  row.what = parsed ? Sentence(entry, body, step) : std::string(ToString(entry.kind));
  row.evidence = EvidenceOf(entry, body);
  row.stands_out = StandsOut(entry, body);
  row.why = TextField(body, "reason");
  row.persons_why = !row.why.empty();
  if (row.why.empty() && migration != nullptr) {
    row.why = migration->migration.why;
    if (const auto& refs = migration->migration.refs; !refs.empty())
      row.why += (row.why.empty() ? "" : " ") + ("(" + Join(refs, ", ") + ")");
  }
  if (step != nullptr) {
    AddObjects(row.objects, *step);
  } else if (migration != nullptr) {
    for (const auto& item : migration->steps) AddObjects(row.objects, item);
  }
  std::sort(row.objects.begin(), row.objects.end());
  row.objects.erase(std::unique(row.objects.begin(), row.objects.end()), row.objects.end());
  return row;
}

bool Passes(const HistoryRow& row, const HistoryFilter& filter) {
  if (!filter.release.empty() && row.release != filter.release) return false;
  if (!filter.actor.empty() && row.actor.find(filter.actor) == std::string::npos) return false;
  if (filter.since && row.at < *filter.since) return false;
  if (filter.object.empty()) return true;
  if (std::any_of(row.objects.begin(), row.objects.end(),
                  [&](const std::string& object) { return Names(object, filter.object); }))
    return true;
  // Drift and claims name objects only in their words.
  return (row.kind == EntryKind::kDriftFound || row.kind == EntryKind::kDriftAccepted ||
          row.kind == EntryKind::kClaimTaken || row.kind == EntryKind::kClaimBroken) &&
         row.what.find(filter.object) != std::string::npos;
}

std::vector<HistoryRow> Rows(const std::vector<const std::vector<Entry>*>& chains,
                             const std::vector<const DatabaseHistory*>& histories,
                             const HistoryFilter& filter) {
  std::vector<HistoryRow> rows;
  for (const auto* entries : chains)
    for (const auto& entry : *entries) {
      auto row = RowOf(entry, histories);
      if (Passes(row, filter)) rows.push_back(std::move(row));
    }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const HistoryRow& a, const HistoryRow& b) { return a.at < b.at; });
  return rows;
}

Result<Timestamp> ParseSince(const std::string& text, Timestamp now) {
  if (const auto duration = ParseDuration(text)) return now - duration->count();
  std::tm time{};
  int read = 0;
  const int fields =
      std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday, &read);
  bool ok = fields == 3;
  if (ok && static_cast<size_t>(read) < text.size()) {
    int more = 0;
    ok = std::sscanf(text.c_str() + read, "T%2d:%2d:%2d%n", &time.tm_hour, &time.tm_min,
                     &time.tm_sec, &more) == 3;
    const std::string rest = ok ? text.substr(static_cast<size_t>(read + more)) : "";
    ok = ok && (rest.empty() || rest == "Z");
  }
  ok = ok && time.tm_mon >= 1 && time.tm_mon <= 12 && time.tm_mday >= 1 && time.tm_mday <= 31;
  if (!ok)
    return Fail(ErrorKind::kUsage, "IL-U04", "--since: '" + text + "' is not a time",
                "as in  7d  or  2026-11-22  or  2026-11-22T10:15:00Z");
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  return static_cast<Timestamp>(timegm(&time)) * 1'000'000;
}

json ToJson(const HistoryRow& row) {
  return {{"at", FormatTimestamp(row.at)},
          {"chain", row.chain},
          {"seq", row.seq},
          {"kind", std::string(ToString(row.kind))},
          {"actor", row.actor},
          {"release", row.release},
          {"migration", row.migration},
          {"step", row.step},
          {"what", row.what},
          {"why", row.why},
          {"evidence", row.evidence},
          {"objects", row.objects}};
}

}  // namespace interlock::cli
