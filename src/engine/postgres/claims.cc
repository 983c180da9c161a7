#include "engine/postgres/claims.h"

#include <map>

#include "engine/postgres/answers.h"
#include "engine/postgres/errors.h"
#include "engine/sql_ledger_texts.h"
#include "ledger/fence.h"

namespace interlock::postgres {
namespace {

constexpr const char* kHint = "`interlock claims` shows who holds what";

/// SQL for the advisory lock's key of the object that `object` gives: the first 64 bits of SHA-256
/// over "interlock", database and object, each but the last ended by a zero byte.
std::string KeyOf(const std::string& object) {
  return "('x' || left(encode(sha256(convert_to('interlock', 'UTF8') || decode('00', 'hex') ||"
         " convert_to(current_database(), 'UTF8') || decode('00', 'hex') || convert_to(" +
         object + ", 'UTF8')), 'hex'), 16))::bit(64)::bigint";
}

/// SQL for a row with the pid of whoever holds the lock with that key; 0 for a prepared
/// transaction, which has none.
std::string HolderOf(const std::string& object) {
  return "SELECT coalesce(l.pid, 0) AS pid FROM pg_locks l WHERE l.locktype = 'advisory'"
         " AND l.objsubid = 1 AND l.granted AND l.mode = 'ExclusiveLock' AND l.database ="
         " (SELECT oid FROM pg_database WHERE datname = current_database())"
         " AND ((l.classid::bigint << 32) | l.objid::bigint) = (SELECT " +
         KeyOf(object) + ")";
}

/// The same, where it is this session.
std::string HeldHere(const std::string& object) {
  return HolderOf(object) + " AND l.pid = pg_backend_pid()";
}

Result<SqlRows> Unlock(SqlConnection& connection, const std::string& object) {
  return connection.Execute("SELECT pg_advisory_unlock(" + KeyOf("$1") + ")", {object});
}

std::string InWords(const ClaimHolder& holder, Timestamp now) {
  std::string out = "release " + (holder.release.empty() ? "?" : holder.release) + " by " +
                    (holder.actor.empty() ? "?" : holder.actor) + " on " +
                    (holder.host.empty() ? "?" : holder.host) + ", process " +
                    std::to_string(holder.runner_pid) + ", session " +
                    std::to_string(holder.session);
  if (holder.since > 0 && now > holder.since)
    out += ", for " + HumanDuration(Duration(now - holder.since));
  return out;
}

/// Says who holds the object's lock; the record may be missing or older than the lock.
Error Busy(SqlConnection& connection, const std::string& object, Timestamp now) {
  Error error{ErrorKind::kBusy, "IL-R60", "the claim on " + object + " is held", {}, kHint};
  const auto claims = ReadClaims(connection);
  if (!claims) return error;
  for (const auto& holder : *claims) {
    if (holder.object != object) continue;
    error.message += " by " + InWords(holder, now);
    const auto state = connection.Execute(
        "SELECT coalesce(state, 'state hidden') FROM pg_stat_activity WHERE pid = $1::int",
        {std::to_string(holder.session)});
    if (state && !state->rows.empty())
      error.details.push_back("its session is " + state->rows[0].at(0).value_or("?"));
  }
  return error;
}

Error Fenced(const std::string& object, const std::string& why) {
  return {ErrorKind::kFenced,
          "IL-R61",
          "the claim on " + object + " is no longer ours: " + why,
          {},
          "another runner took over; `interlock status` shows how far it is"};
}

/// As the ledger's, of a token as the server told it: nothing when there is none.
Result<void> RequireToken(const HeldClaim& claim, const SqlValue& told) {
  std::int64_t known = 0;
  if (told) {
    IL_ASSIGN(known, WholeNumber(told));
  }
  return interlock::RequireToken(claim, static_cast<std::uint64_t>(known));
}

/// One attempt, in one transaction, not waiting longer than half a second.
Result<std::uint64_t> RaiseToken(SqlConnection& connection, const ClaimRequest& request,
                                 Timestamp now) {
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  IL_RETURN_IF_ERROR(connection.Execute("SET LOCAL lock_timeout = '500ms'"));
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "INSERT INTO interlock.claims AS c (object, token, release, actor, host,"
                " runner_pid, session, since) VALUES ($1, 1, $2, $3, $4, $5::int, pg_backend_pid(),"
                " $6::bigint) ON CONFLICT (object) DO UPDATE SET token = c.token + 1,"
                " release = EXCLUDED.release, actor = EXCLUDED.actor, host = EXCLUDED.host,"
                " runner_pid = EXCLUDED.runner_pid, session = EXCLUDED.session,"
                " since = EXCLUDED.since RETURNING token",
                {request.object, request.release, request.actor, request.host,
                 std::to_string(request.runner_pid), std::to_string(now)}));
  IL_RETURN_IF_ERROR(transaction.Commit());
  IL_ASSIGN(const SqlValue token, FirstValue(rows));
  IL_ASSIGN(const std::int64_t number, WholeNumber(token));
  return static_cast<std::uint64_t>(number);
}

}  // namespace

Result<HeldClaim> TakeClaim(SqlConnection& connection, const ClaimRequest& request, Clock& clock,
                            Duration patience) {
  // An advisory lock counts how often a session took it; a second time would not be given up.
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT pg_try_advisory_lock(" + KeyOf("$1") +
                                   ") WHERE NOT EXISTS (" + HeldHere("$1") + ")",
                               {request.object}));
  if (rows.rows.empty() || rows.rows[0].at(0) != "t")
    return Fail(Busy(connection, request.object, clock.Now()));
  const Duration end = clock.Elapsed() + patience;
  for (;;) {
    auto token = RaiseToken(connection, request, clock.Now());
    if (token) return HeldClaim{request.object, *token};
    const bool waits = token.error().kind == ErrorKind::kTransient;
    if (waits && clock.Elapsed() < end) {
      clock.Sleep(std::chrono::milliseconds(250));
      continue;
    }
    // Without the lock's answer the session is gone, and the lock with it.
    [[maybe_unused]] const auto ignored = Unlock(connection, request.object);
    if (!waits) return Fail(std::move(token).error());
    return Fail(ErrorKind::kBusy, "IL-R62",
                "a transaction of the last holder of " + request.object + " still runs",
                "wait for it, or end its session", {token.error().message});
  }
}

Result<void> GiveUpClaim(SqlConnection& connection, const HeldClaim& claim) {
  IL_ASSIGN(const SqlRows rows, Unlock(connection, claim.object));
  IL_ASSIGN(const SqlValue given_up, FirstValue(rows));
  if (given_up == "t") return {};
  return Fail(Fenced(claim.object, "this session does not hold its lock"));
}

Result<void> CheckClaims(SqlConnection& connection, const Fence& fence) {
  for (const auto& claim : fence) {
    IL_ASSIGN(const SqlRows rows,
              connection.Execute("SELECT (SELECT token FROM interlock.claims WHERE object = $1),"
                                 " EXISTS (" +
                                     HeldHere("$1") + ")",
                                 {claim.object}));
    IL_ASSIGN(const auto row, FirstRow(rows));
    IL_RETURN_IF_ERROR(RequireToken(claim, row.at(0)));
    if (row.at(1) != "t") return Fail(Fenced(claim.object, "this session lost its lock"));
  }
  if (fence.empty()) IL_RETURN_IF_ERROR(connection.Execute("SELECT 1"));
  return {};
}

Result<std::vector<ClaimHolder>> ReadClaims(SqlConnection& connection) {
  IL_ASSIGN(const SqlRows there,
            connection.Execute("SELECT to_regclass('interlock.claims') IS NOT NULL"));
  IL_ASSIGN(const SqlValue exists, FirstValue(there));
  if (exists != "t") return std::vector<ClaimHolder>();
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT c.object, c.token, c.release, c.actor, c.host, c.runner_pid,"
                               " c.session, c.since, h.pid FROM interlock.claims c"
                               " LEFT JOIN LATERAL (" +
                               HolderOf("c.object") +
                               " LIMIT 1) h ON true ORDER BY c.object COLLATE \"C\""));
  std::vector<ClaimHolder> out;
  for (const auto& row : rows.rows) {
    ClaimHolder holder;
    holder.object = row.at(0).value_or("");
    IL_ASSIGN(const std::int64_t token, WholeNumber(row.at(1)));
    holder.token = static_cast<std::uint64_t>(token);
    holder.release = row.at(2).value_or("");
    holder.actor = row.at(3).value_or("");
    holder.host = row.at(4).value_or("");
    IL_ASSIGN(holder.runner_pid, SmallNumber(row.at(5)));
    IL_ASSIGN(holder.session, WholeNumber(row.at(6)));
    IL_ASSIGN(holder.since, WholeNumber(row.at(7)));
    holder.alive = row.at(8).has_value();
    if (holder.alive) {
      IL_ASSIGN(holder.session, WholeNumber(row.at(8)));
    }
    out.push_back(std::move(holder));
  }
  return out;
}

Result<void> BreakClaim(SqlConnection& connection, const std::string& object, Clock& clock,
                        Duration patience) {
  const Duration end = clock.Elapsed() + patience;
  for (bool told = false;; told = true) {
    IL_ASSIGN(const SqlRows holders, connection.Execute(HolderOf("$1"), {object}));
    if (holders.rows.empty()) return {};
    IL_ASSIGN(const std::int64_t holder, WholeNumber(holders.rows[0].at(0)));
    const std::string pid = std::to_string(holder);
    if (!told) {
      const auto ended = connection.Execute("SELECT pg_terminate_backend($1::int)", {pid});
      if (!ended) {
        Error error = ended.error();
        if (SqlState(error) == "42501") {
          error.kind = ErrorKind::kRefused;
          error.code = "IL-R63";
          error.message = "this role may not end session " + pid + ", which holds " + object;
          error.hint =
              "break it as the same role, as a member of pg_signal_backend, or end it "
              "yourself";
        }
        return Fail(std::move(error));
      }
    }
    if (clock.Elapsed() >= end)
      return Fail(ErrorKind::kTransient, "IL-R64",
                  "session " + pid + " was told to end, but still holds " + object,
                  "look again: it may be rolling back");
    clock.Sleep(std::chrono::milliseconds(100));
  }
}

Result<void> LockFence(SqlConnection& connection, const Fence& fence) {
  if (fence.empty()) return {};
  static const std::string lock = FindLedgerSql("postgresql")->lock_claims;
  IL_ASSIGN(const SqlRows rows, connection.Execute(lock, {ObjectsOf(fence)}));
  std::map<std::string, std::uint64_t> known;
  for (const auto& row : rows.rows) {
    IL_ASSIGN(const std::int64_t token, WholeNumber(row.at(1)));
    known[row.at(0).value_or("")] = static_cast<std::uint64_t>(token);
  }
  return RequireTokens(fence, known);
}

}  // namespace interlock::postgres
