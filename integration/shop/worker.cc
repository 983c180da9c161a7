#include "shop/worker.h"

#include <algorithm>
#include <thread>

namespace shop {
namespace {

constexpr size_t kMostRows = 1000;
constexpr size_t kMostWhenAdopting = 500;  // the rest is left for rows of its own
constexpr size_t kMostDeleted = 50;

std::string EmailPrefix(const WorkerOptions& options) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return options.instance + "." + std::to_string(options.thread) + "." + std::to_string(ms) + ".";
}

void Append(const std::vector<std::string>& more, std::vector<std::string>* parameters) {
  parameters->insert(parameters->end(), more.begin(), more.end());
}

}  // namespace

int64_t SlotOf(const std::string& instance) {
  const size_t digits = instance.find_last_not_of("0123456789") + 1;
  if (digits < instance.size() && instance.size() - digits < 10) {
    return std::stoll(instance.substr(digits)) % kSlots;
  }
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char c : instance) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return static_cast<int64_t>(hash % kSlots);
}

Statement HoldSlot(Dialect dialect) {
  if (dialect == Dialect::kPostgreSql)
    return {"SELECT 1 AS held, $2::int FROM pg_advisory_lock_shared(1397247824, $1::int)"};
  return {"SELECT GET_LOCK(CONCAT('shop ', $1, ' ', $2), 15) AS held"};
}

Statement AskForSlot(Dialect dialect) {
  if (dialect == Dialect::kPostgreSql)
    return {"SELECT pg_try_advisory_lock(1397247824, $1::int)::int AS free"};
  std::string all = "TRUE";
  for (int thread = 0; thread < kMostThreads; ++thread)
    all += " AND IS_FREE_LOCK(CONCAT('shop ', $1, ' " + std::to_string(thread) + "'))";
  return {"SELECT " + all + " AS free"};
}

Worker::Worker(WorkerOptions options, const AppVersion& version, Stats* stats)
    : options_(std::move(options)),
      version_(version),
      stats_(stats),
      connection_(MakeConnection(options_.url, options_.application_name)),
      random_(std::random_device()()),
      email_prefix_(EmailPrefix(options_)) {}

std::optional<std::string> Worker::Open() {
  if (auto error = connection_->Open()) return error;
  const Reply lock = connection_->Execute(
      HoldSlot(DialectOf(options_.url)),
      {std::to_string(SlotOf(options_.instance)), std::to_string(options_.thread)});
  if (!lock.Ok()) return lock.Message();
  if (lock.GetInteger(0, "held") == 1) return std::nullopt;
  connection_->Close();
  return "another session holds the lock of " + options_.instance;
}

std::optional<std::string> Worker::Start() {
  if (auto error = Open()) return error;
  const Reply range =
      connection_->Execute({"SELECT min(id) AS low, max(id) AS high FROM users"}, {});
  if (!range.Ok()) return range.Message();
  first_id_ = range.GetInteger(0, "low");
  last_id_ = range.GetInteger(0, "high");
  return AdoptOwn();
}

// Rows of the same instance's former runs: those that the old version wrote, the new one reads.
std::optional<std::string> Worker::AdoptOwn() {
  const std::string prefix = options_.instance + "." + std::to_string(options_.thread) + ".";
  std::string end = prefix;
  ++end.back();
  const Reply found = connection_->Execute(version_.own, {prefix, end});
  if (!found.Ok()) return found.Message();
  for (int row = 0; row < found.Rows(); ++row) {
    std::optional<std::string> complaint;
    const User user = version_.ReadUser(found, row, &complaint);
    if (complaint) stats_->WrongAnswer("first read of " + user.email + ": " + *complaint);
    if (user.email.starts_with(prefix)) Adopt(user);
  }
  return std::nullopt;
}

void Worker::Adopt(const User& user) {
  Row row;
  row.email = user.email;
  row.name = user.name;
  row.note = user.note;
  row.write = WriteOfNote(user.note);
  const size_t seen = user.note.find("seen=");
  if (seen != user.note.npos) row.seen = std::strtoull(&user.note[seen + 5], nullptr, 10);
  rows_.emplace(user.id, row);
}

void Worker::Run(const std::atomic<bool>& stop) {
  constexpr auto kSlice = std::chrono::milliseconds(100);
  while (!stop) {
    if (connection_->Lost()) {
      if (Open()) std::this_thread::sleep_for(kSlice);
      continue;
    }
    Request();
    for (auto left = options_.think; left.count() > 0 && !stop; left -= kSlice) {
      std::this_thread::sleep_for(std::min(left, kSlice));
    }
  }
}

void Worker::Request() {
  struct Kind {
    uint64_t weight;
    void (Worker::*run)();
  };
  static constexpr Kind kKinds[] = {
      {30, &Worker::ReadKnown}, {18, &Worker::ReadAny}, {18, &Worker::Rename},
      {8, &Worker::Touch},      {8, &Worker::Insert},   {3, &Worker::InsertMany},
      {7, &Worker::Upsert},     {4, &Worker::Delete},   {2, &Worker::ReadDeleted},
      {2, &Worker::Order},
  };
  uint64_t number = Random(100);
  for (const Kind& kind : kKinds) {
    if (number < kind.weight) return (this->*kind.run)();
    number -= kind.weight;
  }
}

Reply Worker::Ask(const Statement& statement, const std::vector<std::string>& parameters) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const uint64_t reprepared = connection_->Reprepared();
  Reply reply = connection_->Execute(statement, parameters);
  stats_->Request(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin),
                  connection_->Reprepared() - reprepared);
  if (!reply.Ok()) stats_->Failure(reply.Message() + " [" + statement.sql + "]");
  return reply;
}

void Worker::Check(const char* request, const Reply& reply, int row, int64_t id,
                   const Row& expected) {
  const std::string what = std::string(request) + " of user " + std::to_string(id) + ": ";
  if (row >= reply.Rows()) return stats_->WrongAnswer(what + "no row");
  std::optional<std::string> complaint;
  const User user = version_.ReadUser(reply, row, &complaint);
  if (complaint) {
    stats_->WrongAnswer(what + *complaint);
  } else if (user.name != expected.name || user.note != expected.note ||
             user.email != expected.email) {
    stats_->WrongAnswer(what + "'" + user.name.Full() + "', note '" + user.note + "' instead of '" +
                        expected.name.Full() + "', note '" + expected.note + "'");
  }
}

Worker::Row Worker::NewRow() {
  Row row;
  row.email = email_prefix_ + std::to_string(++inserted_) + "@shop.test";
  row.write = 1;
  row.name = MakeName(row.write, row.email);
  row.note = MakeNote(row.write);
  return row;
}

Worker::Row Worker::NextWrite(const Row& row) const {
  Row next = row;
  ++next.write;
  next.name = MakeName(next.write, next.email);
  next.note = MakeNote(next.write, next.seen);
  return next;
}

// REQUIRES: rows_ isn't empty.
Worker::Rows::iterator Worker::PickKnown() {
  const int64_t low = rows_.begin()->first;
  const int64_t high = rows_.rbegin()->first;
  // Half of the picks among all ids evenly, half by rank: loaded rows lie far from inserted ones.
  if (Random(2) == 0) {
    return rows_.lower_bound(low + static_cast<int64_t>(Random(high - low + 1)));
  }
  return std::next(rows_.begin(), static_cast<long>(Random(rows_.size())));
}

std::optional<Worker::Rows::iterator> Worker::PickOwn() {
  for (int attempt = 0; attempt < 10 && !rows_.empty(); ++attempt) {
    const Rows::iterator row = PickKnown();
    if (!IsSeedEmail(row->second.email)) return row;
  }
  return std::nullopt;
}

void Worker::ReadKnown() {
  if (rows_.empty()) return ReadAny();
  const Rows::iterator row = PickKnown();
  const Reply reply = Ask(version_.read, {std::to_string(row->first)});
  if (reply.Ok()) Check("read", reply, 0, row->first, row->second);
}

// Any row must fit its note, whoever wrote it.  A loaded one that falls to this worker and that
// it hasn't seen yet is its own from now on.
void Worker::ReadAny() {
  const int64_t share = kSlots * options_.threads;
  int64_t id = first_id_ + static_cast<int64_t>(Random(last_id_ - first_id_ + 1));
  if (Random(2) == 0) id += SlotOf(options_.instance) + kSlots * options_.thread - id % share;
  const Reply reply = Ask(version_.read, {std::to_string(id)});
  if (!reply.Ok()) return;
  if (const auto known = rows_.find(id); known != rows_.end()) {
    return Check("read", reply, 0, id, known->second);
  }
  if (reply.Rows() == 0) return;
  std::optional<std::string> complaint;
  const User user = version_.ReadUser(reply, 0, &complaint);
  if (complaint) stats_->WrongAnswer("read of user " + std::to_string(id) + ": " + *complaint);
  const bool mine =
      id % kSlots == SlotOf(options_.instance) && id / kSlots % options_.threads == options_.thread;
  if (mine && IsSeedEmail(user.email) && IsShopEmail(user.email) &&
      rows_.size() < kMostWhenAdopting) {
    Adopt(user);
  }
}

void Worker::ReadDeleted() {
  if (deleted_.empty()) return ReadAny();
  const int64_t id = deleted_[Random(deleted_.size())].first;
  const Reply reply = Ask(version_.read, {std::to_string(id)});
  if (reply.Ok() && reply.Rows() != 0) {
    stats_->WrongAnswer("user " + std::to_string(id) + " was deleted and is there");
  }
}

void Worker::Insert() {
  if (rows_.size() >= kMostRows) return Delete();
  const Row row = NewRow();
  std::vector<std::string> parameters = {row.email, row.note};
  Append(version_.NameParameters(row.name), &parameters);
  const Reply reply = Ask(version_.insert, parameters);
  if (!reply.Ok()) return;
  const int64_t id = reply.Rows() == 0 ? 0 : reply.GetInteger(0, "id");
  Check("insert", reply, 0, id, row);
  rows_.emplace(id, row);
}

void Worker::InsertMany() {
  if (rows_.size() >= kMostRows) return Delete();
  std::vector<Row> rows;
  std::vector<std::string> parameters;
  for (int i = 0; i < kInsertMany; ++i) {
    rows.push_back(NewRow());
    Append({rows.back().email, rows.back().note}, &parameters);
    Append(version_.NameParameters(rows.back().name), &parameters);
  }
  const Reply reply = Ask(version_.insert_many, parameters);
  if (!reply.Ok()) return;
  for (int i = 0; i < kInsertMany; ++i) {
    const int64_t id = i < reply.Rows() ? reply.GetInteger(i, "id") : 0;
    Check("insert of many", reply, i, id, rows[i]);
    rows_.emplace(id, rows[i]);
  }
}

void Worker::Rename() {
  if (rows_.empty()) return ReadAny();
  const Rows::iterator row = PickKnown();
  const int64_t id = row->first;
  const Row next = NextWrite(row->second);
  std::vector<std::string> parameters = {std::to_string(id), next.note};
  Append(version_.NameParameters(next.name), &parameters);
  const Reply reply = Ask(version_.rename, parameters);
  rows_.erase(row);  // when it failed, who knows: read it anew
  if (!reply.Ok()) return;
  Check("update", reply, 0, id, next);
  rows_.emplace(id, next);
}

void Worker::Touch() {
  if (rows_.empty()) return ReadAny();
  const Rows::iterator row = PickKnown();
  Row next = row->second;
  next.note = MakeNote(next.write, ++next.seen);
  const Reply reply = Ask(version_.touch, {std::to_string(row->first), next.note});
  if (!reply.Ok()) {
    rows_.erase(row);
    return;
  }
  if (reply.affected != 1)
    stats_->WrongAnswer("touch: user " + std::to_string(row->first) + " gone");
  row->second = next;
}

// Over a row that is there, or one deleted before.
void Worker::Upsert() {
  int64_t id = 0;
  Row next;
  if (!deleted_.empty() && Random(2) == 0) {
    id = deleted_.front().first;
    next = NextWrite(deleted_.front().second);
    deleted_.pop_front();
  } else if (const auto own = PickOwn()) {
    id = (*own)->first;
    next = NextWrite((*own)->second);
    rows_.erase(*own);
  } else {
    return Insert();
  }
  std::vector<std::string> parameters = {std::to_string(id), next.email, next.note};
  Append(version_.NameParameters(next.name), &parameters);
  const Reply reply = Ask(version_.upsert, parameters);
  if (!reply.Ok()) return;
  Check("upsert", reply, 0, id, next);
  rows_.emplace(id, next);
}

void Worker::Delete() {
  const auto own = PickOwn();
  if (!own) return ReadAny();
  const auto [id, row] = **own;
  rows_.erase(*own);
  const Reply reply = Ask(version_.remove, {std::to_string(id)});
  if (!reply.Ok()) return;
  if (reply.affected != 1) stats_->WrongAnswer("delete: user " + std::to_string(id) + " gone");
  if (deleted_.size() < kMostDeleted) deleted_.emplace_back(id, row);
}

void Worker::Order() {
  if (rows_.empty()) return ReadAny();
  const Rows::iterator row = PickKnown();
  if (!IsSeedEmail(row->second.email)) return ReadAny();  // own rows get deleted
  Ask(version_.order, {std::to_string(row->first)});
}

}  // namespace shop
