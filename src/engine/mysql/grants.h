// What an account may do, from what SHOW GRANTS says of it and of its roles that are in force.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/connection.h"

namespace interlock::mysql {

/// Privileges on one table, one column or one routine are left out: what they do not cover would be
/// hidden.
class Grants {
 public:
  /// `wildcards`: % and _ in the name of a database stand for others, as they do unless MySQL's
  /// partial_revokes is on.
  explicit Grants(bool wildcards = true) : wildcards_(wildcards) {}

  /// One line of SHOW GRANTS.  Pure.
  void Add(std::string_view line);

  /// On *.*: PROCESS, REPLICATION SLAVE and the like.
  bool Everywhere(const std::string& privilege) const;
  /// On all that a database holds.  Of several patterns of one grantee the most exact counts alone.
  bool On(const std::string& database, const std::string& privilege) const;

 private:
  using Privileges = std::set<std::string>;
  const Privileges* MostExact(const std::map<std::string, Privileges>& patterns,
                              const std::string& database) const;

  bool wildcards_;
  Privileges everywhere_;
  std::map<std::string, std::map<std::string, Privileges>> by_grantee_;  ///< → pattern
  std::map<std::string, Privileges> revoked_;                            ///< by database
};

Result<Grants> ReadGrants(MySqlConnection& connection);

/// The privileges of `wanted` that the account lacks on its database.
Result<std::vector<std::string>> MissingPrivileges(MySqlConnection& connection,
                                                   const std::vector<std::string>& wanted);

}  // namespace interlock::mysql
