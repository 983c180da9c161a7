// A connection that is lost at chosen calls, before or after what they do.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/sql_ledger.h"

namespace interlock::ledger_test {

/// Counts every call over all connections, from 1; shared by them.
struct Faults {
  std::set<int> before;  ///< lost before the call took effect
  std::set<int> after;   ///< took effect, but the reply is lost
  int calls = 0;
  int met = 0;
};

class FaultyConnection : public SqlConnection {
 public:
  FaultyConnection(std::unique_ptr<SqlConnection> inner, Faults& faults)
      : inner_(std::move(inner)), faults_(faults) {}

  std::string_view dialect() const override { return dialect_; }
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>& values) override {
    return Call([&] { return inner_->Execute(sql, values); });
  }
  Result<void> Begin() override {
    return Call([&] { return inner_->Begin(); });
  }
  Result<void> Commit() override {
    return Call([&] { return inner_->Commit(); });
  }
  void Rollback() override {
    if (inner_ != nullptr) inner_->Rollback();
  }

  /// `connect`, itself one of the counted calls, with its connections made faulty.
  static SqlConnector Wrap(SqlConnector connect, Faults& faults) {
    return [connect = std::move(connect), &faults]() -> Result<std::unique_ptr<SqlConnection>> {
      const int call = ++faults.calls;
      if (faults.before.contains(call) || faults.after.contains(call)) {
        ++faults.met;
        return Fail(ErrorKind::kUnreachable, "", "no connection");
      }
      IL_ASSIGN(auto inner, connect());
      return std::make_unique<FaultyConnection>(std::move(inner), faults);
    };
  }

 private:
  template <typename Work>
  auto Call(const Work& work) -> decltype(work()) {
    const auto lost = [] { return Fail(ErrorKind::kInDoubt, "", "the connection was lost"); };
    if (inner_ == nullptr) return lost();
    const int call = ++faults_.calls;
    if (faults_.before.contains(call)) {
      ++faults_.met;
      inner_->Rollback();
      inner_.reset();
      return lost();
    }
    auto result = work();
    if (faults_.after.contains(call)) {
      ++faults_.met;
      inner_->Rollback();
      inner_.reset();
      return lost();
    }
    return result;
  }

  std::unique_ptr<SqlConnection> inner_;
  std::string_view dialect_ = inner_->dialect();
  Faults& faults_;
};

}  // namespace interlock::ledger_test
