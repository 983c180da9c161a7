// A step and its undo, looked at before and after each.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "model/step.h"

namespace interlock::testing {

/// Absent → execute → present → undo → absent.  `execute` gives "" or the error's text.
inline void ExpectRoundTrip(const Step& step, const Step& undo,
                            const std::function<Observation(const Step&)>& observe,
                            const std::function<std::string(const Step&)>& execute) {
  auto seen = observe(step);
  EXPECT_EQ(seen.state, Observed::kAbsent) << step.id << ": " << seen.detail;
  EXPECT_EQ(execute(step), "") << step.id;
  seen = observe(step);
  EXPECT_EQ(seen.state, Observed::kPresent) << step.id << ": " << seen.detail;
  seen = observe(undo);
  EXPECT_EQ(seen.state, Observed::kAbsent) << step.id << ", undo: " << seen.detail;
  EXPECT_EQ(execute(undo), "") << undo.id;
  seen = observe(undo);
  EXPECT_EQ(seen.state, Observed::kPresent) << step.id << ", undo: " << seen.detail;
  seen = observe(step);
  EXPECT_EQ(seen.state, Observed::kAbsent) << step.id << ": " << seen.detail;
}

}  // namespace interlock::testing
