#include "cli/progress.h"

#include <array>
#include <cmath>

#include "base/text.h"
#include "cli/text_style.h"
#include "model/json_field.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

constexpr Duration kPlainEvery = std::chrono::seconds(5);
constexpr Duration kRedrawEvery = std::chrono::milliseconds(100);
constexpr size_t kSummaryColumns = 46;
constexpr size_t kBarColumns = 24;

std::int64_t Int(const json& data, const char* key) {
  if (!data.is_object()) return 0;
  const auto found = data.find(key);
  if (found == data.end() || !found->is_number()) return 0;
  return static_cast<std::int64_t>(found->get<double>());
}

/// What was counted, in the words of the counts' own names.
std::string Evidence(const json& data) {
  const json evidence = ObjectField(data, "evidence");
  std::vector<std::string> parts;
  if (evidence.contains("rows_changed")) {
    parts.push_back(Count(Int(evidence, "rows_changed"), "row"));
  } else if (evidence.contains("rows")) {
    parts.push_back(Count(Int(evidence, "rows"), "row"));
  }
  if (Int(evidence, "differing") > 0)
    parts.push_back(WithCommas(Int(evidence, "differing")) + " differ");
  if (Int(evidence, "lossy") > 0) parts.push_back(WithCommas(Int(evidence, "lossy")) + " lossy");
  if (Int(evidence, "repaired") > 0)
    parts.push_back(WithCommas(Int(evidence, "repaired")) + " copied again");
  if (const std::string way = TextField(evidence, "way"); !way.empty()) parts.push_back(way);
  return Join(parts, ", ");
}

std::string Bar(double share, size_t width) {
  static constexpr std::array<std::string_view, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<size_t>(std::lround(share * static_cast<double>(width) * 8));
  std::string out;
  for (size_t i = 0; i < eighths / 8; ++i) out += "█";
  out += kEighths[eighths % 8];
  return PadRight(out, width);
}

}  // namespace

std::string StepLine(const std::string& number, const std::string& phase,
                     const std::string& summary, const json& data) {
  std::string line = Green("✓") + " " + number + PadRight(phase, 8) + "  ";
  std::string tail = Evidence(data);
  if (data.is_object() && data.contains("took_us")) {
    if (!tail.empty()) tail += "  ";
    tail += HumanDuration(Duration(Int(data, "took_us")));
  }
  return line + PadRight(summary, kSummaryColumns) + "  " + tail;
}

std::string BarLine(const std::string& number, const json& data, size_t bar_width) {
  const auto rows = Int(data, "rows");
  const auto total = Int(data, "total");
  const auto rate = Int(data, "rate");
  std::string line = "  " + number + PadRight(TextField(data, "phase"), 8) + "  ";
  if (!data.contains("rows")) return line;
  if (total > rows) {
    const double share = static_cast<double>(rows) / static_cast<double>(total);
    if (bar_width > 0) line += Bar(share, bar_width) + " ";
    line += PadLeft(std::to_string(static_cast<int>(share * 100)), 3) + " %  " + WithCommas(rows) +
            " of " + Count(total, "row");
  } else {
    // The total is the server's estimate: once it is reached, it says nothing more.
    line += Count(rows, "row");
  }
  if (rate > 0) line += "  " + WithCommas(rate) + "/s";
  if (rate > 0 && total > rows)
    line += "  about " + HumanDuration(std::chrono::seconds((total - rows + rate - 1) / rate)) +
            " left";
  return line;
}

json EventJson(const RunEvent& event, Timestamp at) {
  return {{"event", event.kind}, {"at", FormatTimestamp(at)}, {"release", event.release},
          {"step", event.step},  {"text", event.text},        {"data", event.data}};
}

Progress::Progress(Output& output, Clock& clock) : output_(output), clock_(clock) {}

void Progress::ExpectSteps(const std::vector<std::string>& ids) {
  numbers_.clear();
  for (const auto& id : ids) numbers_.emplace(id, numbers_.size() + 1);
}

std::string Progress::Number(const std::string& step) const {
  const auto found = numbers_.find(step);
  if (found == numbers_.end()) return {};
  const std::string total = std::to_string(numbers_.size());
  return PadLeft(std::to_string(found->second), total.size()) + "/" + total + " ";
}

void Progress::Report(const RunEvent& event) {
  output_.Event(EventJson(event, clock_.Now()));
  if (!output_.people()) return;
  if (event.kind == "step.started") {
    phases_[event.step] = TextField(event.data, "phase");
    output_.SetLive("  " + Number(event.step) + PadRight(phases_[event.step], 8) + "  " +
                    event.text + " …");
  } else if (event.kind == "step.finished") {
    std::string phase = phases_[event.step];
    if (phase.empty()) phase = TextField(event.data, "phase");
    output_.Print(StepLine(Number(event.step), phase, event.text, event.data));
    said_once_ = false;
  } else if (event.kind == "progress") {
    ShowProgress(event);
  } else if (event.kind == "rollout") {
    ShowRollout(event);
  } else if (event.kind == "waiting") {
    // The same reason again is news only after a while.
    const Duration now = clock_.Elapsed();
    if (event.text == said_ && said_once_ && now - said_at_ < kPlainEvery * 6) return;
    said_ = event.text;
    said_at_ = now;
    said_once_ = true;
    output_.Print(Dim("  … " + event.text));
  } else if (event.kind == "gate") {
    const bool open = FlagField(event.data, "open");
    const std::string point = TextField(event.data, "point");
    std::string text = TextField(event.data, "headline");
    if (text.empty()) text = event.text;
    const std::string line = (open ? Green("✓") : Yellow("◦")) + " gate before " +
                             (point.empty() ? "the next step" : point) +
                             (open ? " open" : " closed") + (text.empty() ? "" : ": " + text);
    if (line == said_ && said_once_) return;
    said_ = line;
    said_at_ = clock_.Elapsed();
    said_once_ = true;
    output_.Print(line);
  } else if (event.kind == "state") {
    const std::string state = TextField(event.data, "state");
    output_.Print(Bold("• " + event.release + ": " + (state.empty() ? event.text : state)));
  } else {
    output_.Print("  " + event.text);
  }
}

void Progress::ShowProgress(const RunEvent& event) {
  const Duration now = clock_.Elapsed();
  const bool terminal = output_.options().terminal;
  if (said_once_ && now - said_at_ < (terminal ? kRedrawEvery : kPlainEvery)) return;
  said_at_ = now;
  said_once_ = true;
  said_.clear();
  json data = event.data;
  if (data.is_object() && TextField(data, "phase").empty()) data["phase"] = phases_[event.step];
  std::string line = BarLine(Number(event.step), data, terminal ? kBarColumns : 0);
  if (!event.text.empty() && event.text != TextField(data, "phase"))
    line += (data.contains("rows") ? "  " : "") + event.text;
  if (terminal) {
    output_.SetLive(line);
  } else {
    output_.Print(line);
  }
}

void Progress::ShowRollout(const RunEvent& event) {
  const std::string what = TextField(event.data, "what");
  const std::string instance = TextField(event.data, "instance");
  const std::string version = TextField(event.data, "version");
  std::string count;
  if (const auto total = Int(event.data, "total"); total > 0)
    count = std::to_string(Int(event.data, "done")) + "/" + std::to_string(total);
  std::string batch;
  if (const auto batches = Int(event.data, "batches"); batches > 0)
    batch = "batch " + std::to_string(Int(event.data, "batch")) + "/" + std::to_string(batches);
  std::string line = TextField(event.data, "app");
  if (what == "batch") {
    line += "  " + batch + "  to " + version + "  " + count;
  } else {
    for (const auto& part : {batch, instance, what, version, count})
      if (!part.empty()) line += "  " + part;
  }
  if (line.empty()) line = event.text;
  const bool moved = what == "moved" || what == "put back" || what == "batch";
  if (moved || !output_.options().terminal) {
    output_.Print((what == "moved" ? Green("✓") : std::string(" ")) + " " + line);
  } else {
    output_.SetLive("  " + line);
  }
}

}  // namespace interlock::cli
