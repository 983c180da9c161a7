// The ledger in tables of each kind of server: bytes kept, one chain, guarded, fenced, never in
// doubt.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "conformance/servers.h"
#include "ledger/chain.h"

namespace interlock::testing {
namespace {

class LedgerTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    url_ = GetParam().create_database("ledger_" + std::to_string(++number));
    sql_ = Connect();
    ASSERT_NE(sql_, nullptr);
  }

  std::unique_ptr<SqlConnection> Connect() const {
    auto connection = GetParam().connect(url_);
    EXPECT_TRUE(connection) << ToString(connection.error());
    return connection ? std::move(*connection) : nullptr;
  }
  std::unique_ptr<SqlLedger> Open(const std::string& actor = "ann") {
    return std::make_unique<SqlLedger>([this] { return GetParam().connect(url_); }, actor, clock_);
  }
  std::unique_ptr<SqlLedger> OpenPrepared() {
    auto ledger = Open();
    const auto prepared = ledger->Prepare();
    EXPECT_TRUE(prepared) << ToString(prepared.error());
    return ledger;
  }
  /// "" or the error's text.
  std::string Sql(const std::string& text, const std::vector<SqlValue>& values = {}) {
    const auto done = sql_->Execute(text, values);
    return done ? "" : ToString(done.error());
  }
  std::string Table(const std::string& name) const { return GetParam().prefix + name; }
  /// Adds a claim; its token says who holds it.
  void Claim(const std::string& object, int token) {
    ASSERT_EQ(Sql(fmt::format("INSERT INTO {} VALUES ($1, {}, 'r2', 'bob', 'host-2', 4411, 17, "
                              "1795342500000000)",
                              Table("claims"), token),
                  {object}),
              "");
  }
  /// "" or the error's text.
  static std::string Append(SqlLedger& ledger, const EntryDraft& draft, const Fence& fence = {},
                            const std::string& chain = "main") {
    const auto done = ledger.Append(chain, draft, fence);
    return done ? "" : ToString(done.error());
  }
  static EntryDraft Draft(const std::string& step) {
    return {EntryKind::kStepIntent, "r1", step, 1, "{}"};
  }
  /// Ends every session that the ledger uses.
  void EndOthers() {
    const auto own = sql_->Execute(GetParam().session_id, {});
    ASSERT_TRUE(own);
    const bool postgres = GetParam().name == "postgresql";
    const auto others = sql_->Execute(
        postgres ? "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                 : "SELECT id FROM information_schema.processlist WHERE db = DATABASE()",
        {});
    ASSERT_TRUE(others);
    for (const auto& row : others->rows)
      if (row[0] != own->rows[0][0])
        (void)sql_->Execute(fmt::format(fmt::runtime(GetParam().end), *row[0]), {});
  }

  std::string url_;
  Clock& clock_ = SystemClock();
  std::unique_ptr<SqlConnection> sql_;
};

TEST_P(LedgerTest, AppendsReadsAndKnowsItsHeads) {
  auto ledger = Open();
  EXPECT_EQ(ledger->Exists(), false);
  EXPECT_EQ(ledger->Read("main", 0).error().code, "IL-L15");
  ledger = OpenPrepared();
  EXPECT_EQ(ledger->Exists(), true);
  EXPECT_EQ(*ledger->MissingParts(), std::vector<std::string>{});
  EXPECT_EQ(*ledger->Chains(), std::vector<std::string>{});
  EXPECT_EQ(*ledger->Head("main"), (ChainHead{"main", 0, std::string(kGenesisHash)}));
  EntryDraft draft{EntryKind::kStepOutcome, "r1", "0002-é'\\\"%$1", 3, ""};
  for (int byte = 0; byte < 256; ++byte) draft.body += static_cast<char>(byte);
  const auto first = ledger->Append("main", draft, {});
  ASSERT_TRUE(first) << ToString(first.error());
  EXPECT_EQ(first->seq, 1U);
  EXPECT_EQ(first->actor, "ann");
  EXPECT_FALSE(first->session_user.empty());
  // Names that a lax comparison takes for one.
  for (const auto* chain : {"main ", "Main", "máin", "billing"})
    ASSERT_EQ(Append(*ledger, Draft("b"), {}, chain), "") << chain;
  EXPECT_EQ(*ledger->Chains(),
            (std::vector<std::string>{"Main", "billing", "main", "main ", "máin"}));
  ASSERT_EQ(Append(*ledger, Draft("c")), "");
  const auto entries = Open()->Read("main", 0);
  ASSERT_TRUE(entries) << ToString(entries.error());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front(), *first);
  EXPECT_EQ(*VerifyChain(*entries), *ledger->Head("main"));
  EXPECT_EQ(ledger->Read("main", 1)->size(), 1U);
  EXPECT_EQ(ledger->Read("nothing", 0)->size(), 0U);
}

TEST_P(LedgerTest, KeepsTexts) {
  auto ledger = OpenPrepared();
  const std::string text(300'000, '\xff');
  for (int twice = 0; twice < 2; ++twice) {
    EntryDraft draft = Draft("a");
    draft.kept_text = text;
    ASSERT_EQ(Append(*ledger, draft), "");
  }
  EXPECT_EQ(*ledger->GetText(Sha256(text)), text);
  EXPECT_EQ(ledger->GetText(Sha256("other")).error().code, "IL-L12");
}

TEST_P(LedgerTest, RefusesWhatIsNotAppending) {
  auto ledger = OpenPrepared();
  EntryDraft draft = Draft("a");
  draft.kept_text = "text";
  ASSERT_EQ(Append(*ledger, draft), "");
  std::vector<std::string> refused{
      "UPDATE " + Table("ledger") + " SET actor = 'eve'", "DELETE FROM " + Table("ledger"),
      "UPDATE " + Table("texts") + " SET body = ''", "DELETE FROM " + Table("texts"),
      "DELETE FROM " + Table("ledger_heads")};
  if (GetParam().name != "postgresql")
    refused.push_back("REPLACE INTO " + Table("ledger") + " SELECT * FROM " + Table("ledger"));
  for (const auto& statement : refused)
    EXPECT_NE(Sql(statement).find("the ledger is append-only"), std::string::npos)
        << statement << ": " << Sql(statement);
  // A fork: another entry after the same one.
  EXPECT_NE(Sql("INSERT INTO " + Table("ledger") +
                " SELECT chain, 2, format, prev_hash, hash, at, kind, token, actor, server_user, "
                "'r', step, attempt, body FROM " +
                Table("ledger") + " l"),
            "");
  EXPECT_EQ(ledger->Read("main", 0)->size(), 1U);
}

TEST_P(LedgerTest, AFenceThatMovedWritesNothing) {
  auto ledger = OpenPrepared();
  Claim("table a", 7);
  Claim("table b", 8);
  Claim("table b ", 9);
  EXPECT_EQ(Append(*ledger, Draft("a"), {{"table b", 8}, {"table a", 7}}), "");
  const auto stale = ledger->Append("main", Draft("b"), {{"table a", 6}});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, "IL-R61") << ToString(stale.error());
  EXPECT_NE(stale.error().message.find("bob on host-2"), std::string::npos);
  EXPECT_EQ(ledger->Append("main", Draft("b"), {{"table c", 1}}).error().kind,
            ErrorKind::kUndecidable);
  EXPECT_EQ(ledger->Head("main")->seq, 1U);
}

TEST_P(LedgerTest, ATakeoverWaitsForTheAppendAndTheAppendSeesIt) {
  auto ledger = OpenPrepared();
  Claim("table a", 7);
  ASSERT_EQ(Append(*ledger, Draft("a"), {{"table a", 7}}), "");
  ASSERT_TRUE(sql_->Begin());
  ASSERT_EQ(Sql("UPDATE " + Table("claims") + " SET token = 8 WHERE object = 'table a'"), "");
  std::thread taking_over([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_TRUE(sql_->Commit());
  });
  const auto waited = ledger->Append("main", Draft("b"), {{"table a", 7}});
  taking_over.join();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::kFenced) << ToString(waited.error());
  EXPECT_EQ(ledger->Head("main")->seq, 1U);
}

TEST_P(LedgerTest, ManyAtOnceMakeOneChain) {
  ASSERT_TRUE(OpenPrepared());
  constexpr int kWriters = 6;
  constexpr int kEach = 15;
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int i = 0; i < kWriters; ++i)
    writers.emplace_back([this, i] {
      auto ledger = Open("writer " + std::to_string(i));
      for (int n = 0; n < kEach; ++n) EXPECT_EQ(Append(*ledger, Draft("a")), "");
    });
  for (auto& writer : writers) writer.join();
  const auto entries = Open()->Read("main", 0);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), static_cast<std::size_t>(kWriters * kEach));
  EXPECT_TRUE(VerifyChain(*entries));
}

TEST_P(LedgerTest, ManyMakeItAtOnce) {
  std::vector<std::thread> makers;
  for (int i = 0; i < 6; ++i)
    makers.emplace_back([this] {
      auto ledger = Open();
      const auto made = ledger->Prepare();
      EXPECT_TRUE(made) << ToString(made.error());
      EXPECT_EQ(Append(*ledger, Draft("a")), "");
    });
  for (auto& maker : makers) maker.join();
  auto ledger = Open();
  EXPECT_EQ(*ledger->MissingParts(), std::vector<std::string>{});
  EXPECT_EQ(ledger->Head("main")->seq, 6U);
}

TEST_P(LedgerTest, IsMadeToTheEndAfterACut) {
  auto ledger = OpenPrepared();
  // As it is when the server stopped before the last part, and while a guard was exchanged.
  ASSERT_EQ(Sql("DELETE FROM " + Table("meta")), "");
  ASSERT_EQ(Sql(GetParam().name == "postgresql" ? "DROP TRIGGER no_delete ON interlock.ledger_heads"
                                                : "DROP TRIGGER interlock_ledger_heads_no_DELETE"),
            "");
  ledger = Open();
  EXPECT_EQ(ledger->Exists(), false);
  ASSERT_TRUE(ledger->Prepare());
  EXPECT_EQ(*ledger->MissingParts(), std::vector<std::string>{});
  ASSERT_EQ(Append(*ledger, Draft("a")), "");
  ASSERT_EQ(Sql("UPDATE " + Table("meta") + " SET value = '99'"), "");
  EXPECT_EQ(Open()->Append("main", Draft("a"), {}).error().code, "IL-L10");
}

TEST_P(LedgerTest, GoesOnOverANewConnection) {
  auto ledger = OpenPrepared();
  ASSERT_EQ(Append(*ledger, Draft("a")), "");
  EndOthers();
  const auto appended = ledger->Append("main", Draft("b"), {});
  ASSERT_TRUE(appended) << ToString(appended.error());
  EndOthers();
  EXPECT_EQ(ledger->Head("main")->seq, 2U);
  EndOthers();
  EXPECT_EQ(ledger->Read("main", 0)->size(), 2U);
}

TEST_P(LedgerTest, WhatIsHiddenIsNotAbsent) {
  if (GetParam().name == "postgresql") GTEST_SKIP() << "its catalog shows what there is";
  ASSERT_EQ(Append(*OpenPrepared(), Draft("a")), "");
  const std::string database = *sql_->Execute("SELECT DATABASE()", {})->rows[0][0];
  const auto grant = [&](const std::string& privileges, const std::string& table) {
    EXPECT_EQ(Sql("GRANT " + privileges + " ON " + database + "." + table + " TO writer@'%'"), "");
  };
  Sql("DROP USER IF EXISTS writer@'%'");
  ASSERT_EQ(Sql("CREATE USER writer@'%'"), "");
  ASSERT_EQ(Sql("CREATE TABLE unrelated (a int)"), "");
  grant("SELECT", "unrelated");
  std::string url = url_;
  url.replace(8, url.find('@') - 8, "writer");
  const auto open = [&] {
    return std::make_unique<SqlLedger>([&] { return GetParam().connect(url); }, "eve", clock_);
  };
  for (const auto& error :
       {open()->Exists().error(), open()->Prepare().error(), open()->Read("main", 0).error()}) {
    EXPECT_EQ(error.kind, ErrorKind::kUndecidable) << ToString(error);
    EXPECT_EQ(error.code, "IL-L13");
  }
  // As the hint says: no TRIGGER.
  for (const char* table : {"interlock_ledger", "interlock_texts"}) grant("SELECT, INSERT", table);
  for (const char* table : {"interlock_ledger_heads", "interlock_claims"})
    grant("SELECT, INSERT, UPDATE", table);
  grant("SELECT", "interlock_meta");
  auto ledger = open();
  EXPECT_EQ(ledger->Exists(), true);
  const auto prepared = ledger->Prepare();
  EXPECT_TRUE(prepared) << ToString(prepared.error());
  EXPECT_EQ(Append(*ledger, Draft("b")), "");
  EXPECT_EQ(ledger->MissingParts()->size(), 5U) << "what it may not see it does not vouch for";
  // A guard that is gone it cannot make, and says so.
  ASSERT_EQ(Sql("DROP TRIGGER interlock_texts_no_DELETE"), "");
  const auto lacks = open()->Prepare();
  ASSERT_FALSE(lacks);
  EXPECT_EQ(lacks.error().code, "IL-L13") << ToString(lacks.error());
  EXPECT_EQ(lacks.error().kind, ErrorKind::kRefused);
  EXPECT_EQ(Sql("DROP USER writer@'%'"), "");
}

INSTANTIATE_TEST_SUITE_P(Servers, LedgerTest, ::testing::ValuesIn(AllServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
