// What moves an application's instances: an interface over whatever the user deploys with.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/evidence.h"

namespace interlock {

struct Health {
  bool healthy = false;
  std::string why;  ///< when not: the last words of the check, one line
};

/// All calls may be repeated: starting what runs at that version, stopping what does not run,
/// draining what is drained succeed and change nothing.  kTransient: took too long, and may have
/// had its effect; look before going on.
class Driver {
 public:
  virtual ~Driver() = default;

  /// Every instance that runs.  A version "" means: up or not, at which version, can't be told.
  /// kUndecidable when the answer can't be understood.
  virtual Result<std::vector<Instance>> List() = 0;
  /// Instances that are to exist whether List shows them or not; empty when only List knows.
  virtual std::vector<std::string> FixedInstances() const { return {}; }
  virtual Result<void> Start(const std::string& instance, const std::string& version) = 0;
  virtual Result<void> Stop(const std::string& instance) = 0;
  virtual Result<Health> Healthy(const std::string& instance, const std::string& version) = 0;
  virtual bool CanDrain() const { return false; }
  virtual Result<void> Drain(const std::string& instance) = 0;
  virtual Result<void> Undrain(const std::string& instance) = 0;
  /// For one command, and for an instance to become healthy.
  virtual Duration timeout() const = 0;
};

}  // namespace interlock
