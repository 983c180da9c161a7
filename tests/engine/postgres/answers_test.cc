#include "engine/postgres/answers.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "engine/postgres/bulk_session.h"
#include "engine/postgres/catalog_parts.h"
#include "engine/postgres/census.h"
#include "engine/postgres/claims.h"
#include "engine/sql_ledger.h"

namespace interlock::postgres {
namespace {

/// Gives the same answer to every query.
class Parrot : public SqlConnection {
 public:
  explicit Parrot(std::vector<SqlValue> row) : row_(std::move(row)) {}
  std::string_view dialect() const override { return "postgresql"; }
  Result<SqlRows> Execute(const std::string&, const std::vector<SqlValue>&) override {
    if (row_.empty()) return SqlRows{};
    return SqlRows{{row_}, 0};
  }
  Result<void> Begin() override { return {}; }
  Result<void> Commit() override { return {}; }
  void Rollback() override {}

 private:
  std::vector<SqlValue> row_;
};

TEST(AnswersTest, AWholeNumberIsOneFromItsFirstToItsLastCharacter) {
  EXPECT_EQ(WholeNumber("-7").value(), -7);
  EXPECT_EQ(WholeNumber("9223372036854775807").value(), INT64_MAX);
  for (const char* text : {"", " 1", "1 ", "1x", "0x1", "1.0", "9223372036854775808", "NaN"}) {
    const auto number = WholeNumber(text);
    ASSERT_FALSE(number) << text;
    EXPECT_EQ(number.error().kind, ErrorKind::kUndecidable);
    EXPECT_EQ(number.error().code, "IL-E25");
  }
  EXPECT_FALSE(WholeNumber(std::nullopt));
  EXPECT_EQ(SmallNumber("2147483647").value(), INT32_MAX);
  EXPECT_FALSE(SmallNumber("2147483648"));
}

TEST(AnswersTest, AnAnswerWithoutARowIsNoAnswer) {
  EXPECT_FALSE(FirstRow(SqlRows{}));
  EXPECT_FALSE(FirstValue(SqlRows{{{}}, 0}));
  EXPECT_EQ(FirstValue(SqlRows{{{"t", "f"}}, 0}).value(), "t");
}

using Values = std::vector<SqlValue>;

TEST(AnswersTest, ARecordHasItsFields) {
  const auto fields = [](const char* text, std::size_t count) { return RecordFields(text, count); };
  EXPECT_EQ(fields("(16402,t,,)", 4).value(), (Values{"16402", "t", std::nullopt, std::nullopt}));
  EXPECT_EQ(fields(R"(("",a b,"a b"))", 3).value(), (Values{"", "a b", "a b"}));
  EXPECT_EQ(fields(R"(("x, ""y"" (z)\\"))", 1).value(), (Values{R"(x, "y" (z)\)"}));
  EXPECT_EQ(fields(R"((""""))", 1).value(), (Values{"\""}));
  EXPECT_EQ(fields("()", 1).value(), (Values{std::nullopt}));
  for (const char* text : {"", "(", "a,b", "(a,b", "(\"a)", "(a,b,c)", "(a)"})
    EXPECT_FALSE(fields(text, 2)) << text;
  EXPECT_FALSE(RecordFields(std::nullopt, 1));
}

TEST(AnswersTest, RowsOfManyQueriesReachTheirs) {
  std::string seen;
  const auto query = [&](const std::string& name) {
    return CatalogQuery{1, "SELECT 1", [&seen, name](const SqlRows& rows) -> Result<void> {
                          for (const auto& row : rows.rows) seen += name + row[0].value_or("-");
                          return {};
                        }};
  };
  Parrot second({"1", "(x)"});
  EXPECT_TRUE(RunQueries(second, {query("a"), query("b")}));
  EXPECT_EQ(seen, "bx");
  const std::vector<Values> wrong_rows = {
      {"2", "(x)"}, {"-1", "(x)"}, {"0"}, {"0", "(x,y)"}, {"0", std::nullopt}};
  for (const auto& row : wrong_rows) {
    Parrot wrong(row);
    EXPECT_FALSE(RunQueries(wrong, {query("a"), query("b")}));
  }
}

// What a query without a usable answer once became: an exception, or a zero that nobody counted.
TEST(AnswersTest, NobodyTakesNoiseForANumber) {
  for (const std::vector<SqlValue>& row :
       {std::vector<SqlValue>{}, std::vector<SqlValue>(24, "noise"),
        std::vector<SqlValue>(24, std::nullopt)}) {
    Parrot parrot(row);
    const bool any = !row.empty();
    EXPECT_EQ(ReadSessions(parrot, "primary").has_value(), !any);
    EXPECT_EQ(ReadBlockers(parrot, {"public", "users"}).has_value(), !any);
    EXPECT_FALSE(ReadIdentity(parrot));
    const auto backfill = ObserveBackfill(parrot, "0002-x/backfill/1-backfill");
    if (any && row[0]) {
      EXPECT_FALSE(backfill) << backfill->detail;
    }
  }
  Parrot noise(std::vector<SqlValue>(24, "t"));
  EXPECT_FALSE(PgClaims(noise).Holders()) << "a token that is none would fence nobody off";
}

TEST(AnswersTest, TheLedgerIsDamagedWhereItCannotBeRead) {
  for (const char* answer : {"1", "t"}) {
    SqlLedger ledger(std::make_unique<Parrot>(std::vector<SqlValue>(24, answer)), "ann",
                     SystemClock());
    for (const auto& error : {ledger.GetText(Digest(64, '0')).error(),
                              ledger.Read("main", 0).error(), ledger.Head("main").error()})
      EXPECT_EQ(error.kind, ErrorKind::kCorrupt) << ToString(error);
  }
}

TEST(AnswersTest, AttributeNumbersThatAreNone) {
  EXPECT_EQ(Numbers("1 3 -7").value(), (std::vector<int>{1, 3, -7}));
  EXPECT_EQ(Numbers(std::nullopt).value(), std::vector<int>{});
  EXPECT_FALSE(Numbers("1 3x"));
  EXPECT_FALSE(Numbers("99999999999"));
}

}  // namespace
}  // namespace interlock::postgres
