// The history as one self-contained page: nothing is fetched, nothing runs, everything is escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/entry_text.h"

namespace interlock::cli {

/// `&`, `<`, `>`, `"`, `'` as entities; what is not to be shown (CharacterAt) as "?".
std::string EscapeHtml(std::string_view text);

struct HistoryPage {
  std::string title;
  std::string filters;  ///< in words, or ""
  Timestamp made_at = 0;
  std::string heads;  ///< heads of the chains, for comparison with an anchor
};
/// Pure.
std::string HistoryHtml(const HistoryPage& page, const std::vector<HistoryRow>& rows);

}  // namespace interlock::cli
