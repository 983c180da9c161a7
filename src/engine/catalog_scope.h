// Which objects of a database count: its patterns `owns` and `ignore`.
#pragma once

#include <string>
#include <vector>

#include "model/catalog.h"

namespace interlock {

/// What of the schema counts, and what the server is called in a census.
struct SessionScope {
  std::vector<std::string> owns;
  std::vector<std::string> ignore;
  std::string server = "primary";
  /// With replicas and more rows than this, what takes the server a while in place is rebuilt: a
  /// replica would stand still for as long.
  std::int64_t in_place_rows = 1'000'000;
  bool replicas = false;  ///< some are configured
  bool gentle = false;    ///< others come first, however long it takes (nice_ratio)
};

/// Patterns "schema.name"; `owns` empty: all.
class CatalogScope {
 public:
  CatalogScope(const std::vector<std::string>& owns, const std::vector<std::string>& ignore)
      : owns_(owns), ignore_(ignore) {}

  bool Has(const TableName& table) const;
  /// A schema counts if a pattern may match something in it, a publication if it has a table that
  /// counts.
  bool Has(const OtherObject& other) const;
  /// Takes out of the catalog's other objects what does not count, and sorts the rest.
  void Restrict(std::vector<OtherObject>& others) const;

 private:
  const std::vector<std::string>& owns_;
  const std::vector<std::string>& ignore_;
};

}  // namespace interlock
