#include "engine/bulk_answers.h"

#include "base/text.h"
#include "engine/answers.h"

namespace interlock {

Segment WithBatch(Segment segment, const BatchResult& batch) {
  segment.counts.rows_seen += batch.seen;
  segment.counts.rows_changed += batch.changed;
  segment.counts.batches += 1;
  return segment;
}

Result<VerifyCounts> CountsOf(const SqlRows& answer) {
  VerifyCounts counts;
  IL_ASSIGN(const auto counted, FirstRow(answer));
  IL_ASSIGN(counts.rows, WholeNumber(counted.at(0)));
  IL_ASSIGN(counts.differing, WholeNumber(counted.at(1)));
  IL_ASSIGN(counts.lossy, WholeNumber(counted.at(2)));
  return counts;
}

std::vector<std::string> ShownKeys(const SqlRows& answer) {
  std::vector<std::string> keys;
  for (const auto& row : answer.rows) {
    std::vector<std::string> parts;
    for (const auto& value : row) parts.push_back(value.value_or(""));
    keys.push_back(Join(parts, ", "));
  }
  return keys;
}

}  // namespace interlock
