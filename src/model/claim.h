// The right to change certain tables, and the numbers that make a stale holder harmless.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace interlock {

/// One held claim: the object ("table public.users", "release r1", "schema") and its fencing token.
struct HeldClaim {
  std::string object;
  std::uint64_t token = 0;
  bool operator==(const HeldClaim&) const = default;
};

/// Every transaction of ours locks these rows FOR SHARE first and does nothing when one has moved.
using Fence = std::vector<HeldClaim>;

/// Who holds a claim, for messages: from the record, confirmed against the server's sessions.
struct ClaimHolder {
  std::string object;
  std::uint64_t token = 0;
  std::string release;
  std::string actor;
  std::string host;
  int runner_pid = 0;        ///< process id of the runner on its host
  std::int64_t session = 0;  ///< the server's id of the session (backend pid)
  std::int64_t since = 0;    ///< Timestamp
  bool alive = false;        ///< its session lock is held now
};

}  // namespace interlock
