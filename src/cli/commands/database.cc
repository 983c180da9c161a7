// interlock baseline, drift, schema, claims: what a database is, and who holds what of it.
#include <algorithm>

#include "base/text.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/text_style.h"
#include "runner/doors.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

const Option kDatabase{"database", "NAME", "which database, where there are several"};

Result<int> RunBaseline(Context& context) {
  IL_ASSIGN(auto* world, context.Open());
  std::vector<std::string> fresh;
  for (const auto& [name, link] : world->links())
    if (!link->history().begun) fresh.push_back(name);
  IL_RETURN_IF_ERROR(world->Begin());
  json list = json::array();
  for (const auto& [name, link] : world->links()) {
    const bool begun = std::find(fresh.begin(), fresh.end(), name) != fresh.end();
    const std::string digest = link->history().fingerprint;
    context.out().Print(begun ? Green("✓") + " " + name +
                                    ": the ledger begins with the schema as it is, fingerprint " +
                                    digest.substr(0, 16) + " (claimed, not witnessed)"
                              : "  " + name + ": the ledger has begun already");
    list.push_back({{"database", name}, {"begun_now", begun}, {"fingerprint", digest}});
  }
  context.out().SetData({{"databases", list}});
  return 0;
}

Result<int> RunDrift(Context& context) {
  IL_ASSIGN(auto* world, context.Open());
  json list = json::array();
  Error error{ErrorKind::kDrift,
              "IL-R30",
              "",
              {},
              "undo it by hand, or accept it as it is: interlock drift accept --reason …"};
  std::vector<std::string> names;
  for (const auto& [name, link] : world->links()) {
    if (!link->history().begun) {
      context.out().Print("  " + name +
                          ": no ledger yet, so nothing to compare with "
                          "(interlock baseline)");
      list.push_back({{"database", name}, {"begun", false}, {"differences", json::array()}});
      continue;
    }
    IL_ASSIGN(const auto catalog, link->session().ReadCatalog());
    IL_ASSIGN(const auto differences, link->UnexplainedDrift(catalog));
    json lines = json::array();
    for (const auto& difference : differences) {
      lines.push_back(ToString(difference));
      error.details.push_back(ToString(difference));
    }
    if (differences.empty()) {
      context.out().Print(Green("✓") + " " + name + " is as recorded, fingerprint " +
                          Fingerprint(catalog).substr(0, 16));
    } else {
      names.push_back(name);
    }
    list.push_back({{"database", name},
                    {"begun", true},
                    {"recorded", link->history().fingerprint},
                    {"found", Fingerprint(catalog)},
                    {"differences", lines}});
  }
  context.out().SetData({{"databases", list}});
  if (names.empty()) return 0;
  error.message = "The schema of " + Join(names, ", ") + " is not as recorded";
  return Fail(std::move(error));
}

Result<int> RunDriftAccept(Context& context) {
  IL_ASSIGN(const auto reason, context.Reason());
  IL_ASSIGN(const auto database, context.OneDatabase());
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_ASSIGN(const auto differences, AcceptDrift(*world, database, reason));
  json lines = json::array();
  for (const auto& difference : differences) {
    lines.push_back(ToString(difference));
    context.out().Print("  " + ToString(difference));
  }
  context.out().Print(differences.empty() ? "Nothing differs." : "• accepted as it is");
  context.out().SetData({{"database", database}, {"accepted", lines}});
  return 0;
}

Result<int> RunSchema(Context& context) {
  IL_ASSIGN(const auto database, context.OneDatabase());
  IL_ASSIGN(auto* engine, context.EngineOf(database));
  IL_ASSIGN(const auto session, engine->Connect(false));
  IL_ASSIGN(const auto catalog, session->ReadCatalog());
  const std::string text = CanonicalText(catalog);
  const Digest digest = Sha256(text);
  context.out().PrintExact(context.args().Has("fingerprint") ? digest + "\n" : text);
  context.out().SetData({{"database", database}, {"fingerprint", digest}, {"text", text}});
  return 0;
}

Result<int> RunClaims(Context& context) {
  IL_ASSIGN(auto* world, context.Open());
  json list = json::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, link] : world->links()) {
    if (!link->ledger_exists()) continue;
    IL_ASSIGN(const auto claims, link->session().Claims());
    for (const auto& claim : claims) {
      list.push_back({{"database", name},
                      {"object", claim.object},
                      {"token", claim.token},
                      {"release", claim.release},
                      {"actor", claim.actor},
                      {"host", claim.host},
                      {"pid", claim.runner_pid},
                      {"session", claim.session},
                      {"since", FormatTimestamp(claim.since)},
                      {"held", claim.alive}});
      if (!claim.alive && !context.args().Has("all")) continue;
      rows.push_back({name, claim.object, claim.alive ? "held" : "free",
                      "token " + std::to_string(claim.token), claim.release,
                      claim.actor + ", pid " + std::to_string(claim.runner_pid) + " on " +
                          claim.host + ", session " + std::to_string(claim.session),
                      "since " + FormatTimestamp(claim.since).substr(0, 19) + "Z"});
    }
  }
  context.out().Print(rows.empty() ? "Nobody holds anything." : Columns(rows));
  context.out().SetData({{"claims", list}});
  return 0;
}

Result<int> RunClaimsBreak(Context& context) {
  const std::string& object = context.args().operands()[0];
  IL_ASSIGN(const auto reason, context.Reason());
  IL_ASSIGN(const auto database, context.OneDatabase());
  IL_RETURN_IF_ERROR(context.ConfirmProtected("Break the claim on " + object));
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_RETURN_IF_ERROR(BreakClaim(*world, database, object, reason));
  context.out().Print("• the claim on " + object +
                      " is broken: its session is ended and its lock free");
  context.out().SetData({{"database", database}, {"object", object}});
  return 0;
}

}  // namespace

Command BaselineCommand() {
  Command command;
  command.name = "baseline";
  command.summary = "begin the ledger of an existing database: its schema as it is";
  command.about =
      "The first entry holds the fingerprint of the schema as found: history before it is claimed, "
      "not witnessed.  deploy does the same when it meets a database without a ledger.";
  command.examples = {{"interlock baseline --env prod", ""}};
  command.exits = {4, 7, 11};
  command.run = RunBaseline;
  return command;
}

Command DriftCommand() {
  Command command;
  command.name = "drift";
  command.summary = "what differs between the recorded schema and the real one";
  command.examples = {{"interlock drift", ""}};
  command.exits = {5, 7, 8, 11};
  command.run = RunDrift;
  return command;
}

Command DriftAcceptCommand() {
  Command command;
  command.name = "drift accept";
  command.summary = "the schema as it is becomes the recorded one";
  command.options = {kDatabase};
  command.examples = {
      {"interlock drift accept --reason \"index added by hand in incident 4711\"", ""}};
  command.exits = {4, 6, 7, 8, 11};
  command.run = RunDriftAccept;
  return command;
}

Command SchemaCommand() {
  Command command;
  command.name = "schema";
  command.summary = "the canonical text of the schema, which the fingerprint is taken of";
  command.options = {{"fingerprint", "", "only its SHA-256"}, kDatabase};
  command.examples = {{"interlock schema > schema.txt", ""},
                      {"interlock schema --fingerprint", ""}};
  command.exits = {8, 11};
  command.run = RunSchema;
  return command;
}

Command ClaimsCommand() {
  Command command;
  command.name = "claims";
  command.summary = "who holds which tables";
  command.options = {{"all", "", "also those that nobody holds now"}};
  command.examples = {{"interlock claims", ""}};
  command.exits = {7, 11};
  command.run = RunClaims;
  return command;
}

Command ClaimsBreakCommand() {
  Command command;
  command.name = "claims break";
  command.summary = "end the holder's session on the server and wait until its lock is free";
  command.operands = "OBJECT";
  command.min_operands = command.max_operands = 1;
  command.options = {kDatabase};
  command.examples = {
      {"interlock claims break \"table public.users\" --reason \"runner hangs\"", ""}};
  command.exits = {3, 4, 6, 7, 11};
  command.run = RunClaimsBreak;
  return command;
}

}  // namespace interlock::cli
