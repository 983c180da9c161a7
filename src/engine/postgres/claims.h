// Claims on PostgreSQL: advisory locks of a session, and the tokens in interlock.claims.
#pragma once

#include <string>
#include <vector>

#include "engine/session_claims.h"
#include "engine/sql.h"

namespace interlock::postgres {

class PgClaims : public ClaimStore {
 public:
  explicit PgClaims(SqlConnection& connection) : connection_(connection) {}
  Result<bool> TryLock(const std::string& object) override;
  Result<bool> Unlock(const std::string& object) override;
  Result<std::uint64_t> RaiseToken(const ClaimRequest& request, Timestamp now) override;
  Result<Standing> Look(const std::string& object) override;
  Result<std::vector<ClaimHolder>> Holders() override;
  Result<std::optional<std::int64_t>> Holder(const std::string& object) override;
  Result<void> End(std::int64_t session) override;
  std::string StateOf(std::int64_t session) override;
  std::string EndingNeeds() const override { return "as a member of pg_signal_backend"; }
  Result<void> Ping() override;

 private:
  SqlConnection& connection_;
};

}  // namespace interlock::postgres
