// A migration: an identified, content-hashed list of changes to one database.
#pragma once

#include <string>
#include <vector>

#include "base/digest.h"
#include "model/change.h"
#include "model/uses.h"

namespace interlock {

/// "0002-split-name" or "0002-split-name@contracted": what must be before, and how far.
struct MigrationRef {
  std::string id;
  SchemaState state = SchemaState::kExpanded;
  bool operator==(const MigrationRef&) const = default;
};

struct Migration {
  std::string id;
  std::string database;
  std::string summary;
  std::string why;
  std::vector<std::string> refs;
  std::vector<MigrationRef> after;
  std::vector<Change> changes;
  std::string file;  ///< where it was read; not part of the hash
  Digest hash;       ///< of its meaning, not its white space: ContentHash of the rest
};

/// SHA-256 over the canonical JSON of everything that changes what is done: id, database, after,
/// changes.  Summary, why and refs explain and may be corrected.  Pure.
Digest ContentHash(const Migration& migration);

}  // namespace interlock
