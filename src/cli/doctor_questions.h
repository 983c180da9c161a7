// What the checks of all servers share: asking, keeping lines.
#pragma once

#include <string>
#include <vector>

#include "cli/doctor.h"

namespace interlock::cli {

/// Asks and keeps lines; a question that fails becomes a warning.
class Questions {
 public:
  Questions(SqlConnection& connection, std::string where)
      : connection_(connection), where_(std::move(where)) {}

  void Ok(const std::string& what, const std::string& shown) { Add(Finding::kOk, what, shown, ""); }
  void Add(Finding finding, const std::string& what, const std::string& shown,
           const std::string& mend) {
    lines_.push_back({finding, where_, what, shown, mend});
  }
  /// Rows of text, NULL as ""; nothing when the server refused.
  std::vector<std::vector<std::string>> Ask(const std::string& what, const std::string& sql);
  bool failed() const { return failed_; }
  std::vector<CheckLine> Take() { return std::move(lines_); }

 private:
  SqlConnection& connection_;
  std::string where_;
  std::vector<CheckLine> lines_;
  bool failed_ = false;
};

int Number(const std::string& text);

/// Whether a table, "public.users", is one that the project looks after.
bool Covers(const Database& database, const std::string& table);

/// Whether enough connections are free, of `most`, for a backfill and all else.
void CheckConnections(Questions& ask, const Database& database, int most, int used);

}  // namespace interlock::cli
