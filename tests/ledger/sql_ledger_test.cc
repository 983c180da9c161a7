#include "engine/sql_ledger.h"

#include <gtest/gtest.h>

#include <thread>

#include "ledger/sqlite_fixture.h"

namespace interlock {
namespace {

using ledger_test::SqliteLedgerTest;

class SqlLedgerTest : public SqliteLedgerTest {};

TEST_F(SqlLedgerTest, AppendsReadsAndKnowsItsHeads) {
  auto ledger = OpenPrepared();
  EXPECT_EQ(*ledger->Chains(), std::vector<std::string>{});
  EXPECT_EQ(*ledger->Head("main"), (ChainHead{"main", 0, std::string(kGenesisHash)}));
  const EntryDraft draft{EntryKind::kStepOutcome, "r1", "0002-x/expand/1", 3,
                         std::string("{\0\xff}", 4)};
  const auto first = ledger->Append("main", draft, {});
  ASSERT_TRUE(first) << ToString(first.error());
  EXPECT_EQ(first->seq, 1u);
  EXPECT_EQ(first->prev_hash, kGenesisHash);
  EXPECT_EQ(first->actor, "ann");
  EXPECT_FALSE(first->session_user.empty());
  EXPECT_EQ(first->token, 0u);
  EXPECT_EQ(first->body, draft.body);
  ASSERT_TRUE(ledger->Append("main", Draft("b"), {}));
  ASSERT_TRUE(ledger->Append("billing", Draft("c"), {}));
  EXPECT_EQ(*ledger->Chains(), (std::vector<std::string>{"billing", "main"}));

  const auto entries = ledger->Read("main", 0);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(entries->front(), *first);
  EXPECT_EQ(*VerifyChain(*entries), *ledger->Head("main"));
  EXPECT_EQ(ledger->Read("main", 1)->size(), 1u);
  EXPECT_EQ(ledger->Read("main", 2)->size(), 0u);
  EXPECT_EQ(ledger->Read("nothing", 0)->size(), 0u);
}

TEST_F(SqlLedgerTest, NothingIsMadeButByPrepare) {
  auto ledger = sqlite::OpenSqliteLedger(path_, "ann", clock_);
  ASSERT_TRUE(ledger);
  EXPECT_EQ((*ledger)->Exists(), false);
  EXPECT_EQ((*ledger)->Read("main", 0).error().code, "IL-L15");
  EXPECT_EQ((*ledger)->Append("main", Draft("a"), {}).error().kind, ErrorKind::kRefused);
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_TRUE(sqlite::SqliteConnection::CreateFile(path_));
  EXPECT_EQ((*ledger)->Exists(), false);
  EXPECT_EQ((*ledger)->Append("main", Draft("a"), {}).error().code, "IL-L15");
  EXPECT_EQ(Sql("SELECT count(*) FROM sqlite_master")->rows[0][0], "0");
  ASSERT_TRUE((*ledger)->Prepare());
  EXPECT_EQ((*ledger)->Exists(), true);
  ASSERT_TRUE((*ledger)->Append("main", Draft("a"), {}));
  ASSERT_TRUE((*ledger)->Prepare());
  EXPECT_EQ((*ledger)->Read("main", 0)->size(), 1u);
}

TEST_F(SqlLedgerTest, TimeNeverGoesBackInAChain) {
  auto ledger = OpenPrepared();
  const auto first = ledger->Append("main", Draft("a"), {});
  EXPECT_EQ(first->at, clock_.now);
  EXPECT_EQ(ledger->Append("main", Draft("b"), {})->at, first->at + 1);
  clock_.now -= 3'600'000'000;
  EXPECT_EQ(ledger->Append("main", Draft("c"), {})->at, first->at + 2);
  EXPECT_EQ(ledger->Append("other", Draft("d"), {})->at, clock_.now);
  clock_.now += 7'200'000'000;
  EXPECT_EQ(ledger->Append("main", Draft("e"), {})->at, clock_.now);
}

TEST_F(SqlLedgerTest, TablesAreAppendOnly) {
  auto ledger = OpenPrepared();
  ASSERT_TRUE(ledger->Append("main", Draft("a"), {}));
  ASSERT_TRUE(ledger->Append("main", Draft("b"), {}));
  auto draft = Draft("c");
  draft.kept_text = "catalog";
  ASSERT_TRUE(ledger->Append("main", draft, {}));
  const std::string hashes = "SELECT group_concat(hash) FROM interlock_ledger";
  const auto before = Sql(hashes)->rows;
  const std::string copy =
      "SELECT chain, seq, format, prev_hash, hash, at, kind, token, 'eve', server_user, release, "
      "step, attempt, body FROM interlock_ledger WHERE seq = 1";
  for (const std::string& attack : std::vector<std::string>{
           "UPDATE interlock_ledger SET actor = 'eve'", "DELETE FROM interlock_ledger",
           "DELETE FROM interlock_ledger WHERE seq = 2",
           "INSERT OR REPLACE INTO interlock_ledger " + copy,
           "REPLACE INTO interlock_ledger SELECT chain, 9, format, prev_hash, hash, at, kind, "
           "token, 'eve', server_user, release, step, attempt, body FROM interlock_ledger "
           "WHERE seq = 1",
           "UPDATE OR REPLACE interlock_ledger SET seq = 2 WHERE seq = 1",
           "UPDATE interlock_texts SET body = x'00'", "DELETE FROM interlock_texts",
           "INSERT OR REPLACE INTO interlock_texts SELECT digest, x'00' FROM interlock_texts",
           "DELETE FROM interlock_ledger_heads"}) {
    const auto done = Sql(attack);
    ASSERT_FALSE(done) << attack;
    EXPECT_EQ(done.error().kind, ErrorKind::kFailed);
    EXPECT_NE(done.error().message.find("append-only"), std::string::npos) << done.error().message;
  }
  EXPECT_EQ(Sql(hashes)->rows, before);
  EXPECT_EQ(ledger->MissingParts()->size(), 0u);
}

TEST_F(SqlLedgerTest, AWeakenedGuardIsSeenAndMadeAnew) {
  auto ledger = OpenPrepared();
  ASSERT_TRUE(ledger->Append("main", Draft("a"), {}));
  ASSERT_TRUE(Sql("DROP TRIGGER interlock_ledger_no_UPDATE"));
  ASSERT_TRUE(Sql("DROP TRIGGER interlock_ledger_no_DELETE"));
  ASSERT_TRUE(
      Sql("CREATE TRIGGER interlock_ledger_no_DELETE BEFORE DELETE ON interlock_ledger "
          "WHEN 0 BEGIN SELECT 1; END"));
  EXPECT_EQ(*ledger->MissingParts(),
            (std::vector<std::string>{"trigger interlock_ledger_no_UPDATE",
                                      "trigger interlock_ledger_no_DELETE"}));
  ASSERT_TRUE(ledger->Prepare());
  EXPECT_EQ(ledger->MissingParts()->size(), 0u);
  EXPECT_FALSE(Sql("DELETE FROM interlock_ledger"));
}

TEST_F(SqlLedgerTest, AMovedFenceWritesNothing) {
  auto ledger = OpenPrepared();
  Claim("schema", 7);
  Claim("table public.users", 3);
  const Fence fence{{"table public.users", 3}, {"schema", 7}};
  EXPECT_EQ(ledger->Append("main", Draft("a"), fence)->token, 7u);
  Claim("table public.users", 4);
  const auto fenced = ledger->Append("main", Draft("b"), fence);
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().kind, ErrorKind::kFenced);
  EXPECT_EQ(fenced.error().code, "IL-R61");
  EXPECT_EQ(fenced.error().message,
            "the claim on table public.users was taken over by bob on host-2 for release r2");
  EXPECT_EQ(fenced.error().details[0],
            "at 2026-11-22T10:15:00.000000Z; its token is 4, ours was 3");
  const auto unknown = ledger->Append("main", Draft("c"), {{"table public.gone", 1}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "IL-R20");
  EXPECT_EQ(unknown.error().message,
            "This run holds token 1 of the claim on table public.gone, and the server now reached "
            "knows of no such claim");
  EXPECT_EQ(ledger->Read("main", 0)->size(), 1u);
  EXPECT_TRUE(ledger->Append("main", Draft("d"), {{"table public.users", 4}}));
}

TEST_F(SqlLedgerTest, ACopyThatLacksWhatWasReadIsNotWrittenTo) {
  auto ledger = OpenPrepared();
  Claim("schema", 7);
  ASSERT_TRUE(ledger->Append("main", Draft("a"), {}));
  const auto second = ledger->Append("main", Draft("b"), {});
  ASSERT_TRUE(second);
  auto draft = Draft("c");
  const auto refused = [&](const Fence& fence, const std::string& words) {
    const auto appended = ledger->Append("main", draft, fence);
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().kind, ErrorKind::kUndecidable);
    EXPECT_EQ(appended.error().code, "IL-R20");
    EXPECT_NE(appended.error().message.find(words), std::string::npos) << appended.error().message;
    EXPECT_EQ(ledger->Head("main")->seq, 2u);
  };
  draft.read = {{"main", 3, std::string(64, '3')}};
  refused({}, "ends at entry 2, this run has already read entry 3");
  draft.read = {{"main", 2, std::string(64, '2')}};
  refused({}, "has another entry 2 than this run has read");
  draft.read = {{"main", 2, second->hash}, {"releases", 1, std::string(64, '1')}};
  refused({}, "chain releases ends at entry 0, this run has already read entry 1");
  draft.read = {{"main", 2, second->hash}};
  refused({{"schema", 8}}, "knows of token 7 at most");
  Claim("table public.users", 4);
  refused({{"table public.users", 3}, {"schema", 8}}, "knows of token 7 at most");
  // Somebody has claimed on the copy meanwhile: that they did is no answer to what it lacks.
  draft.read = {{"main", 3, std::string(64, '3')}};
  refused({{"schema", 6}}, "ends at entry 2, this run has already read entry 3");
  draft.read = {{"main", 2, second->hash}};
  ASSERT_TRUE(ledger->Append("main", draft, {{"schema", 7}}));
  // Someone else has gone on since: what was read is still there.
  ASSERT_TRUE(ledger->Append("main", draft, {{"schema", 7}}));
}

TEST_F(SqlLedgerTest, RacingWritersMakeOneChain) {
  constexpr int kEach = 200;
  OpenPrepared();
  auto write = [&](const std::string& actor) {
    SqlLedger ledger(Connector(), actor, SystemClock());
    for (int i = 0; i < kEach; ++i) {
      const auto entry = ledger.Append("main", Draft(std::to_string(i)), {});
      ASSERT_TRUE(entry) << ToString(entry.error());
    }
  };
  std::thread one(write, "ann");
  std::thread other(write, "bob");
  one.join();
  other.join();
  const auto entries = SqlLedger(Connector(), "cy", clock_).Read("main", 0);
  ASSERT_TRUE(entries);
  const auto head = VerifyChain(*entries);
  ASSERT_TRUE(head) << ToString(head.error());
  EXPECT_EQ(head->seq, 2u * kEach);
  int next_of_ann = 0;
  int next_of_bob = 0;
  for (const auto& entry : *entries)
    EXPECT_EQ(entry.step, std::to_string(entry.actor == "ann" ? next_of_ann++ : next_of_bob++));
}

TEST_F(SqlLedgerTest, TwoMayPrepareAtOnce) {
  auto prepare = [&] {
    auto ledger = sqlite::OpenSqliteLedger(path_, "ann", SystemClock());
    const auto prepared = (*ledger)->Prepare();
    ASSERT_TRUE(prepared) << ToString(prepared.error());
    ASSERT_TRUE((*ledger)->Append("main", Draft("a"), {}));
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(prepare);
  for (auto& thread : threads) thread.join();
  SqlLedger ledger(Connector(), "cy", clock_);
  EXPECT_EQ(VerifyChain(*ledger.Read("main", 0))->seq, 4u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 3)
      << "the file, its log and the log's index; no temporary one";
}

TEST_F(SqlLedgerTest, AHeadThatDisagreesIsCorrupt) {
  auto ledger = OpenPrepared();
  ASSERT_TRUE(ledger->Append("main", Draft("a"), {}));
  ASSERT_TRUE(ledger->Append("main", Draft("b"), {}));
  ASSERT_TRUE(Sql("UPDATE interlock_ledger_heads SET seq = 1"));
  const auto entry = ledger->Append("main", Draft("c"), {});
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(entry.error().code, "IL-L11");
  EXPECT_EQ(ledger->Head("main").error().code, "IL-L11");
  ASSERT_TRUE(Sql("UPDATE interlock_ledger_heads SET seq = 2, hash = 'x'"));
  EXPECT_EQ(ledger->Append("main", Draft("c"), {}).error().code, "IL-L11");
  ASSERT_TRUE(Sql("DROP TABLE interlock_ledger_heads"));
  ASSERT_TRUE(ledger->Prepare());
  EXPECT_EQ(ledger->Append("main", Draft("c"), {}).error().code, "IL-L11");
  EXPECT_EQ(*ledger->Chains(), std::vector<std::string>{"main"});
  EXPECT_EQ(ledger->Read("main", 0)->size(), 2u);
}

TEST_F(SqlLedgerTest, ANewerLedgerIsRefused) {
  OpenPrepared();
  ASSERT_TRUE(Sql("UPDATE interlock_meta SET value = '2'"));
  SqlLedger ledger(Connector(), "ann", clock_);
  for (const auto& error :
       {ledger.Prepare().error(), ledger.Exists().error(), ledger.Read("main", 0).error(),
        ledger.Append("main", Draft("a"), {}).error()}) {
    EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
    EXPECT_EQ(error.code, "IL-L10");
  }
}

TEST_F(SqlLedgerTest, AnUnknownKindNamesItsEntry) {
  auto ledger = OpenPrepared();
  ASSERT_TRUE(ledger->Append("main", Draft("a"), {}));
  ASSERT_TRUE(Sql("DROP TRIGGER interlock_ledger_no_UPDATE"));
  ASSERT_TRUE(Sql("UPDATE interlock_ledger SET kind = 'step.dreamt'"));
  const auto entries = ledger->Read("main", 0);
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code, "IL-L05");
  EXPECT_EQ(entries.error().message.substr(0, 24), "entry 1 of chain 'main':");
}

TEST_F(SqlLedgerTest, RefusesTextsThatAServerCouldNotKeep) {
  auto ledger = OpenPrepared();
  auto draft = Draft("a\xff");
  EXPECT_EQ(ledger->Append("main", draft, {}).error().code, "IL-L16");
  draft = Draft("a");
  draft.release = std::string("r\0", 2);
  EXPECT_EQ(ledger->Append("main", draft, {}).error().kind, ErrorKind::kUsage);
}

TEST_F(SqlLedgerTest, KeepsTextsByTheirDigest) {
  auto ledger = OpenPrepared();
  const std::string text("table public.users\n\0\xff", 21);
  auto draft = Draft("a");
  for (const auto& kept : {text, text, std::string()}) {
    draft.kept_text = kept;
    ASSERT_TRUE(ledger->Append("main", draft, {}));
  }
  EXPECT_EQ(ledger->GetText(Sha256(text)), text);
  EXPECT_EQ(ledger->GetText(Sha256("")), "");
  EXPECT_EQ(ledger->GetText(Sha256("a")).error().code, "IL-L12");
  ASSERT_TRUE(Sql("DROP TRIGGER interlock_texts_no_UPDATE"));
  ASSERT_TRUE(Sql("UPDATE interlock_texts SET body = x'00' WHERE length(body) > 0"));
  const auto damaged = ledger->GetText(Sha256(text));
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace interlock
