#include "config/node.h"

#include <algorithm>

namespace interlock::config {

const Node* Node::Find(std::string_view key) const {
  for (const auto& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

Node* Node::Find(std::string_view key) {
  return const_cast<Node*>(static_cast<const Node*>(this)->Find(key));
}

void Node::Erase(std::string_view key) {
  members.erase(std::remove_if(members.begin(), members.end(),
                               [&](const Member& member) { return member.key == key; }),
                members.end());
}

std::string_view TypeName(Node::Type type) {
  switch (type) {
    case Node::Type::kString:
      return "a string";
    case Node::Type::kInteger:
      return "a whole number";
    case Node::Type::kFloat:
      return "a number with a fraction";
    case Node::Type::kBoolean:
      return "a boolean";
    case Node::Type::kTime:
      return "a date or time";
    case Node::Type::kArray:
      return "an array";
    case Node::Type::kTable:
      return "a table";
  }
  return "a value";
}

}  // namespace interlock::config
