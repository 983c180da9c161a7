// What the fuzz targets of the dialects share: answers read off the input, and steps to carry out.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/session.h"
#include "engine/sql_ledger.h"
#include "fuzz/fuzz.h"
#include "model/samples.h"

namespace interlock::fuzz {

/// One byte a decision, until there are none: then the connection is lost.
class Tape {
 public:
  explicit Tape(std::string bytes) : bytes_(std::move(bytes)) {}
  bool over() const { return at_ >= bytes_.size(); }
  unsigned Next() { return over() ? 0 : static_cast<unsigned char>(bytes_[at_++]); }
  std::string Take(std::size_t length) {
    const std::string out = bytes_.substr(std::min(at_, bytes_.size()), length);
    at_ += length;
    return out;
  }

  /// As wide as the widest query: servers give as many columns as were asked for.  Some of the
  /// first ones have one of `words`, or what stands on the tape; the others are NULL.
  template <typename Words>
  std::vector<SqlValue> Row(const Words& words) {
    constexpr std::size_t kWidest = 24;
    std::vector<SqlValue> row(kWidest);
    const unsigned filled = Next() % (kWidest + 1);
    for (unsigned i = 0; i < filled; ++i) {
      const unsigned choice = Next();
      if (choice < 8) continue;
      row[i] = choice < 200 ? std::string(words[choice % words.size()]) : Take(choice % 12);
    }
    return row;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

class NoTime : public Clock {
 public:
  Timestamp Now() override { return 1'795'342'500'000'000; }
  Duration Elapsed() override { return elapsed_; }
  void Sleep(Duration duration) override { elapsed_ += duration; }

 private:
  Duration elapsed_{0};
};

template <typename T>
void Judge(const Result<T>& result) {
  if (!result) RequireUsable(result.error());
}

/// Every question that a ledger asks.
inline void ReadLedger(std::unique_ptr<SqlConnection> connection) {
  NoTime clock;
  SqlLedger ledger(std::move(connection), "fuzz", clock);
  Judge(ledger.Exists());
  Judge(ledger.Chains());
  Judge(ledger.Head("main"));
  Judge(ledger.Read("main", 0));
  Judge(ledger.GetText(Digest(64, '0')));
  Judge(ledger.MissingParts());
}

inline SyncContext Context() {
  SyncContext context;
  context.after = {SampleSync()};
  return context;
}

inline Step StepOf(unsigned number) {
  Step step = SampleStep();
  const auto actions = EveryAction();
  step.action = actions[number % actions.size()];
  step.transactional = number % 2 == 0;
  return step;
}

}  // namespace interlock::fuzz
