// What a connection lost at any moment leaves behind: never a duplicate, never a fork.
#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/faulty_connection.h"
#include "ledger/sqlite_fixture.h"

namespace interlock {
namespace {

using ledger_test::Faults;
using ledger_test::FaultyConnection;
using ledger_test::SqliteLedgerTest;

class LostCommitTest : public SqliteLedgerTest {
 protected:
  LostCommitTest() {
    OpenPrepared();
    Claim("schema", 7);
    keep_open_ = Connector()();  // the last one to close a file folds its log in, which is slow
    EXPECT_TRUE((*keep_open_)->Execute("SELECT 1 FROM interlock_meta"));
  }

  /// One append under the faults, to a chain of its own; says whether all faults were met.
  bool Try(Faults faults) {
    const std::string chain = "chain " + std::to_string(++tries_);
    const size_t wanted = faults.before.size() + faults.after.size();
    SqlLedger sure(Connector(), "sure", clock_);
    if (tries_ % 2 == 0) {  // half of them on a chain that has begun
      EXPECT_TRUE(sure.Append(chain, Draft("begun"), {}));
    }
    SqlLedger ledger(FaultyConnection::Wrap(Connector(), faults), "ann", clock_);
    const auto entry = ledger.Append(chain, Draft("the step"), {{"schema", 7}});
    const bool all_met = static_cast<size_t>(faults.met) == wanted;

    const auto entries = sure.Read(chain, 0);
    EXPECT_TRUE(entries);
    const auto head = VerifyChain(*entries);
    EXPECT_TRUE(head) << ToString(head.error());
    EXPECT_EQ(sure.Head(chain)->seq, entries->size());
    const auto found = std::count_if(entries->begin(), entries->end(),
                                     [](const Entry& e) { return e.step == "the step"; });
    if (entry) {
      EXPECT_EQ(found, 1);
      EXPECT_EQ(entries->back(), *entry);
    } else if (entry.error().kind == ErrorKind::kInDoubt) {
      EXPECT_LE(found, 1);
      ++in_doubt_;
    } else {
      EXPECT_EQ(found, 0) << ToString(entry.error());
      EXPECT_TRUE(entry.error().kind == ErrorKind::kTransient ||
                  entry.error().kind == ErrorKind::kUnreachable)
          << ToString(entry.error());
    }
    succeeded_ += entry ? 1 : 0;
    // Whatever happened, the next one works, over a new connection if need be.
    faults.before.clear();
    faults.after.clear();
    EXPECT_TRUE(ledger.Append(chain, Draft("next"), {{"schema", 7}})) << chain;
    EXPECT_TRUE(VerifyChain(*sure.Read(chain, 0)));
    return all_met;
  }

  Result<std::unique_ptr<SqlConnection>> keep_open_;
  int tries_ = 0;
  int in_doubt_ = 0;
  int succeeded_ = 0;
};

TEST_F(LostCommitTest, OneFaultAtEveryCallIsSettled) {
  int call = 1;
  for (bool met = true; met; ++call) {
    met = Try({{call}, {}});
    met = Try({{}, {call}}) || met;
  }
  EXPECT_GT(call, 10);
  // Only the very first connection's failure is passed on; all else is settled.
  EXPECT_EQ(succeeded_, tries_ - 2);
  EXPECT_EQ(in_doubt_, 0);
}

TEST_F(LostCommitTest, EveryPairOfFaultsIsSafe) {
  bool first_met = true;
  for (int first = 2; first_met; ++first) {
    first_met = false;
    bool both_met = true;
    for (int second = first + 1; both_met; ++second) {
      both_met = Try({{first}, {second}});
      both_met = Try({{second}, {first}}) || both_met;
      both_met = Try({{first, second}, {}}) || both_met;
      both_met = Try({{}, {first, second}}) || both_met;
      first_met = first_met || both_met;
    }
  }
  EXPECT_GT(in_doubt_, 0);
  EXPECT_GT(succeeded_, 100);
}

TEST_F(LostCommitTest, AFenceThatMovedMeanwhileStopsTheSecondAttempt) {
  Faults count;
  SqlLedger counting(FaultyConnection::Wrap(Connector(), count), "ann", clock_);
  ASSERT_TRUE(counting.Append("count", Draft("a"), {{"schema", 7}}));
  const int commit = count.calls;
  for (const bool applied : {false, true}) {
    Claim("schema", 7);
    const std::string chain = applied ? "applied" : "not applied";
    Faults faults;
    (applied ? faults.after : faults.before).insert(commit);
    int connections = 0;
    const SqlConnector connect = [&]() -> Result<std::unique_ptr<SqlConnection>> {
      if (++connections == 2) Claim("schema", 8);
      return Connector()();
    };
    SqlLedger ledger(FaultyConnection::Wrap(connect, faults), "ann", clock_);
    const auto entry = ledger.Append(chain, Draft("a"), {{"schema", 7}});
    EXPECT_EQ(faults.met, 1);
    if (applied) {
      EXPECT_TRUE(entry) << "it was written while the claim was ours";
    } else {
      ASSERT_FALSE(entry);
      EXPECT_EQ(entry.error().kind, ErrorKind::kFenced);
    }
    SqlLedger sure(Connector(), "sure", clock_);
    EXPECT_EQ(sure.Read(chain, 0)->size(), applied ? 1u : 0u);
  }
}

TEST_F(LostCommitTest, AnotherWriterInBetweenIsNotTakenForUs) {
  Faults faults;
  {
    SqlLedger counting(FaultyConnection::Wrap(Connector(), faults), "ann", clock_);
    ASSERT_TRUE(counting.Append("count", Draft("a"), {}));
    faults.before = {faults.calls};
    faults.calls = 0;
  }
  int connections = 0;
  const SqlConnector connect = [&]() -> Result<std::unique_ptr<SqlConnection>> {
    if (++connections == 2) {
      SqlLedger other(Connector(), "bob", clock_);
      EXPECT_TRUE(other.Append("main", Draft("a"), {}));
    }
    return Connector()();
  };
  SqlLedger ledger(FaultyConnection::Wrap(connect, faults), "ann", clock_);
  const auto entry = ledger.Append("main", Draft("a"), {});
  ASSERT_TRUE(entry) << ToString(entry.error());
  EXPECT_EQ(faults.met, 1);
  EXPECT_EQ(entry->seq, 2u);
  EXPECT_EQ(VerifyChain(*ledger.Read("main", 0))->seq, 2u);
}

TEST_F(LostCommitTest, WhatMayBeRepeatedIsRepeated) {
  for (int call = 2; call < 12; ++call) {
    for (const bool after : {false, true}) {
      Faults faults;
      (after ? faults.after : faults.before).insert(call);
      SqlLedger ledger(FaultyConnection::Wrap(Connector(), faults), "ann", clock_);
      const std::string text = "text " + std::to_string(call * 2 + after);
      auto draft = Draft("keeps a text");
      draft.kept_text = text;
      EXPECT_TRUE(ledger.Append("texts", draft, {})) << call;
      EXPECT_EQ(ledger.GetText(Sha256(text)), text);
      EXPECT_TRUE(ledger.Prepare());
      EXPECT_TRUE(ledger.Head("main"));
      EXPECT_TRUE(ledger.Chains());
    }
  }
}

TEST_F(LostCommitTest, PrepareIsWholeAfterAnyFault) {
  for (int call = 1;; ++call) {
    path_ = folder_ + "/" + std::to_string(call) + ".db";
    ASSERT_TRUE(sqlite::SqliteConnection::CreateFile(path_));
    Faults faults{{}, {call}, 0, 0};
    SqlLedger ledger(FaultyConnection::Wrap(Connector(), faults), "ann", clock_);
    const auto prepared = ledger.Prepare();
    EXPECT_EQ(prepared.has_value(), call != 1);
    if (prepared) {
      EXPECT_EQ(ledger.MissingParts()->size(), 0u);
    } else {
      EXPECT_EQ(ledger.Exists(), false);
    }
    if (faults.met == 0) break;
  }
}

TEST_F(LostCommitTest, WithoutAWayToReconnectEveryCallSaysSo) {
  Faults faults{{5}, {}, 0, 0};
  auto connection = FaultyConnection::Wrap(Connector(), faults)();
  ASSERT_TRUE(connection);
  SqlLedger ledger(std::move(*connection), "ann", clock_);
  EXPECT_EQ(ledger.Append("main", Draft("a"), {}).error().kind, ErrorKind::kUnreachable);
  EXPECT_EQ(ledger.Read("main", 0).error().kind, ErrorKind::kUnreachable);
}

}  // namespace
}  // namespace interlock
