#include "runner/link.h"

#include <algorithm>

#include "ledger/chain.h"
#include "ledger/fence.h"
#include "model/json.h"
#include "runner/read_on.h"

namespace interlock {
namespace {

constexpr Duration kBeatEvery = std::chrono::seconds(5);
constexpr Duration kClaimPatience = std::chrono::seconds(2);
constexpr Duration kPoll = std::chrono::milliseconds(100);
constexpr std::string_view kSchemaClaim = "schema";

bool ConnectionLost(const Error& error) {
  return error.kind == ErrorKind::kUnreachable || error.kind == ErrorKind::kInDoubt;
}

bool SameServer(const ServerIdentity& a, const ServerIdentity& b) {
  return a.system == b.system && a.database == b.database && a.timeline == b.timeline &&
         a.host == b.host;
}

}  // namespace

DatabaseLink::DatabaseLink(Engine& engine, RunControl& control)
    : engine_(engine), control_(control) {}

Result<void> DatabaseLink::Connect() {
  session_.reset();
  IL_ASSIGN(session_, engine_.Connect(true));
  session_->WatchLongWaits({[this](const StatementTag& tag, const std::vector<Blocker>& blockers) {
                              TellBlocked(tag, blockers);
                            },
                            [this](bool blocked) {
                              return control_.stop_requested() &&
                                     (blocked || control_.stop_insisted());
                            }});
  IL_RETURN_IF_ERROR(session_->ProveSessionMode());
  IL_ASSIGN(ledger_, engine_.OpenLedger(control_.actor.name));
  IL_ASSIGN(ledger_exists_, ledger_->Exists());
  last_beat_ = control_.clock.Elapsed();
  return {};
}

void DatabaseLink::TellBlocked(const StatementTag& tag, const std::vector<Blocker>& blockers) {
  nlohmann::json pids = nlohmann::json::array();
  for (const auto& blocker : blockers) pids.push_back(blocker.session);
  const auto& oldest = blockers.front();
  std::string text = "waits for the open transaction of pid " + std::to_string(oldest.session);
  if (!oldest.name.empty()) text += " " + oldest.name;
  text += " (" + oldest.user + ")";
  if (blockers.size() > 1) text += ", and " + std::to_string(blockers.size() - 1) + " more";
  control_.reporter.Report({"waiting",
                            tag.release,
                            tag.step,
                            text,
                            {{"blockers", pids}, {"open_us", oldest.age.count()}}});
}

Result<void> DatabaseLink::Open() {
  IL_RETURN_IF_ERROR(Connect());
  return Refresh();
}

Result<void> DatabaseLink::Refresh() {
  const ChainHead at = head();
  if (!ledger_exists_) {
    if (at.seq == 0) return {};
    return Fail(LacksEntries(at, {chain()}));
  }
  return CatchUp(*ledger_, at, history_, entries_);
}

Result<void> DatabaseLink::Begin(const std::string& project, const std::string& environment) {
  if (!ledger_exists_) {
    IL_RETURN_IF_ERROR(ledger_->Prepare());
    ledger_exists_ = true;
  }
  IL_RETURN_IF_ERROR(Refresh());
  if (!history_.begun) {
    IL_ASSIGN(const auto catalog, session_->ReadCatalog());
    IL_ASSIGN(const auto server, session_->Identity());
    const std::string text = CanonicalText(catalog);
    IL_RETURN_IF_ERROR(Append({EntryKind::kLedgerBegun, "", "", 0,
                               CanonicalJson({{"project", project},
                                              {"environment", environment},
                                              {"fingerprint", Sha256(text)},
                                              {"server", ToJson(server)},
                                              {"history", "claimed, not witnessed"}})},
                              text));
  }
  if (history_.project != project || history_.environment != environment)
    return Fail(ErrorKind::kRefused, "IL-R22",
                "The ledger of database " + chain() + " belongs to project '" + history_.project +
                    "', environment '" + history_.environment + "'; the configuration says '" +
                    project + "', '" + environment + "'",
                "choose the right --env or url; for a restored or cloned database: "
                "interlock ledger reconcile --reason …");
  return {};
}

Result<void> DatabaseLink::TakeClaims(Fence* taken) {
  const Duration until = control_.clock.Elapsed() + kClaimPatience;
  for (const auto& object : claimed_objects_) {
    while (true) {
      auto claim = session_->TryClaim(
          {object, claimed_release_, control_.actor.name, control_.actor.host, control_.actor.pid});
      if (claim) {
        taken->push_back(*claim);
        break;
      }
      if (claim.error().kind != ErrorKind::kBusy || control_.clock.Elapsed() >= until) {
        for (const auto& held : *taken) (void)session_->ReleaseClaim(held);
        taken->clear();
        return Fail(claim.error());
      }
      control_.clock.Sleep(kPoll);
    }
  }
  return {};
}

Result<void> DatabaseLink::Claim(const std::string& release, std::vector<std::string> objects) {
  std::sort(objects.begin(), objects.end());
  objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
  claimed_release_ = release;
  claimed_objects_ = std::move(objects);
  Fence taken;
  IL_RETURN_IF_ERROR(TakeClaims(&taken));
  fence_ = std::move(taken);
  IL_RETURN_IF_ERROR(Refresh());
  IL_ASSIGN(const auto server, session_->Identity());
  if (history_.server && !SameServer(*history_.server, server)) {
    IL_RETURN_IF_ERROR(Append(
        {EntryKind::kIdentityChanged, release, "", 0,
         CanonicalJson({{"server", ToJson(server)}, {"before", ToJson(*history_.server)}})}));
    control_.reporter.Report(
        {"note", release, "",
         "database " + chain() + " is another server than before: everything is observed anew",
         ToJson(server)});
  }
  nlohmann::json claims = nlohmann::json::array();
  for (const auto& held : fence_)
    claims.push_back({{"object", held.object}, {"token", held.token}});
  return Append({EntryKind::kClaimTaken, release, "", 0,
                 CanonicalJson({{"claims", claims},
                                {"server", ToJson(server)},
                                {"host", control_.actor.host},
                                {"pid", control_.actor.pid}})});
}

void DatabaseLink::ReleaseClaims() {
  if (session_ != nullptr)
    for (const auto& held : fence_) (void)session_->ReleaseClaim(held);
  fence_.clear();
  claimed_objects_.clear();
}

Result<HeldClaim> DatabaseLink::ClaimSchema(const std::string& release, Duration budget) {
  const Duration until = control_.clock.Elapsed() + budget;
  while (true) {
    auto claim = session_->TryClaim({std::string(kSchemaClaim), release, control_.actor.name,
                                     control_.actor.host, control_.actor.pid});
    if (claim) {
      fence_.push_back(*claim);
      return claim;
    }
    if (claim.error().kind != ErrorKind::kBusy || control_.clock.Elapsed() >= until) return claim;
    IL_RETURN_IF_ERROR(CheckStop(control_, "while waiting for the schema claim"));
    IL_RETURN_IF_ERROR(Beat());
    control_.clock.Sleep(kPoll);
  }
}

void DatabaseLink::ReleaseSchema(const HeldClaim& claim) {
  std::erase(fence_, claim);
  if (session_ != nullptr) (void)session_->ReleaseClaim(claim);
}

Result<void> DatabaseLink::Beat() {
  const Duration now = control_.clock.Elapsed();
  if (fence_.empty() || now - last_beat_ < kBeatEvery) return {};
  last_beat_ = now;
  return session_->Beat(fence_);
}

Result<void> DatabaseLink::RequireKnownTokens(const Fence& before) {
  IL_ASSIGN(const auto holders, session_->Claims());
  for (const auto& held : before) {
    std::uint64_t known = 0;
    for (const auto& holder : holders)
      if (holder.object == held.object) known = holder.token;
    // Who has taken it over meanwhile is told once the claims are looked at.
    if (known < held.token) return RequireToken(held, known);
  }
  return {};
}

Result<void> DatabaseLink::Reconnect(Duration budget) {
  const Duration until = control_.clock.Elapsed() + budget;
  Duration pause = std::chrono::milliseconds(200);
  const Fence before = fence_;
  while (true) {
    IL_RETURN_IF_ERROR(CheckStop(control_, "while the database could not be reached"));
    auto connected = Connect();
    if (connected) break;
    if (!ConnectionLost(connected.error()) && connected.error().kind != ErrorKind::kTransient)
      return connected;
    if (control_.clock.Elapsed() >= until) return connected;
    control_.reporter.Report({"waiting", claimed_release_, "",
                              "database " + chain() + " cannot be reached: trying again",
                              nlohmann::json::object()});
    control_.clock.Sleep(pause);
    pause = std::min<Duration>(pause * 2, std::chrono::seconds(3));
  }
  fence_.clear();
  // Before anything is taken: is this still the server that this run has read?
  IL_RETURN_IF_ERROR(Refresh());
  if (claimed_objects_.empty()) return {};
  IL_RETURN_IF_ERROR(RequireKnownTokens(before));
  // The server may still be ending the session we lost: then the holder is we ourselves.
  Fence taken;
  const Duration claim_until = control_.clock.Elapsed() + std::chrono::seconds(45);
  while (true) {
    auto status = TakeClaims(&taken);
    if (status) break;
    if (status.error().kind != ErrorKind::kBusy) return status;
    IL_ASSIGN(const auto holders, session_->Claims());
    for (const auto& held : before)
      for (const auto& holder : holders)
        if (holder.object == held.object && holder.token != held.token)
          return Fail(ErrorKind::kFenced, "IL-R61",
                      "Another runner took over " + held.object + " (" + holder.actor + " on " +
                          holder.host + ", pid " + std::to_string(holder.runner_pid) + ")",
                      "nothing more was done here; interlock status shows how it goes on");
    if (control_.clock.Elapsed() >= claim_until) return status;
    control_.clock.Sleep(std::chrono::milliseconds(500));
  }
  for (const auto& held : before)
    for (const auto& now : taken)
      if (now.object == held.object && now.token != held.token + 1) {
        for (const auto& item : taken) (void)session_->ReleaseClaim(item);
        return Fail(ErrorKind::kFenced, "IL-R61",
                    "Another runner has worked on " + held.object + " meanwhile",
                    "nothing more was done here; run the same command again to go on from there");
      }
  for (const auto& item : taken) (void)session_->ReleaseClaim(item);
  return Claim(claimed_release_, claimed_objects_);
}

Result<void> DatabaseLink::Append(EntryDraft draft) {
  draft.read = {head()};
  if (also_read_) draft.read.push_back(also_read_());
  IL_ASSIGN(auto entry, ledger_->Append(chain(), draft, fence_));
  if (!Continues(head(), entry)) return Refresh();
  return TakeIn({std::move(entry)}, history_, entries_);
}

Result<void> DatabaseLink::Append(EntryDraft draft, std::string catalog_text) {
  if (Sha256(catalog_text) != history_.fingerprint) draft.kept_text = std::move(catalog_text);
  return Append(std::move(draft));
}

Result<std::vector<Difference>> DatabaseLink::UnexplainedDrift(const Catalog& now) {
  const std::string text = CanonicalText(now);
  if (Sha256(text) == history_.fingerprint) return std::vector<Difference>{};
  const auto recorded = ledger_->GetText(history_.fingerprint);
  if (!recorded) {
    // Where a copy of the server has taken over, the text is not damaged but lost with its entry.
    IL_RETURN_IF_ERROR(Refresh());
    return Fail(recorded.error());
  }
  IL_ASSIGN(const auto before, ParseCanonicalText(*recorded));
  auto differences = Diff(before, CatalogLines(now));
  std::vector<ObjectRef> allowed;
  for (const auto& id : history_.OpenIntents())
    if (const Step* step = history_.FindStep(id))
      allowed.insert(allowed.end(), step->touches.begin(), step->touches.end());
  IL_ASSIGN(const auto claims, session_->Claims());
  for (const auto& claim : claims) {
    const bool ours = std::any_of(fence_.begin(), fence_.end(), [&](const HeldClaim& held) {
      return held.object == claim.object;
    });
    constexpr std::string_view kTable = "table ";
    if (ours || !claim.alive || !claim.object.starts_with(kTable)) continue;
    IL_ASSIGN(const auto table, ParseTableName(claim.object.substr(kTable.size())));
    allowed.push_back({ObjectKind::kTable, table, ""});
  }
  std::erase_if(differences,
                [&](const Difference& difference) { return CoversAny(allowed, difference.ref); });
  return differences;
}

Result<void> DatabaseLink::RequireNoDrift(const Catalog& now, const std::string& release,
                                          const std::string& when) {
  IL_ASSIGN(const auto differences, UnexplainedDrift(now));
  if (differences.empty()) return {};
  Error error{
      ErrorKind::kDrift,
      "IL-R30",
      "The schema of database " + chain() + " changed " + when + ", and no step of ours did it",
      {},
      "undo the change by hand, or accept it as it is: interlock drift accept --reason …"};
  nlohmann::json lines = nlohmann::json::array();
  for (const auto& difference : differences) {
    error.details.push_back(ToString(difference));
    lines.push_back(ToString(difference));
  }
  IL_RETURN_IF_ERROR(Append(
      {EntryKind::kDriftFound, release, "", 0,
       CanonicalJson({{"differences", lines}, {"found", Fingerprint(now)}, {"when", when}})}));
  return Fail(std::move(error));
}

}  // namespace interlock
