// Which names stand in a text.  What is a string, a name or a comment depends on the sql_mode that
// its author had, and a string may be run as a statement, so all of it counts.
#pragma once

#include <set>
#include <string>

namespace interlock::mysql {

class Mentions {
 public:
  explicit Mentions(const std::string& text);
  /// In any case; errs to too much.
  bool operator()(const std::string& name) const;

 private:
  std::string text_;
  std::set<std::string> words_;
};

}  // namespace interlock::mysql
