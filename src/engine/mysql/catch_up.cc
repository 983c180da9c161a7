#include "engine/mysql/catch_up.h"

#include <algorithm>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/quote.h"

namespace interlock::mysql {
namespace {

/// So often in a row another row was in the way of one: that one does not give its value up.
constexpr int kMostTries = 25;

/// The logged key as a person reads it.
Result<std::string> LoggedKey(const TaggedSql& send, const CopySql& sql, std::int64_t id) {
  std::vector<std::string> columns;
  for (const auto& column : sql.key.columns)
    columns.push_back("CAST(" + Quote(column) + " AS CHAR)");
  IL_ASSIGN(const SqlRows rows, send("SELECT " + Join(columns, ", ") + " FROM " + Quote(sql.log) +
                                     " WHERE " + std::string(kLogId) + " = " + std::to_string(id)));
  std::vector<std::string> values;
  if (!rows.rows.empty())
    for (const auto& value : rows.rows.front()) values.push_back(value.value_or("NULL"));
  return Join(values, ", ");
}

/// To the end of the log, so that others get their turn first.
Result<void> PutOff(const TaggedSql& send, const CopySql& sql, std::int64_t id) {
  std::vector<std::string> columns;
  for (const auto& column : sql.key.columns) columns.push_back(Quote(column));
  const std::string list = Join(columns, ", ");
  IL_RETURN_IF_ERROR(send("INSERT INTO " + Quote(sql.log) + " (" + list + ") SELECT " + list +
                          " FROM " + Quote(sql.log) + " WHERE " + std::string(kLogId) + " = " +
                          std::to_string(id)));
  IL_RETURN_IF_ERROR(send(sql.ForgetLogged({id})));
  return {};
}

Result<void> BringOver(const TaggedSql& send, const CopySql& sql, const LogIds& ids) {
  IL_RETURN_IF_ERROR(send(sql.DeleteLogged(ids)));
  LogIds new_ids = ids;
  if (const std::string missing = sql.MissingLogged(ids); !missing.empty()) {
    IL_ASSIGN(const SqlRows found, send(missing));
    new_ids.clear();
    for (const auto& row : found.rows) {
      IL_ASSIGN(const std::int64_t id, WholeNumber(row.at(0)));
      new_ids.push_back(id);
    }
    std::sort(new_ids.begin(), new_ids.end());
  }
  if (const std::string update = sql.UpdateLogged(ids); !update.empty())
    IL_RETURN_IF_ERROR(send.Attempt(update));
  if (new_ids.empty()) return {};
  IL_RETURN_IF_ERROR(send.Attempt(sql.InsertLogged(new_ids)));
  return {};
}

/// Entries at once; those around one whose row is in another one's way, in ever smaller parts.
class Settling {
 public:
  Settling(const TaggedSql& send, const CopySql& sql, CatchUpMemory* memory)
      : send_(send), sql_(sql), memory_(memory) {}

  /// How many entries are settled.
  Result<std::int64_t> Settle(const LogIds& ids) {
    std::string key;
    if (ids.size() == 1 && !memory_->blocked.empty()) {
      IL_ASSIGN(key, LoggedKey(send_, sql_, ids.front()));
    }
    const auto copied = BringOver(send_, sql_, ids);
    if (copied) {
      memory_->blocked.erase(key);
      IL_RETURN_IF_ERROR(send_(sql_.ForgetLogged(ids)));
      return static_cast<std::int64_t>(ids.size());
    }
    if (!IsOfRows(NumberOf(copied.error()))) return Fail(copied.error());
    if (ids.size() == 1) return Blocked(ids.front(), copied.error());
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    IL_ASSIGN(const std::int64_t first, Settle({ids.begin(), middle}));
    IL_ASSIGN(const std::int64_t second, Settle({middle, ids.end()}));
    return first + second;
  }

 private:
  Result<std::int64_t> Blocked(std::int64_t id, const Error& error) {
    IL_ASSIGN(const std::string key, LoggedKey(send_, sql_, id));
    const int tries = ++memory_->blocked[key];
    if (NumberOf(error) != kDuplicate || tries >= kMostTries)
      return Fail(ErrorKind::kVerification, "IL-E74",
                  "a row of " + ToString(sql_.table) + " does not fit its other shape",
                  "correct the row, then `interlock retry` the step; or take the release back",
                  {"(" + key + "): " + error.message});
    IL_RETURN_IF_ERROR(PutOff(send_, sql_, id));
    return 0;
  }

  const TaggedSql& send_;
  const CopySql& sql_;
  CatchUpMemory* memory_;
};

}  // namespace

Result<std::int64_t> CatchUpOnce(const TaggedSql& send, const CopySql& sql, std::int64_t most,
                                 CatchUpMemory* memory) {
  IL_ASSIGN(SqlRows taken, send(sql.TakeIds(memory->looked_at, most)));
  if (taken.rows.empty() && memory->looked_at > 0) {
    memory->looked_at = 0;
    IL_ASSIGN(taken, send(sql.TakeIds(0, most)));
  }
  if (taken.rows.empty()) return 0;
  LogIds ids;
  for (const auto& row : taken.rows) {
    IL_ASSIGN(memory->looked_at, WholeNumber(row.at(0)));
    ids.push_back(memory->looked_at);
  }
  IL_ASSIGN(const std::int64_t settled, Settling(send, sql, memory).Settle(ids));
  if (settled == static_cast<std::int64_t>(ids.size())) {
    memory->blocked.clear();
  } else {
    // What would make room may be among those that somebody held when it was their turn.
    memory->looked_at = 0;
  }
  return settled;
}

Result<std::optional<std::string>> LogPause(MySqlConnection& connection, const TableName& log,
                                            std::int64_t most) {
  if (most == 0) return std::optional<std::string>();
  const std::string id = kLogId;
  const std::string number = std::to_string(most);
  // Ids mostly follow one another, so they are seldom counted.
  const auto rows = connection.Execute(
      "SELECT 1 FROM (SELECT MAX(" + id + ") - MIN(" + id + ") AS span FROM " + Quote(log) +
          ") AS ends WHERE span >= " + number + " AND (SELECT 1 FROM " + Quote(log) + " ORDER BY " +
          id + " LIMIT " + number + ", 1) IS NOT NULL",
      {});
  if (!rows && NumberOf(rows.error()) == kNoSuchTable) return std::optional<std::string>();
  if (!rows) return Fail(rows.error());
  if (rows->rows.empty()) return std::optional<std::string>();
  return std::optional("more than max_log_backlog = " + number +
                       " changes made meanwhile are still to be brought over");
}

}  // namespace interlock::mysql
