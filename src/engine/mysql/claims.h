// Claims on MySQL and MariaDB: user-level locks of a session, and the tokens in interlock_claims.
#pragma once

#include <string>
#include <vector>

#include "engine/session_claims.h"
#include "engine/sql.h"

namespace interlock::mysql {

/// The locks' names are the server's, not the database's: hashes over database and object.  DDL
/// runs in the session that holds them, so a lock is not free before the server is done with what
/// a dead client had sent.
class MySqlClaims : public ClaimStore {
 public:
  explicit MySqlClaims(SqlConnection& connection) : connection_(connection) {}
  Result<bool> TryLock(const std::string& object) override;
  Result<bool> Unlock(const std::string& object) override;
  Result<std::uint64_t> RaiseToken(const ClaimRequest& request, Timestamp now) override;
  Result<Standing> Look(const std::string& object) override;
  Result<std::vector<ClaimHolder>> Holders() override;
  Result<std::optional<std::int64_t>> Holder(const std::string& object) override;
  Result<void> End(std::int64_t session) override;
  std::string StateOf(std::int64_t session) override;
  std::string EndingNeeds() const override { return "with the privilege CONNECTION_ADMIN"; }
  Result<void> Ping() override;

 private:
  SqlConnection& connection_;
};

}  // namespace interlock::mysql
