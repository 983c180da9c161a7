#include "engine/mysql/cut_over.h"

#include <algorithm>
#include <future>
#include <thread>

#include "engine/answers.h"
#include "engine/mysql/carried.h"
#include "engine/mysql/catch_up.h"
#include "engine/mysql/census.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/session_setting.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

constexpr std::int64_t kRound = 500;
constexpr std::int64_t kNearlyEmpty = 100;
constexpr int kMostRounds = 200;
constexpr const char* kUnlogged = "IL-E77";
/// What is carried over under the lock comes after the rows, for which there is a limit.
constexpr Duration kToCarry = std::chrono::seconds(10);
constexpr Duration kLookAgain = std::chrono::milliseconds(5);

using SteadyClock = std::chrono::steady_clock;

Statement DropTable(const TableName& name) {
  return {"DROP TABLE IF EXISTS " + Quote(name), Manner::kPlain};
}
Statement DropTrigger(const TableName& table, const std::string& name) {
  return {DropTriggerSql(table, name), Manner::kPlain};
}

/// The next AUTO_INCREMENT value as SHOW CREATE TABLE tells it; 0 where it tells none.
Result<std::int64_t> NextValue(MySqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const SqlRows rows, connection.Execute("SHOW CREATE TABLE " + Quote(table), {}));
  IL_ASSIGN(const auto row, FirstRow(rows));
  if (row.size() < 2 || !row[1]) return WrongShape("SHOW CREATE TABLE has too few columns");
  const auto tokens = Tokenize(*row[1]);
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i)
    if (tokens[i].Is("AUTO_INCREMENT") && tokens[i + 1].Is("="))
      return WholeNumber(tokens[i + 2].text);
  return 0;
}

/// A RENAME that another session sends, and that waits for ours.
class WaitingRename {
 public:
  /// Connects; nothing is sent yet.
  static Result<std::unique_ptr<WaitingRename>> Prepare(MySqlConnection& ours, std::string rename,
                                                        Duration patience) {
    const auto seconds =
        static_cast<int>(std::chrono::ceil<std::chrono::seconds>(patience).count()) + 1;
    constexpr int kForTheAnswer = 5;
    IL_ASSIGN(auto theirs,
              MySqlConnection::Open(ours.url(), {"interlock", false, seconds + kForTheAnswer}));
    IL_ASSIGN(const SqlRows rows, theirs->Execute("SELECT CONNECTION_ID()", {}));
    IL_ASSIGN(const SqlValue id, FirstValue(rows));
    IL_RETURN_IF_ERROR(
        theirs->Execute("SET SESSION lock_wait_timeout = " + std::to_string(seconds), {}));
    return std::unique_ptr<WaitingRename>(
        new WaitingRename(ours, std::move(theirs), id.value_or("0"), std::move(rename)));
  }
  ~WaitingRename() {
    if (answer_.valid()) GiveUp();
  }
  WaitingRename(const WaitingRename&) = delete;
  WaitingRename& operator=(const WaitingRename&) = delete;

  void Send() {
    answer_ = std::async(std::launch::async, [this]() -> Result<void> {
      IL_RETURN_IF_ERROR(theirs_->Execute(rename_, {}));
      return {};
    });
  }
  /// Whether it waits for the table by now; an error when it ended instead.
  Result<bool> Waits() {
    IL_ASSIGN(const SqlRows rows,
              ours_.Execute("SELECT 1 FROM " + ours_.process_list() +
                                " WHERE id = $1 AND state LIKE 'Waiting for table metadata lock%'",
                            {id_}));
    if (!rows.rows.empty()) return true;
    if (answer_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
    Result<void> done = Answer();
    if (!done) return Fail(done.error());
    return Fail(ErrorKind::kInDoubt, "IL-E75", "the RENAME ended before it should have begun");
  }
  Result<void> Answer() {
    if (answer_.valid()) result_ = answer_.get();
    return result_;
  }
  void GiveUp() {
    [[maybe_unused]] const auto ignored = ours_.Execute("KILL QUERY " + id_, {});
    [[maybe_unused]] const auto ended = Answer();
  }

 private:
  WaitingRename(MySqlConnection& ours, std::unique_ptr<MySqlConnection> theirs, std::string id,
                std::string rename)
      : ours_(ours), theirs_(std::move(theirs)), id_(std::move(id)), rename_(std::move(rename)) {}
  MySqlConnection& ours_;
  std::unique_ptr<MySqlConnection> theirs_;
  std::string id_;
  std::string rename_;
  std::future<Result<void>> answer_;
  Result<void> result_;
};

/// Behind a transaction that has been open for a while everyone else would queue up as well.
Result<void> RequireShortTransactions(MySqlConnection& connection, const TableName& table) {
  constexpr Duration kLong = std::chrono::seconds(1);
  const auto blockers = ReadBlockers(connection, table);
  // Who may not see them finds out by the lock.
  if (!blockers || blockers->empty() || blockers->front().age < kLong) return {};
  return Fail(ErrorKind::kTransient, kLocked,
              "session " + std::to_string(blockers->front().session) +
                  " has had a transaction open on " + ToString(table) + " for a while");
}

/// Brings over what is logged, so that little is left for the time of the lock.
Result<void> NearlyEmpty(const TaggedSql& send, const CopySql& sql) {
  CatchUpMemory memory;
  for (int round = 0; round < kMostRounds; ++round) {
    IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(send.connection()));
    IL_ASSIGN(const std::int64_t settled, CatchUpOnce(send, sql, kRound, &memory));
    IL_RETURN_IF_ERROR(transaction.Commit());
    if (settled < kNearlyEmpty) return {};
  }
  return Fail(ErrorKind::kTransient, "IL-E75",
              "more is written to " + ToString(sql.table) + " than is brought over");
}

/// One attempt at the swap, from the lock to the answer.
class Swap {
 public:
  Swap(MySqlConnection& connection, const Rebuild& rebuild, const TableName& aside,
       const CopySql& sql, const Carried& carried, const StatementTag& tag, Duration limit,
       Sender& sender, bool numbers)
      : connection_(connection),
        rebuild_(rebuild),
        aside_(aside),
        sql_(sql),
        carried_(carried),
        tag_(tag),
        limit_(limit),
        sender_(sender),
        numbers_(numbers) {}

  Result<void> Run() {
    const bool by_another = connection_.version().flavor == Flavor::kMariaDb;
    std::vector<TableName> locked{rebuild_.table, aside_, sql_.log};
    // Whoever changes a foreign key changes what its parent knows.
    for (auto& parent : carried_.Parents()) locked.push_back(std::move(parent));
    if (by_another) {
      // In the RENAME's way until the log is empty.
      IL_RETURN_IF_ERROR(Plain("CREATE TABLE " + Quote(rebuild_.from.replaced) +
                               " (id INT PRIMARY KEY) ENGINE=InnoDB"));
      locked.push_back(rebuild_.from.replaced);
      IL_ASSIGN(waiting_,
                WaitingRename::Prepare(connection_, ToComment(tag_) + " " + RenameSql(),
                                       limit_ + (carried_.empty() ? Duration(0) : kToCarry)));
    }
    // Should this process stand still, the server ends its session, and with it the lock.
    IL_ASSIGN(const auto silence, SessionSetting::MostSilence(connection_, limit_));
    IL_RETURN_IF_ERROR(Plain(LockSql(locked)));
    const auto since = SteadyClock::now();
    auto done = by_another ? LetAnother(since) : Ourselves(since);
    // After a lost connection the server has unlocked them itself.
    const auto unlocked = Plain("UNLOCK TABLES");
    if (waiting_) {
      // It has the table now; or it never will, and nothing was swapped.
      if (done) done = waiting_->Answer();
      waiting_.reset();
    }
    if (!done) return done;
    return unlocked;
  }

 private:
  Result<void> Plain(const std::string& sql) { return sender_.Send({sql, Manner::kPlain}); }
  std::string RenameSql() const {
    return "RENAME TABLE " + Quote(rebuild_.table) + " TO " + Quote(rebuild_.from.replaced) + ", " +
           Quote(aside_) + " TO " + Quote(rebuild_.table);
  }

  Result<void> Ourselves(SteadyClock::time_point since) {
    IL_RETURN_IF_ERROR(Empty(since));
    IL_RETURN_IF_ERROR(Carry());
    return Plain(RenameSql());
  }

  Result<void> Carry() {
    IL_ASSIGN(const Carried now, ReadCarried(connection_, rebuild_.table, rebuild_.from));
    if (now != carried_)
      return Fail(ErrorKind::kTransient, "IL-E75",
                  "somebody changed the triggers of " + ToString(rebuild_.table) + " meanwhile");
    return MoveCarried(connection_, rebuild_, aside_, carried_, sender_);
  }

  Result<void> LetAnother(SteadyClock::time_point since) {
    waiting_->Send();
    while (true) {
      auto waits = waiting_->Waits();
      if (waits && *waits) break;
      auto in_time = waits ? RequireTime(since) : Result<void>(Fail(waits.error()));
      if (!in_time) return GiveUp(std::move(in_time));
      std::this_thread::sleep_for(kLookAgain);
    }
    auto emptied = Empty(since);
    if (!emptied) return GiveUp(std::move(emptied));
    // Its locks are in the order of the names: the table's is the first that it waits for.
    auto waits = waiting_->Waits();
    if (!waits || !*waits)
      return GiveUp(waits ? Fail(ErrorKind::kTransient, "IL-E75", "the RENAME waits no more")
                          : Fail(waits.error()));
    auto carried = Carry();
    if (!carried) return GiveUp(std::move(carried));
    return Plain("DROP TABLE " + Quote(rebuild_.from.replaced));
  }
  Result<void> GiveUp(Result<void> why) {
    waiting_->GiveUp();
    return why;
  }

  Result<void> RequireTime(SteadyClock::time_point since) const {
    if (SteadyClock::now() - since < limit_) return {};
    return Fail(ErrorKind::kTransient, "IL-E75",
                "the swap of " + ToString(rebuild_.table) + " took longer than its lock may");
  }

  /// What was looked at before the lock may have been changed since.
  Result<void> RequireSame() {
    IL_ASSIGN(const Standing standing, Look(connection_, rebuild_));
    if (standing.live == Standing::Live::kFrom && standing.Ready()) return {};
    return Fail(ErrorKind::kTransient, "IL-E75",
                "somebody changed " + ToString(rebuild_.table) + " meanwhile: " + standing.detail);
  }

  /// TRUNCATE and what is done to partitions fire no trigger.  The first and the last row of either
  /// table are in the other one too, or something went without a word.
  Result<void> RequireSameEnds(const TaggedSql& send) {
    for (const auto& query : sql_.EndsWithoutTwin()) {
      IL_ASSIGN(const SqlRows rows, send(query));
      IL_ASSIGN(const SqlValue number, FirstValue(rows));
      if (number != "0")
        return Fail(ErrorKind::kTransient, kUnlogged,
                    "rows of " + ToString(rebuild_.table) +
                        " came or went without a trigger (TRUNCATE, partitions): they are compared "
                        "again");
    }
    return {};
  }

  /// Nobody writes now: whatever is logged is brought over, and the next value too.
  Result<void> Empty(SteadyClock::time_point since) {
    const TaggedSql send(connection_, ToComment(tag_) + " ");
    CatchUpMemory memory;
    IL_RETURN_IF_ERROR(RequireSame());
    while (true) {
      IL_RETURN_IF_ERROR(RequireTime(since));
      IL_ASSIGN(const std::int64_t settled, CatchUpOnce(send, sql_, kRound, &memory));
      if (settled > 0) continue;
      IL_ASSIGN(const SqlRows left, send("SELECT COUNT(*) FROM " + Quote(sql_.log)));
      IL_ASSIGN(const SqlValue number, FirstValue(left));
      if (number == "0") break;
    }
    IL_RETURN_IF_ERROR(RequireSameEnds(send));
    IL_ASSIGN(const std::int64_t next, NextValue(connection_, rebuild_.table));
    IL_ASSIGN(const std::int64_t theirs, NextValue(connection_, aside_));
    if (next <= theirs || !numbers_) return {};
    return Plain("ALTER TABLE " + Quote(aside_) + " AUTO_INCREMENT = " + std::to_string(next));
  }

  MySqlConnection& connection_;
  const Rebuild& rebuild_;
  const TableName& aside_;
  const CopySql& sql_;
  const Carried& carried_;
  const StatementTag& tag_;
  const Duration limit_;
  Sender& sender_;
  const bool numbers_;  ///< the table to come has an AUTO_INCREMENT column
  std::unique_ptr<WaitingRename> waiting_;
};

}  // namespace

Result<void> SwapIn(MySqlConnection& connection, const Rebuild& rebuild, const Standing& standing,
                    const StatementTag& tag, Duration lock_timeout, Sender& sender) {
  const bool replaced = standing.aside == Standing::Aside::kReplaced;
  const TableName& aside = replaced ? rebuild.to.replaced : rebuild.to.fresh;
  IL_ASSIGN(const CopySql sql,
            MakeCopySql(rebuild, rebuild.from, *standing.table, aside, *standing.beside, replaced));
  const auto back =
      FindSharedKey(*standing.beside, *standing.table, RenamedFrom(rebuild, rebuild.to));
  if (!back) return Fail(ErrorKind::kInternal, "IL-E99", "the key is shared one way alone");
  // What an attempt before this one left is made anew: nobody writes to this table but us.
  for (const auto& trigger : rebuild.to.triggers)
    if (standing.IsThere(trigger)) IL_RETURN_IF_ERROR(sender.Send(DropTrigger(aside, trigger)));
  for (const auto* spare :
       {&rebuild.to.log, &rebuild.to.kept, &rebuild.from.kept, &rebuild.from.replaced})
    if (standing.IsThere(*spare)) IL_RETURN_IF_ERROR(sender.Send(DropTable(*spare)));
  IL_RETURN_IF_ERROR(KeepKeysOf(*standing.table, aside, *standing.beside, sender));
  const TaggedSql send(connection, ToComment(tag) + " ");
  IL_RETURN_IF_ERROR(NearlyEmpty(send, sql));
  IL_RETURN_IF_ERROR(
      sender.Send({CreateLogSql(rebuild.to, *standing.beside, *back), Manner::kPlain}));
  for (const auto& create : CreateTriggersSql(rebuild.to, aside, *back, {}))
    IL_RETURN_IF_ERROR(sender.Send({create, Manner::kPlain}));
  IL_ASSIGN(const Carried carried, ReadCarried(connection, rebuild.table, rebuild.from));
  if (!carried.empty()) IL_RETURN_IF_ERROR(KeepCarried(rebuild.from, carried, sender));
  IL_RETURN_IF_ERROR(RequireShortTransactions(connection, rebuild.table));
  for (const auto& parent : carried.Parents())
    IL_RETURN_IF_ERROR(RequireShortTransactions(connection, parent));
  const auto& columns = standing.beside->table.columns;
  const bool numbers = std::any_of(columns.begin(), columns.end(), [](const Column& column) {
    return column.identity == "auto_increment";
  });
  auto swapped =
      Swap(connection, rebuild, aside, sql, carried, tag, lock_timeout, sender, numbers).Run();
  if (!swapped && swapped.error().code == kUnlogged) {
    // Whatever differs is logged, and brought over by the next attempt.
    IL_RETURN_IF_ERROR(send(sql.NoteExtra()));
    IL_RETURN_IF_ERROR(send(sql.NoteDiffering(Quote(rebuild.table) + " AS t", "TRUE")));
  }
  if (!swapped && !carried.empty()) {
    // Parts may have been moved, or all of them and the RENAME failed.
    const auto left = Look(connection, rebuild);
    const auto mended =
        left && left->halted ? MendHalted(connection, rebuild, *left, sender) : Result<void>();
    if (!mended) {
      Error error = std::move(swapped).error();
      error.details.push_back("and nobody can write to the table until the next attempt: " +
                              mended.error().message);
      return Fail(std::move(error));
    }
  }
  if (!swapped) return swapped;
  IL_ASSIGN(const Standing after, Look(connection, rebuild));
  return Tidy(rebuild, after, sender);
}

Result<void> Tidy(const Rebuild& rebuild, const Standing& standing, Sender& sender) {
  const RebuildSide& other = standing.live == Standing::Live::kFrom ? rebuild.to : rebuild.from;
  const RebuildSide& live = standing.live == Standing::Live::kFrom ? rebuild.from : rebuild.to;
  for (const auto* names : {&other.halts, &other.triggers})
    for (const auto& trigger : *names)
      if (standing.IsThere(trigger))
        IL_RETURN_IF_ERROR(sender.Send(DropTrigger(rebuild.table, trigger)));
  for (const auto* spare : {&other.log, &other.kept, &live.kept, &live.fresh, &live.replaced})
    if (standing.IsThere(*spare)) IL_RETURN_IF_ERROR(sender.Send(DropTable(*spare)));
  return {};
}

}  // namespace interlock::mysql
