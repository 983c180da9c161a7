// A table's definition before and after an ALTER, and the ways in which a server can get there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/catalog.h"

namespace interlock {

enum class AlterWay {
  kInstant,  ///< a change of the definition alone
  kInPlace,  ///< by the server, while reads and writes go on
  kRebuild   ///< by a shadow table that is filled, kept up to date and swapped in
};
std::string_view ToString(AlterWay way);

/// One ALTER TABLE as it is recorded: definitions are canonical texts, as DefinitionOf gives them.
struct Alteration {
  TableName table;
  std::string clauses;
  std::string clauses_back;  ///< from `after` to `before`
  std::string before;
  std::string after;
  std::map<std::string, std::string> renamed;  ///< old → new name of a column
  bool operator==(const Alteration&) const = default;

  /// The way back as an alteration of its own.
  Alteration Inverse() const;
  /// 16 hexadecimal digits, the same for both directions: what its helper tables are known by.
  std::string Id() const;
};

/// What a server says of an ALTER that it has not carried out.
struct ForeseenAlter {
  Alteration alteration;
  Table before;
  Table after;
  AlterWay way = AlterWay::kInstant;
  std::string why;
  std::vector<std::string> dropped;     ///< columns that go, under whatever name
  std::vector<std::string> hindrances;  ///< of a rebuild, a line each
  bool never_in_place = false;          ///< though the server would
};

/// The table's columns, constraints, indexes and options as canonical text, without its name,
/// triggers and policies.
std::string DefinitionOf(const Table& table);
/// "+ column note: text": what differs between two such texts, a line each.
std::vector<std::string> DefinitionDiff(const std::string& before, const std::string& after);

}  // namespace interlock
