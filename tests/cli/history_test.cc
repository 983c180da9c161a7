// Sentences, filters and the page of the audit.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/entry_text.h"
#include "cli/history_html.h"
#include "model/json.h"

namespace interlock::cli {
namespace {

Entry MakeEntry(EntryKind kind, nlohmann::json body, const std::string& step = "") {
  Entry entry;
  entry.chain = "main";
  entry.seq = 7;
  entry.at = 1'763'800'000'000'000;
  entry.kind = kind;
  entry.actor = "ann";
  entry.release = "names";
  entry.step = step;
  entry.body = CanonicalJson(body);
  return entry;
}

DatabaseHistory UsersHistory() {
  DatabaseHistory history;
  history.chain = "main";
  Migration migration;
  migration.id = "0002-x";
  migration.why = "Invoices need it";
  migration.refs = {"SHOP-1"};
  Step step;
  step.id = "0002-x/expand/1-add-columns";
  step.migration = "0002-x";
  step.summary = "add column first_name to public.users";
  step.touches = {{ObjectKind::kColumn, {"public", "users"}, "first_name"}};
  history.known_steps[step.id] = step;
  history.migrations["0002-x"] = {migration, {step}, "names", SchemaState::kExpanded, 1, 0, 0};
  return history;
}

TEST(HistoryRow, SaysWhatWhyAndEvidence) {
  const auto history = UsersHistory();
  const auto row = RowOf(MakeEntry(EntryKind::kStepOutcome,
                                   {{"fingerprint", std::string(64, 'a')},
                                    {"evidence", {{"rows_changed", 300000}}},
                                    {"took_us", 41'000'000}},
                                   "0002-x/expand/1-add-columns"),
                         {&history});
  EXPECT_EQ(row.what,
            "step 0002-x/expand/1-add-columns done: add column first_name to public.users");
  EXPECT_EQ(row.why, "Invoices need it (SHOP-1)");
  EXPECT_EQ(row.evidence, "schema aaaaaaaaaaaa, rows_changed 300,000, 41 s");
  EXPECT_EQ(row.objects, (std::vector<std::string>{"public.users", "public.users.first_name"}));
}

TEST(HistoryRow, ADropIsAboutTheColumnByTheNameThatPeopleKnow) {
  auto history = UsersHistory();
  Step step;
  step.id = "0002-x/contract/2-drop-quarantined";
  step.migration = "0002-x";
  SyncSpec spec;
  spec.table = {"public", "users"};
  spec.old_columns = {"name"};
  change::DerivedColumn first;
  first.column.name = "first_name";
  first.up = "name";
  spec.new_columns = {first};
  spec.renamed = {{"name", "name_quarantined_1"}};
  step.action = action::DropQuarantined{spec};
  step.touches = {{ObjectKind::kColumn, {"public", "users"}, "name_quarantined_1"}};
  history.known_steps[step.id] = step;
  const auto row = RowOf(MakeEntry(EntryKind::kStepOutcome, {}, step.id), {&history});
  EXPECT_TRUE(Passes(row, {"users.name", "", "", {}}));
  EXPECT_TRUE(Passes(row, {"users.name_quarantined_1", "", "", {}}));
  EXPECT_FALSE(row.persons_why);
}

TEST(HistoryRow, EveryKindHasASentence) {
  const DatabaseHistory none;
  for (int i = 0; i <= static_cast<int>(kLastEntryKind); ++i) {
    const auto kind = static_cast<EntryKind>(i);
    const auto row = RowOf(MakeEntry(kind, nlohmann::json::object()), {&none});
    EXPECT_FALSE(row.what.empty()) << ToString(kind);
    EXPECT_NE(row.what, ToString(kind));
  }
}

TEST(HistoryRow, ADamagedBodyDoesNotStopTheAudit) {
  const DatabaseHistory none;
  Entry entry = MakeEntry(EntryKind::kApproved, {});
  entry.body = "{not json";
  EXPECT_EQ(RowOf(entry, {&none}).what, "approved");
  for (const char* body : {"[]", "{\"plan\":3,\"migration\":[],\"steps\":1,\"open\":\"yes\"}",
                           "{\"put_back\":1,\"succeeded\":null,\"evidence\":[1]}"})
    for (int i = 0; i <= static_cast<int>(kLastEntryKind); ++i) {
      entry.kind = static_cast<EntryKind>(i);
      entry.body = body;
      EXPECT_FALSE(RowOf(entry, {&none}).what.empty());
    }
}

TEST(HistoryFilter, ObjectsByAnyNumberOfTheirParts) {
  HistoryRow row;
  row.objects = {"public.users", "public.users.first_name"};
  auto passes = [&](const std::string& object) { return Passes(row, {object, "", "", {}}); };
  EXPECT_TRUE(passes("users"));
  EXPECT_TRUE(passes("users.first_name"));
  EXPECT_TRUE(passes("public.users.first_name"));
  EXPECT_TRUE(passes("first_name"));
  EXPECT_FALSE(passes("name"));
  EXPECT_FALSE(passes("ers"));
  EXPECT_FALSE(passes("orders"));
}

TEST(HistoryFilter, ReleaseActorAndTime) {
  HistoryRow row;
  row.at = 1000;
  row.actor = "ann@laptop";
  row.release = "names";
  EXPECT_TRUE(Passes(row, {"", "names", "ann", 1000}));
  EXPECT_FALSE(Passes(row, {"", "name", "", {}}));
  EXPECT_FALSE(Passes(row, {"", "", "bob", {}}));
  EXPECT_FALSE(Passes(row, {"", "", "", 1001}));
}

TEST(Since, DurationsAndDates) {
  EXPECT_EQ(ParseSince("1h", 3'600'000'001).value(), 1);
  EXPECT_EQ(FormatTimestamp(ParseSince("2026-11-22", 0).value()), "2026-11-22T00:00:00.000000Z");
  EXPECT_EQ(FormatTimestamp(ParseSince("2026-11-22T10:15:00Z", 0).value()),
            "2026-11-22T10:15:00.000000Z");
  for (const char* wrong :
       {"yesterday", "2026-13-01", "2026-11-22T10", "2026-11-22T10:15:00+01:00"})
    EXPECT_FALSE(ParseSince(wrong, 0)) << wrong;
}

TEST(HistoryHtml, EscapesEverything) {
  const std::string nasty = "\"><script>alert('x')</script>&\x1b[0m";
  HistoryRow row;
  row.at = 1'763'800'000'000'000;
  row.chain = nasty;
  row.actor = nasty;
  row.release = nasty;
  row.what = nasty;
  row.why = nasty;
  row.evidence = nasty;
  HistoryRow later = row;
  later.at += 1'000'000;
  later.stands_out = true;
  const std::string page = HistoryHtml({nasty, nasty, row.at, nasty}, {row, later});
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("alert('x')"), std::string::npos);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

TEST(HistoryHtml, WithoutEntries) {
  EXPECT_NE(HistoryHtml({"t", "", 0, ""}, {}).find("0 entries"), std::string::npos);
}

}  // namespace
}  // namespace interlock::cli
