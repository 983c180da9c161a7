#include "engine/observations.h"

namespace interlock {

Result<Observation> Incomparable(const Error& error, const std::string& what) {
  switch (error.kind) {
    case ErrorKind::kRefused:
      return Seen(Observed::kUndecidable, what + " cannot be compared here: " + error.message);
    case ErrorKind::kFailed:
    case ErrorKind::kConfig:
      return Seen(Observed::kConflicting, what + " cannot be what was asked for: " + error.message);
    default:
      return Fail(error);
  }
}

Result<Observation> ReadAnswer(const Result<SqlRows>& answer) {
  if (!answer) {
    const ErrorKind kind = answer.error().kind;
    if (kind == ErrorKind::kInDoubt || kind == ErrorKind::kUnreachable) return Fail(answer.error());
    return Seen(Observed::kUndecidable, "the observe query failed: " + answer.error().message);
  }
  if (answer->rows.size() != 1 || answer->rows[0].size() != 1)
    return Seen(Observed::kUndecidable, "the observe query must give one row with one column");
  const std::string text = answer->rows[0][0].value_or("");
  for (const Observed state :
       {Observed::kAbsent, Observed::kPartial, Observed::kPresent, Observed::kConflicting})
    if (ToString(state) == text) return Seen(state, "the observe query says " + text);
  return Seen(Observed::kUndecidable, "the observe query says '" + text + "'");
}

std::map<std::string, std::string> TwinColumns(const std::map<std::string, std::string>& columns,
                                               const TableName& table, const SyncContext& sync) {
  auto out = columns;
  for (const auto* specs : {&sync.before, &sync.after}) {
    for (const auto& spec : *specs) {
      if (!(spec.table == table)) continue;
      for (const auto& [logical, real] : spec.renamed) {
        const auto found = columns.find(logical);
        if (found != columns.end()) out[real] = found->second;
      }
    }
  }
  return out;
}

}  // namespace interlock
