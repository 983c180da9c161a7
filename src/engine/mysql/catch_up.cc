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
Result<std::string> LoggedKey(const TaggedSql& send, const CopySql& sql, const std::string& id) {
  std::vector<std::string> columns;
  for (const auto& column : sql.key.columns)
    columns.push_back("CAST(" + Quote(column) + " AS CHAR)");
  IL_ASSIGN(const SqlRows rows, send("SELECT " + Join(columns, ", ") + " FROM " + Quote(sql.log) +
                                     " WHERE " + std::string(kLogId) + " = " + id));
  std::vector<std::string> values;
  if (!rows.rows.empty())
    for (const auto& value : rows.rows.front()) values.push_back(value.value_or("NULL"));
  return Join(values, ", ");
}

/// To the end of the log, so that others get their turn first.
Result<void> PutOff(const TaggedSql& send, const CopySql& sql, const std::string& id) {
  std::vector<std::string> columns;
  for (const auto& column : sql.key.columns) columns.push_back(Quote(column));
  const std::string list = Join(columns, ", ");
  IL_RETURN_IF_ERROR(send("INSERT INTO " + Quote(sql.log) + " (" + list + ") SELECT " + list +
                          " FROM " + Quote(sql.log) + " WHERE " + std::string(kLogId) + " = " +
                          id));
  IL_RETURN_IF_ERROR(send(sql.ForgetLogged(id)));
  return {};
}

Result<void> BringOver(const TaggedSql& send, const CopySql& sql, const std::string& ids) {
  IL_RETURN_IF_ERROR(send(sql.DeleteLogged(ids)));
  if (const std::string update = sql.UpdateLogged(ids); !update.empty())
    IL_RETURN_IF_ERROR(send.Attempt(update));
  IL_RETURN_IF_ERROR(send.Attempt(sql.InsertLogged(ids)));
  return {};
}

class OneByOne {
 public:
  OneByOne(const TaggedSql& send, const CopySql& sql, CatchUpMemory* memory)
      : send_(send), sql_(sql), memory_(memory) {}

  /// Whether the entry is settled.
  Result<bool> Settle(const std::string& id) {
    std::string key;
    if (!memory_->blocked.empty()) {
      IL_ASSIGN(key, LoggedKey(send_, sql_, id));
    }
    const auto copied = BringOver(send_, sql_, id);
    if (copied) {
      memory_->blocked.erase(key);
      IL_RETURN_IF_ERROR(send_(sql_.ForgetLogged(id)));
      return true;
    }
    const int number = NumberOf(copied.error());
    if (!IsOfRows(number)) return Fail(copied.error());
    IL_ASSIGN(key, LoggedKey(send_, sql_, id));
    if (number != kDuplicate || ++memory_->blocked[key] >= kMostTries)
      return Fail(ErrorKind::kVerification, "IL-E74",
                  "a row of " + ToString(sql_.table) + " does not fit its other shape",
                  "correct the row, then run the same command again; or take the release back",
                  {"(" + key + "): " + copied.error().message});
    IL_RETURN_IF_ERROR(PutOff(send_, sql_, id));
    return false;
  }

 private:
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
  std::vector<std::string> ids;
  for (const auto& row : taken.rows) {
    IL_ASSIGN(memory->looked_at, WholeNumber(row.at(0)));
    ids.push_back(std::to_string(memory->looked_at));
  }
  const std::string all = Join(ids, ", ");
  const auto copied = BringOver(send, sql, all);
  if (copied) {
    IL_RETURN_IF_ERROR(send(sql.ForgetLogged(all)));
    return static_cast<std::int64_t>(ids.size());
  }
  if (!IsOfRows(NumberOf(copied.error()))) return Fail(copied.error());
  std::int64_t settled = 0;
  OneByOne one(send, sql, memory);
  for (const auto& id : ids) {
    IL_ASSIGN(const bool done, one.Settle(id));
    if (done) ++settled;
  }
  return settled;
}

}  // namespace interlock::mysql
