// One connection's traffic: writes of every kind, and a check of every answer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "shop/app_version.h"
#include "shop/connection.h"
#include "shop/stats.h"

namespace shop {

struct WorkerOptions {
  std::string url;
  std::string application_name;
  std::string instance;
  int thread = 0;
  int threads = 1;
  std::chrono::milliseconds think{2};
};

/// The share of the loaded rows that an instance may write: those whose id leaves this number.
/// "web-3" has slot 3; names that end in no number are hashed.
constexpr int64_t kSlots = 64;
int64_t SlotOf(const std::string& instance);

/// Every worker of an instance holds a lock of its slot as long as its session lives: who finds it
/// free knows that the instance's predecessor is gone, and what it had sent to the server too.
/// Values: slot, thread, of at most so many.  Its row's `held` is 1.
constexpr int kMostThreads = 16;
Statement HoldSlot(Dialect dialect);
/// Value: slot.  Its row's `free` is 1 or 0.
Statement AskForSlot(Dialect dialect);

/// Writes only rows that no other worker writes: those that it (or a predecessor of the same
/// instance) inserted and those loaded ones that fall to it.  So what it wrote last is exactly
/// what it must read, until it ends; whatever it doesn't know yet it reads first.
class Worker {
 public:
  Worker(WorkerOptions options, const AppVersion& version, Stats* stats);

  /// Connects and looks around; the message when that fails.
  std::optional<std::string> Start();

  /// Makes requests until told to stop; ends the one under way.  A failed request, even a lost
  /// connection, is counted and the next one made.
  void Run(const std::atomic<bool>& stop);

 private:
  struct Row {
    std::string email;
    PersonName name;
    uint64_t write = 0;
    uint64_t seen = 0;
    std::string note;
  };
  using Rows = std::map<int64_t, Row>;

  std::optional<std::string> Open();
  std::optional<std::string> AdoptOwn();
  void Request();

  void ReadKnown();
  void ReadAny();
  void ReadDeleted();
  void Insert();
  void InsertMany();
  void Rename();
  void Touch();
  void Upsert();
  void Delete();
  void Order();

  /// Executes, times and counts.
  Reply Ask(const Statement& statement, const std::vector<std::string>& parameters);
  /// Checks one row of an answer against what it must be.
  void Check(const char* request, const Reply& reply, int row, int64_t id, const Row& expected);
  void Adopt(const User& user);
  Row NewRow();
  Row NextWrite(const Row& row) const;
  Rows::iterator PickKnown();
  std::optional<Rows::iterator> PickOwn();
  uint64_t Random(uint64_t below) { return random_() % below; }

  const WorkerOptions options_;
  const AppVersion& version_;
  Stats* const stats_;
  const std::unique_ptr<Connection> connection_;
  std::mt19937_64 random_;
  const std::string email_prefix_;  // of this run of this thread
  uint64_t inserted_ = 0;
  int64_t first_id_ = 0;
  int64_t last_id_ = 0;
  Rows rows_;                                    // as they must be on the server
  std::deque<std::pair<int64_t, Row>> deleted_;  // ids that only this worker could bring back
};

}  // namespace shop
