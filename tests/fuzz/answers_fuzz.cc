// A server that answers anything at all: every query of the PostgreSQL dialect and of the ledger
// reads its rows from the input.
#include <array>
#include <memory>

#include "engine/postgres/bulk_session.h"
#include "engine/postgres/catalog_parts.h"
#include "engine/postgres/catalog_reader.h"
#include "engine/postgres/census.h"
#include "engine/postgres/claims.h"
#include "engine/postgres/column_types.h"
#include "engine/postgres/observe.h"
#include "engine/postgres/prove.h"
#include "engine/postgres/render.h"
#include "engine/postgres/sync_trigger.h"
#include "engine/postgres/table_key.h"
#include "fuzz/tape.h"

namespace interlock::fuzz {
namespace {

/// Values that lead further than noise does.
constexpr std::array<std::string_view, 32> kWords = {
    "t",         "f",          "0",      "1",          "3",         "public",
    "Users",     "id",         "name",   "first_name", "text",      "int8",
    "16402.3 2", "16402",      "150020", "1 2 3",      "CHECK",     "btree",
    "lower(x)",  "note <> ''", "last",   "head",       "streaming", "p",
    "r",         "c",          "main",   "-1",         "A",         "interlock_q_1_name",
    "absent",    "7b7d"};

/// How many each query of a reading has, and one too many: a query that there is not.
std::vector<std::size_t> ColumnsOfTheCatalog() {
  postgres::RawTables tables;
  std::vector<OtherObject> others;
  std::vector<std::size_t> columns;
  for (const auto& query : postgres::TableQueries(tables)) columns.push_back(query.columns);
  for (const auto& query : postgres::OtherQueries(150020, tables, others))
    columns.push_back(query.columns);
  columns.push_back(1);
  return columns;
}

class Server : public SqlConnection {
 public:
  explicit Server(Tape& tape) : tape_(tape) {}
  std::string_view dialect() const override { return "postgresql"; }
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>&) override {
    if (tape_.over()) return Fail(ErrorKind::kUnreachable, "IL-E03", "the connection was lost");
    if (sql.starts_with("SET ") && sql.find("SELECT") == std::string::npos) return SqlRows{};
    const unsigned decision = tape_.Next();
    if (decision == 255)
      return Fail(ErrorKind::kFailed, "IL-E40", "refused", "", {"sqlstate XX000"});
    SqlRows out;
    out.affected = decision % 3;
    const bool of_many = sql.find("interlock_row::text") != std::string::npos;
    for (unsigned i = 0; i < decision % 5; ++i)
      out.rows.push_back(of_many ? RowOfMany() : tape_.Row(kWords));
    return out;
  }
  Result<void> Begin() override { return {}; }
  Result<void> Commit() override { return {}; }
  void Rollback() override {}

 private:
  /// A row of several queries sent as one: the number of its query, and its values as a record.
  std::vector<SqlValue> RowOfMany() {
    static const std::vector<std::size_t> columns = ColumnsOfTheCatalog();
    const unsigned choice = tape_.Next();
    if (choice > 250) return {std::to_string(choice - 251), tape_.Take(choice % 40)};
    const std::size_t number = choice % columns.size();
    std::vector<SqlValue> row = tape_.Row(kWords);
    row.resize(columns[number]);
    std::string text;
    for (const auto& value : row) {
      text += text.empty() ? "(" : ",";
      if (!value) continue;
      text += '"';
      for (const char c : *value) text.append(c == '"' || c == '\\' ? 2 : 1, c);
      text += '"';
    }
    return {std::to_string(number), text + ")"};
  }

  Tape& tape_;
};

void ReadSmall(Server& server, unsigned which) {
  NoTime clock;
  postgres::PgClaims claims(server);
  if (which == 0) Judge(postgres::ReadSessions(server, "primary"));
  if (which == 1) Judge(postgres::ReadBlockers(server, kSampleTable));
  if (which == 2) Judge(postgres::ReadReplicas(server));
  if (which == 3) Judge(postgres::ReadIdentity(server));
  if (which == 4) Judge(claims.Holders());
  if (which == 5) Judge(postgres::ReadColumnTypes(server, kSampleTable, {SampleSync()}, {}));
  if (which == 6) Judge(postgres::ObserveBackfill(server, "0002-x/backfill/1-backfill"));
  if (which == 7) Judge(postgres::OldShapeWrites(server, kSampleTable));
  if (which == 8) Judge(postgres::ProveExpressions(server, SampleSync()));
  if (which == 9) Judge(CheckClaims(claims, {{"table x", 7}}));
  if (which == 10) Judge(TakeClaim(claims, {"table x", "r", "a", "h", 1}, clock));
  if (which == 11) Judge(BreakClaim(claims, "table x", clock));
  if (which != 12) return;
  const auto key = postgres::ChooseKey(server, kSampleTable);
  Judge(key);
  std::vector<SqlValue> values;
  if (key) Judge(key->Condition({Key{"1"}, Key{"2"}}, &values));
}

}  // namespace
}  // namespace interlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlock;
  using namespace interlock::fuzz;
  const Input input(data, size);
  Tape tape(input.text);
  Server server(tape);
  if (input.which == 'c') Judge(postgres::ReadCatalog(server, {"public.*"}, {"public.tmp_*"}));
  if (input.which == 'l') ReadLedger(std::make_unique<Server>(tape));
  if (input.which == 's') ReadSmall(server, tape.Next() % 13);
  if (input.which == 'o') {
    const unsigned number = tape.Next();
    Judge(postgres::ObserveStep(server, StepOf(number), Context()));
  }
  if (input.which == 'r') {
    const unsigned number = tape.Next();
    Judge(postgres::RenderStep(server, StepOf(number), Context()));
  }
  return 0;
}
