#include "shop/stats.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace shop {
namespace {

constexpr size_t kMessagesKept = 10;
const double kBucketLog = std::log(1.1);

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(c));
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string Timestamp(std::chrono::system_clock::time_point at) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch());
  const std::time_t seconds = ms.count() / 1000;
  std::tm utc;
  gmtime_r(&seconds, &utc);
  char text[40], fraction[16];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(fraction, sizeof(fraction), ".%03dZ", static_cast<int>(ms.count() % 1000));
  return std::string(text) + fraction;
}

double Milliseconds(std::chrono::microseconds wait) {
  return std::chrono::duration<double, std::milli>(wait).count();
}

}  // namespace

Stats::Stats(std::string app, std::string version, std::string instance)
    : app_(std::move(app)), version_(std::move(version)), instance_(std::move(instance)) {}

void Stats::Request(std::chrono::microseconds wait, uint64_t reprepared) {
  const double exponent =
      std::ceil(std::log(std::max(1.0, Milliseconds(wait) * 1000)) / kBucketLog);
  const size_t bucket = std::min(static_cast<size_t>(exponent), waits_.size() - 1);
  std::lock_guard lock(mutex_);
  ++requests_;
  ++waits_[bucket];
  reprepared_ += reprepared;
  if (wait > longest_wait_) {
    longest_wait_ = wait;
    longest_wait_at_ = std::chrono::system_clock::now();
  }
}

void Stats::Failure(const std::string& message) {
  std::lock_guard lock(mutex_);
  ++failed_;
  Keep(message);
}

void Stats::WrongAnswer(const std::string& message) {
  std::lock_guard lock(mutex_);
  ++wrong_answers_;
  Keep("wrong answer: " + message);
}

void Stats::Keep(const std::string& message) {
  if (messages_.size() == kMessagesKept) return;
  messages_.push_back(Timestamp(std::chrono::system_clock::now()) + " " + message);
}

bool Stats::Clean() const {
  std::lock_guard lock(mutex_);
  return failed_ == 0 && wrong_answers_ == 0;
}

double Stats::PercentileMs(double fraction) const {
  const uint64_t wanted =
      static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(requests_)));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < waits_.size(); ++bucket) {
    seen += waits_[bucket];
    if (seen >= wanted && seen > 0) {
      return std::min(std::exp(static_cast<double>(bucket) * kBucketLog) / 1000,
                      Milliseconds(longest_wait_));
    }
  }
  return 0;
}

std::string Stats::Json(const std::string& state) const {
  std::lock_guard lock(mutex_);
  std::ostringstream json;
  json.setf(std::ios::fixed);
  json.precision(3);
  json << "{\n  \"app\": " << Quoted(app_) << ",\n  \"version\": " << Quoted(version_)
       << ",\n  \"instance\": " << Quoted(instance_) << ",\n  \"pid\": " << getpid()
       << ",\n  \"state\": " << Quoted(state)
       << ",\n  \"started_at\": " << Quoted(Timestamp(started_at_))
       << ",\n  \"written_at\": " << Quoted(Timestamp(std::chrono::system_clock::now()))
       << ",\n  \"requests\": " << requests_ << ",\n  \"failed\": " << failed_
       << ",\n  \"wrong_answers\": " << wrong_answers_ << ",\n  \"reprepared\": " << reprepared_
       << ",\n  \"p50_ms\": " << PercentileMs(0.5) << ",\n  \"p99_ms\": " << PercentileMs(0.99)
       << ",\n  \"longest_wait_ms\": " << Milliseconds(longest_wait_)
       << ",\n  \"longest_wait_at\": " << Quoted(Timestamp(longest_wait_at_))
       << ",\n  \"messages\": [";
  for (size_t i = 0; i < messages_.size(); ++i)
    json << (i == 0 ? "" : ", ") << Quoted(messages_[i]);
  json << "]\n}\n";
  return json.str();
}

bool Stats::Write(const std::string& path, const std::string& state) const {
  const std::string draft = path + ".tmp";
  {
    std::ofstream file(draft, std::ios::trunc);
    file << Json(state);
    if (!file.flush()) return false;
  }
  std::error_code error;
  std::filesystem::rename(draft, path, error);
  return !error;
}

}  // namespace shop
