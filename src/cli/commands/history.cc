// interlock history: the audit, from all chains in the order of time.
#include "base/text.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/entry_text.h"
#include "cli/history_html.h"
#include "cli/project_files.h"
#include "cli/text_style.h"

namespace interlock::cli {
namespace {

std::string FilterText(const HistoryFilter& filter) {
  std::vector<std::string> parts;
  if (!filter.object.empty()) parts.push_back("object " + filter.object);
  if (!filter.release.empty()) parts.push_back("release " + filter.release);
  if (!filter.actor.empty()) parts.push_back("by " + filter.actor);
  if (filter.since) parts.push_back("since " + FormatTimestamp(*filter.since).substr(0, 19) + "Z");
  return Join(parts, ", ");
}

std::string RowText(const HistoryRow& row) {
  std::string out = Dim(FormatTimestamp(row.at).substr(0, 19) + "Z") + "  " +
                    PadRight(row.actor, 16) + "  " +
                    (row.stands_out ? Yellow(row.what) : row.what) + "\n";
  const std::string indent(40, ' ');
  // A migration's own reason is said once, where it is planned; what a person gave, always.
  if (!row.why.empty() && (row.persons_why || row.kind == EntryKind::kMigrationPlanned))
    out += indent + "why: " + row.why + "\n";
  // A fencing token alone says nothing to people; the page and --json have it.
  if (!row.evidence.empty() && !row.evidence.starts_with("token "))
    out += indent + Dim(row.evidence) + "\n";
  return out;
}

Result<int> RunHistory(Context& context) {
  const auto& args = context.args();
  HistoryFilter filter;
  filter.object = args.Get("object");
  filter.release = args.Get("release");
  filter.actor = args.Get("actor");
  if (args.Has("since")) {
    IL_ASSIGN(filter.since, ParseSince(args.Get("since"), context.clock().Now()));
  }
  IL_ASSIGN(auto* world, context.Open());
  std::vector<const std::vector<Entry>*> chains;
  std::vector<const DatabaseHistory*> histories;
  std::string heads = "Heads of the chains: ";
  for (const auto& [name, link] : world->links()) {
    chains.push_back(&link->entries());
    histories.push_back(&link->history());
    heads += name + " " + std::to_string(link->history().head.seq) + " " +
             link->history().head.hash.substr(0, 16) + "; ";
  }
  chains.push_back(&world->book().entries());
  const auto& head = world->book().history().head;
  heads += "releases " + std::to_string(head.seq) + " " + head.hash.substr(0, 16);
  const auto rows = Rows(chains, histories, filter);
  nlohmann::json list = nlohmann::json::array();
  for (const auto& row : rows) list.push_back(ToJson(row));
  context.out().SetData({{"entries", list}});
  if (args.Has("html")) {
    IL_ASSIGN(const auto* project, context.project());
    const HistoryPage page{"Schema history of " + project->name +
                               (project->environment.empty() ? "" : " in " + project->environment),
                           FilterText(filter), context.clock().Now(), heads};
    IL_RETURN_IF_ERROR(WriteText(args.Get("html"), HistoryHtml(page, rows), 0600));
    context.out().Print(Green("✓") + " " + args.Get("html") + ": " +
                        Count(static_cast<long long>(rows.size()), "row"));
    return 0;
  }
  std::string text;
  for (const auto& row : rows) text += RowText(row);
  context.out().Print(text.empty() ? "Nothing is recorded that fits." : text);
  return 0;
}

}  // namespace

Command HistoryCommand() {
  Command command;
  command.name = "history";
  command.summary = "the audit: who did what, when, why, with which evidence";
  command.about = "--actor WHO shows only the entries of that actor.";
  command.options = {{"object", "NAME", "users, users.name, public.users, an index"},
                     {"release", "RELEASE", "of one release"},
                     {"since", "TIME", "7d, 2026-11-22, 2026-11-22T10:15:00Z"},
                     {"html", "FILE", "one self-contained page, readable for its owner only"}};
  command.examples = {{"interlock history --object users.name --since 30d", ""},
                      {"interlock history --html audit.html", ""}};
  command.exits = {7, 8, 11};
  command.run = RunHistory;
  return command;
}

}  // namespace interlock::cli
