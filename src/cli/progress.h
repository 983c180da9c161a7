// Shows a run while it goes on: one line a step, a bar for long ones, or events for programs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/output.h"
#include "runner/control.h"

namespace interlock::cli {

class Progress : public Reporter {
 public:
  /// Both outlive it.
  Progress(Output& output, Clock& clock);

  /// The steps of the release in order, so that lines can say "3/14".
  void ExpectSteps(const std::vector<std::string>& ids);
  void Report(const RunEvent& event) override;

 private:
  void ShowProgress(const RunEvent& event);
  void ShowRollout(const RunEvent& event);
  std::string Number(const std::string& step) const;

  Output& output_;
  Clock& clock_;
  std::map<std::string, std::size_t> numbers_;
  std::map<std::string, std::string> phases_;  ///< of steps that began
  std::string said_;                           ///< the last line of a kind that may repeat
  Duration said_at_{0};
  bool said_once_ = false;
};

/// "✓ 3/14 backfill  users: fill first_name  300,000 rows  41 s".  Pure.
std::string StepLine(const std::string& number, const std::string& phase,
                     const std::string& summary, const nlohmann::json& data);
/// "  3/14 backfill  ████▌      45 %  162,000 of 300,000 rows  7,300/s  about 19 s left".  Pure.
std::string BarLine(const std::string& number, const nlohmann::json& data, size_t bar_width);
/// {"event", "at", "release", "step", "text", "data"}.  Pure.
nlohmann::json EventJson(const RunEvent& event, Timestamp at);

}  // namespace interlock::cli
