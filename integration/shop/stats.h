// What an instance counts, and the file that it tells it in.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace shop {

/// Thread-safe.
class Stats {
 public:
  Stats(std::string app, std::string version, std::string instance);

  /// One request answered, after `wait`, with everything that it took (preparing again too).
  void Request(std::chrono::microseconds wait, uint64_t reprepared);
  /// A request that ended in an error.  The first messages are kept.
  void Failure(const std::string& message);
  /// An answer that contradicts what was written, or itself.
  void WrongAnswer(const std::string& message);

  /// No failure and no wrong answer.
  bool Clean() const;

  /// One JSON object, a member a line.
  std::string Json(const std::string& state) const;

  /// Replaces the file in one step; false if that failed.
  bool Write(const std::string& path, const std::string& state) const;

 private:
  double PercentileMs(double fraction) const;
  void Keep(const std::string& message);

  const std::string app_;
  const std::string version_;
  const std::string instance_;
  const std::chrono::system_clock::time_point started_at_ = std::chrono::system_clock::now();

  mutable std::mutex mutex_;
  uint64_t requests_ = 0;
  uint64_t failed_ = 0;
  uint64_t wrong_answers_ = 0;
  uint64_t reprepared_ = 0;
  std::chrono::microseconds longest_wait_{0};
  std::chrono::system_clock::time_point longest_wait_at_;
  std::array<uint64_t, 256> waits_{};  // bucket i holds waits up to 1.1^i microseconds
  std::vector<std::string> messages_;
};

}  // namespace shop
