// Strict access to one table of a file: every key is asked for, every other one is a mistake.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/node.h"
#include "config/problems.h"
#include "model/names.h"

namespace interlock::config {

/// kNotEmpty: may be absent, but an empty list is wrong.
enum class Need { kOptional, kNotEmpty, kRequired };

/// What is missing or wrong goes to `problems`; the accessor then returns its empty value, so that
/// reading goes on.  Call Finish last: it reports the keys that nobody asked for.
class TableReader {
 public:
  /// `name` is what messages call the table: "[apps.web]".
  TableReader(const Node& node, std::string name, Problems& problems);

  bool Has(std::string_view key) const { return node_.Find(key) != nullptr; }
  /// Of the key's value, or of the table when it is not there.
  Position At(std::string_view key) const;
  Position at() const { return node_.at; }
  const std::string& name() const { return name_; }

  /// The value when it is there and of that type.
  const Node* Get(std::string_view key, Node::Type type, Need need = Need::kOptional,
                  const std::string& expected = {});
  /// A string that is not empty.
  const Node* Text(std::string_view key, Need need = Need::kOptional);
  std::string String(std::string_view key, Need need = Need::kOptional);
  std::optional<std::string> OptionalString(std::string_view key);
  /// A string that is one of `words`; the first one when it is absent.
  std::string OneOf(std::string_view key, const std::vector<std::string>& words);
  bool Boolean(std::string_view key, bool otherwise);
  std::optional<int> Integer(std::string_view key, int least, int most);
  std::optional<Duration> GetDuration(std::string_view key, Duration least = Duration(0));
  std::optional<TableName> GetTableName(std::string_view key, Need need = Need::kRequired);
  /// Strings that are not empty; unless the list is optional, at least one.
  std::vector<const Node*> Texts(std::string_view key, Need need = Need::kOptional,
                                 const std::string& expected = "a list of strings");
  std::vector<std::string> Strings(std::string_view key, Need need = Need::kOptional);
  /// As Strings, each one only once.
  std::vector<std::string> Names(std::string_view key, Need need = Need::kOptional);
  /// An array of tables.
  std::vector<const Node*> Tables(std::string_view key, Need need = Need::kOptional,
                                  const std::string& expected = "a list of tables");
  /// A key that people try here, with what to do instead.
  void Forbid(std::string_view key, const std::string& hint);
  void Finish();

 private:
  void Missing(std::string_view key, const std::string& expected);

  const Node& node_;
  std::string name_;
  Problems& problems_;
  bool usable_;
  std::vector<std::string> known_;
  std::vector<std::string> forbidden_;
};

/// Reports every text that is there twice; `what` is "column", "migration", ….
void CheckDistinct(const std::vector<const Node*>& texts, const std::string& what,
                   Problems& problems);

}  // namespace interlock::config
