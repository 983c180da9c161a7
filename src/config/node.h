// A TOML document as plain nodes that know where they stand in their file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace interlock::config {

/// Counted from 1; line 0 means the file as a whole.
struct Position {
  int line = 0;
  int column = 0;
};

struct Member;

struct Node {
  enum class Type { kString, kInteger, kFloat, kBoolean, kTime, kArray, kTable };

  Type type = Type::kTable;
  Position at;
  std::string text;   ///< of a string; variables filled in by ExpandVariables
  std::string raw;    ///< of a string, as the file has it: what messages show
  bool open = false;  ///< holds a variable whose value is not known
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<Node> items;      ///< of an array
  std::vector<Member> members;  ///< of a table, in the file's order

  const Node* Find(std::string_view key) const;
  Node* Find(std::string_view key);
  void Erase(std::string_view key);
};

struct Member {
  std::string key;
  Position at;
  Node value;
};

/// "a string", "a boolean", …
std::string_view TypeName(Node::Type type);

}  // namespace interlock::config
