// interlock ledger verify, anchor, export, reconcile.
#include <map>
#include <memory>
#include <span>

#include "base/text.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/project_files.h"
#include "cli/text_style.h"
#include "ledger/anchor.h"
#include "ledger/export.h"
#include "ledger/fold.h"
#include "ledger/release_fold.h"
#include "ledger/vouching.h"
#include "runner/doors.h"
#include "runner/release_book.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

const Option kDatabase{"database", "NAME", "which database, where there are several"};

using Chains = std::map<std::string, std::vector<Entry>>;
using Ledgers = std::map<std::string, std::unique_ptr<Ledger>>;  ///< by database

/// Of one ledger: the chains that belong there, even where nothing is left of them.  Nothing reads
/// others, which may bear the name of a chain elsewhere; they are told of.
Result<void> ReadAll(Ledger& ledger, const std::string& where,
                     const std::vector<std::string>& wanted, Chains& chains,
                     std::vector<std::string>& notes) {
  for (const auto& name : wanted) chains[name];
  IL_ASSIGN(const bool exists, ledger.Exists());
  if (!exists) return {};
  for (const auto& name : wanted) {
    IL_ASSIGN(chains[name], ledger.Read(name));
  }
  IL_ASSIGN(const auto names, ledger.Chains());
  for (const auto& name : names)
    if (!Contains(wanted, name))
      notes.push_back(where + " also holds a chain '" + name +
                      "' that does not belong there and that nothing reads: an old name, or copied "
                      "in from elsewhere");
  return {};
}

/// Every chain as it stands, nothing judged: a damaged one must be readable here.  The release
/// chain first: a run that goes on meanwhile makes the others longer, and that is no contradiction.
/// `kept` gets the databases' ledgers, with a session each; null lets them go.
Result<Chains> ReadChains(Context& context, Ledgers* kept, std::vector<std::string>& notes) {
  IL_ASSIGN(const auto* project, context.project());
  IL_RETURN_IF_ERROR(context.MakeEngines());
  const std::string releases(kReleaseChain);
  Chains chains;
  if (context.home() != nullptr)
    IL_RETURN_IF_ERROR(ReadAll(*context.home(), "the ledger's home", {releases}, chains, notes));
  for (const auto& [name, database] : project->databases) {
    IL_ASSIGN(auto* engine, context.EngineOf(name));
    IL_ASSIGN(auto ledger, engine->OpenLedger(context.control().actor.name));
    std::vector<std::string> wanted = {name};
    if (context.home() == nullptr) wanted.insert(wanted.begin(), releases);
    IL_RETURN_IF_ERROR(ReadAll(*ledger, "database " + name, wanted, chains, notes));
    if (kept != nullptr) (*kept)[name] = std::move(ledger);
  }
  return chains;
}

/// What stands beside the entries: each chain's head, and the text of the catalog that was recorded
/// last.  Fails where the entries themselves say what cannot be.
Result<void> VerifyBeside(Context& context, const Ledgers& ledgers, const Chains& chains) {
  for (const auto& [name, ledger] : ledgers) {
    const auto entries = chains.find(name);
    if (entries == chains.end()) continue;
    IL_ASSIGN(const bool exists, ledger->Exists());
    if (!exists) continue;
    IL_RETURN_IF_ERROR(ledger->Head(name));
    if (context.home() == nullptr) IL_RETURN_IF_ERROR(ledger->Head(std::string(kReleaseChain)));
    DatabaseHistory history;
    IL_RETURN_IF_ERROR(Fold(history, entries->second));
    if (!history.fingerprint.empty()) IL_RETURN_IF_ERROR(ledger->GetText(history.fingerprint));
  }
  if (context.home() != nullptr) {
    IL_ASSIGN(const bool exists, context.home()->Exists());
    if (exists) IL_RETURN_IF_ERROR(context.home()->Head(std::string(kReleaseChain)));
  }
  ReleasesHistory releases;
  const auto entries = chains.find(std::string(kReleaseChain));
  return entries == chains.end() ? Result<void>() : Fold(releases, entries->second);
}

/// The release chain saw heads of the others.  `together`: they lie in one database.
Result<void> VerifyVouched(const Chains& chains, bool together) {
  const auto releases = chains.find(std::string(kReleaseChain));
  if (releases == chains.end()) return {};
  std::map<std::string, std::span<const Entry>> spans(chains.begin(), chains.end());
  const auto fault = FindContradiction(releases->second, spans);
  if (!fault) return {};
  Error error = ToError(*fault);
  if (together) error.hint = kTogetherHint;
  return Fail(std::move(error));
}

Anchor AnchorOf(const std::string& project, const Chains& chains, Timestamp now) {
  Anchor anchor;
  anchor.project = project;
  anchor.created_at = now;
  for (const auto& [name, entries] : chains)
    if (!entries.empty()) anchor.heads.push_back({name, entries.back().seq, entries.back().hash});
  return anchor;
}

/// A restored or cloned database is no tampering, and is worth a line of its own.
Result<std::vector<std::string>> OtherServers(Context& context, const Chains& chains) {
  std::vector<std::string> notes;
  IL_ASSIGN(const auto* project, context.project());
  for (const auto& [name, database] : project->databases) {
    const auto entries = chains.find(name);
    DatabaseHistory history;
    if (entries == chains.end() || !Fold(history, entries->second) || !history.server) continue;
    IL_ASSIGN(auto* engine, context.EngineOf(name));
    IL_ASSIGN(const auto session, engine->Connect(false));
    IL_ASSIGN(const auto now, session->Identity());
    const auto& before = *history.server;
    if (now.system != before.system || now.database != before.database ||
        now.timeline != before.timeline)
      notes.push_back("database " + name + " is another server than the ledger's last claim saw (" +
                      before.system + ", " + before.database + ", timeline " + before.timeline +
                      "; now " + now.system + ", " + now.database + ", timeline " + now.timeline +
                      "): restored, cloned or promoted, which is no tampering");
  }
  return notes;
}

/// A file that is no anchor says nothing of the ledger; a line of an export that cannot be read
/// may.
Result<int> NoAnchor(Error error, const std::string& file) {
  error.kind = ErrorKind::kConfig;
  error.code = "IL-U16";
  error.message = file + " is " + error.message;
  return Fail(std::move(error));
}

Result<int> RunVerify(Context& context) {
  const auto& args = context.args();
  Chains chains;
  Ledgers ledgers;
  std::vector<std::string> notes;
  if (args.Has("export")) {
    IL_ASSIGN(const auto text, ReadText(args.Get("export")));
    IL_ASSIGN(auto entries, ImportEntries(text));
    chains = ByChain(std::move(entries));
  } else {
    IL_ASSIGN(chains, ReadChains(context, &ledgers, notes));
  }
  json list = json::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, entries] : chains) {
    if (entries.empty()) continue;
    const auto head = VerifyChain(entries);
    if (!head) {
      context.out().SetData({{"chain", name}, {"entries", entries.size()}});
      return Fail(head.error());
    }
    rows.push_back({Green("✓") + " " + name,
                    WithCommas(static_cast<long long>(entries.size())) + " entries",
                    head->hash.substr(0, 16)});
    list.push_back({{"chain", name}, {"entries", entries.size()}, {"head", head->hash}});
  }
  if (args.Has("anchor")) {
    IL_ASSIGN(const auto text, ReadText(args.Get("anchor")));
    const auto anchor = ReadAnchor(text);
    if (!anchor) return NoAnchor(anchor.error(), args.Get("anchor"));
    IL_RETURN_IF_ERROR(VerifyAgainstAnchor(*anchor, chains));
    notes.push_back("continues what the anchor of " +
                    FormatTimestamp(anchor->created_at).substr(0, 19) + "Z saw");
  }
  IL_RETURN_IF_ERROR(VerifyVouched(chains, !args.Has("export") && context.home() == nullptr));
  if (!args.Has("export")) {
    IL_RETURN_IF_ERROR(VerifyBeside(context, ledgers, chains));
    ledgers.clear();
    IL_ASSIGN(const auto others, OtherServers(context, chains));
    notes.insert(notes.end(), others.begin(), others.end());
  }
  context.out().Print(rows.empty() ? "There is no ledger yet." : Columns(rows));
  for (const auto& note : notes) context.out().Print("  " + note);
  if (!args.Has("anchor") && !rows.empty())
    context.out().Print(
        "  A cut-off end shows only against an anchor:  interlock ledger anchor FILE");
  context.out().SetData({{"chains", list}, {"notes", notes}});
  return 0;
}

Result<int> RunAnchor(Context& context) {
  const std::string& file = context.args().operands()[0];
  IL_ASSIGN(const auto* project, context.project());
  std::vector<std::string> notes;
  IL_ASSIGN(const auto chains, ReadChains(context, nullptr, notes));
  for (const auto& [name, entries] : chains) IL_RETURN_IF_ERROR(VerifyChain(entries));
  IL_RETURN_IF_ERROR(VerifyVouched(chains, context.home() == nullptr));
  const auto anchor = AnchorOf(project->name, chains, context.clock().Now());
  IL_RETURN_IF_ERROR(WriteText(file, WriteAnchor(anchor), 0644));
  context.out().Print(Green("✓") + " " + file + ": heads of " +
                      Count(static_cast<long long>(anchor.heads.size()), "chain") +
                      ".  Keep it outside the database:  interlock ledger verify --anchor " + file);
  json heads = json::array();
  for (const auto& head : anchor.heads)
    heads.push_back({{"chain", head.chain}, {"seq", head.seq}, {"hash", head.hash}});
  context.out().SetData({{"file", file}, {"heads", heads}});
  return 0;
}

Result<int> RunExport(Context& context) {
  std::vector<std::string> notes;
  IL_ASSIGN(const auto chains, ReadChains(context, nullptr, notes));
  std::string text;
  json counts = json::object();
  for (const auto& [name, entries] : chains) {
    if (entries.empty()) continue;
    text += ExportEntries(entries);
    counts[name] = entries.size();
  }
  json data{{"entries", counts}};
  if (!context.args().operands().empty()) {
    const std::string& file = context.args().operands()[0];
    IL_RETURN_IF_ERROR(WriteText(file, text, 0600));
    context.out().Print(Green("✓") + " " + file);
    for (const auto& note : notes) context.out().Print("  left out: " + note);
    data["file"] = file;
  } else {
    context.out().PrintExact(text);
    data["lines"] = text;
  }
  context.out().SetData(std::move(data));
  return 0;
}

Result<int> RunReconcile(Context& context) {
  IL_ASSIGN(const auto reason, context.Reason());
  IL_ASSIGN(const auto database, context.OneDatabase());
  IL_RETURN_IF_ERROR(context.ConfirmProtected("Reconcile database " + database));
  IL_ASSIGN(auto* world, context.Open());
  IL_RETURN_IF_ERROR(Reconcile(*world, database, reason));
  context.out().Print("• database " + database +
                      " is reconciled: open releases, approvals and claims are void");
  context.out().SetData({{"database", database}});
  return 0;
}

}  // namespace

Command LedgerVerifyCommand() {
  Command command;
  command.name = "ledger verify";
  command.summary = "recompute every hash; with an anchor also see a cut-off end";
  command.options = {{"anchor", "FILE", "heads that were kept outside the database"},
                     {"export", "FILE", "verify an exported file instead of the databases"}};
  command.examples = {{"interlock ledger verify --anchor anchor.json", ""}};
  command.exits = {7, 8, 11};
  command.run = RunVerify;
  return command;
}

Command LedgerAnchorCommand() {
  Command command;
  command.name = "ledger anchor";
  command.summary = "write the chains' heads to a file, to be kept outside the database";
  command.operands = "FILE";
  command.min_operands = command.max_operands = 1;
  command.examples = {
      {"interlock ledger anchor anchor.json", "after each release, into the repository"}};
  command.exits = {7, 11};
  command.run = RunAnchor;
  return command;
}

Command LedgerExportCommand() {
  Command command;
  command.name = "ledger export";
  command.summary = "all entries as JSON lines, exact bytes, for an offline verifier";
  command.operands = "[FILE]";
  command.max_operands = 1;
  command.examples = {{"interlock ledger export ledger.jsonl", "readable for its owner only"}};
  command.exits = {7, 11};
  command.run = RunExport;
  return command;
}

Command LedgerReconcileCommand() {
  Command command;
  command.name = "ledger reconcile";
  command.summary = "after a restore or clone: void what was open, record the new identity";
  command.options = {kDatabase};
  command.examples = {
      {"interlock ledger reconcile --env staging --reason \"clone of prod, 2026-11-20\"", ""}};
  command.exits = {3, 4, 6, 7, 8, 11};
  command.run = RunReconcile;
  return command;
}

}  // namespace interlock::cli
