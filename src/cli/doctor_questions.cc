#include "cli/doctor_questions.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace interlock::cli {
namespace {

constexpr int kSpareConnections = 6;  // session, ledger, looks, replicas' probes

}  // namespace

std::vector<std::vector<std::string>> Questions::Ask(const std::string& what,
                                                     const std::string& sql) {
  const auto result = connection_.Execute(sql, {});
  std::vector<std::vector<std::string>> rows;
  failed_ = !result;
  if (!result) {
    Add(Finding::kWarn, what, "cannot be asked: " + result.error().message, result.error().hint);
    return rows;
  }
  for (const auto& row : result->rows) {
    rows.emplace_back();
    for (const auto& value : row) rows.back().push_back(value.value_or(""));
  }
  return rows;
}

int Number(const std::string& text) { return std::atoi(text.c_str()); }

bool Covers(const Database& database, const std::string& table) {
  auto fits = [&](const std::string& pattern) { return MatchesPattern(table, pattern); };
  const bool owned =
      database.owns.empty() || std::any_of(database.owns.begin(), database.owns.end(), fits);
  return owned && std::none_of(database.ignore.begin(), database.ignore.end(), fits);
}

void CheckConnections(Questions& ask, const Database& database, int most, int used) {
  const int free = most - used;
  const int needed = database.backfill.workers + kSpareConnections;
  const std::string shown = std::to_string(free) + " of " + std::to_string(most) + " are free";
  if (free >= needed) {
    ask.Ok("connections", shown);
  } else {
    ask.Add(Finding::kWarn, "connections",
            shown + ", a backfill needs up to " + std::to_string(needed),
            "fewer backfill workers, or a higher max_connections");
  }
}

}  // namespace interlock::cli
