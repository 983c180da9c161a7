// What bulk sessions of all dialects make of their answers.
#pragma once

#include <string>
#include <vector>

#include "engine/bulk.h"
#include "engine/sql.h"

namespace interlock {

/// The segment's checkpoint once a batch that left nothing behind is done.
Segment WithBatch(Segment segment, const BatchResult& batch);

/// Of the one row with the numbers of rows, of differing and of lossy ones.
Result<VerifyCounts> CountsOf(const SqlRows& answer);

/// A key a row, its values separated by commas, for messages.
std::vector<std::string> ShownKeys(const SqlRows& answer);

}  // namespace interlock
