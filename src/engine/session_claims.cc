#include "engine/session_claims.h"

#include <algorithm>
#include <map>

#include "engine/answers.h"
#include "engine/sql_ledger_texts.h"
#include "ledger/fence.h"

namespace interlock {
namespace {

constexpr const char* kHint = "`interlock claims` shows who holds what";

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
Error Busy(ClaimStore& store, const std::string& object, Timestamp now) {
  Error error{ErrorKind::kBusy, "IL-R60", "the claim on " + object + " is held", {}, kHint};
  const auto claims = store.Holders();
  if (!claims) return error;
  for (const auto& holder : *claims) {
    if (holder.object != object) continue;
    error.message += " by " + InWords(holder, now);
    if (const auto state = store.StateOf(holder.session); !state.empty())
      error.details.push_back("its session is " + state);
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

}  // namespace

Result<std::vector<ClaimHolder>> ReadHolders(const SqlRows& rows) {
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

bool Concerns(const ClaimHolder& claim, const Step& step) {
  if (claim.object == "schema") return true;
  const auto is = [&](const TableName& table) {
    return claim.object == "table " + ToString(table);
  };
  const auto table = ActionTable(step.action);
  if (table && is(*table)) return true;
  return std::any_of(step.touches.begin(), step.touches.end(),
                     [&](const ObjectRef& ref) { return is(ref.table); });
}

Result<HeldClaim> TakeClaim(ClaimStore& store, const ClaimRequest& request, Clock& clock,
                            Duration patience) {
  IL_ASSIGN(const bool locked, store.TryLock(request.object));
  if (!locked) return Fail(Busy(store, request.object, clock.Now()));
  const Duration end = clock.Elapsed() + patience;
  for (;;) {
    auto token = store.RaiseToken(request, clock.Now());
    if (token) return HeldClaim{request.object, *token};
    const bool waits = token.error().kind == ErrorKind::kTransient;
    if (waits && clock.Elapsed() < end) {
      clock.Sleep(std::chrono::milliseconds(250));
      continue;
    }
    // Without the lock's answer the session is gone, and the lock with it.
    [[maybe_unused]] const auto ignored = store.Unlock(request.object);
    if (!waits) return Fail(std::move(token).error());
    return Fail(ErrorKind::kBusy, "IL-R62",
                "a transaction of the last holder of " + request.object + " still runs",
                "wait for it, or end its session", {token.error().message});
  }
}

Result<void> GiveUpClaim(ClaimStore& store, const HeldClaim& claim) {
  IL_ASSIGN(const bool held, store.Unlock(claim.object));
  if (held) return {};
  return Fail(Fenced(claim.object, "this session does not hold its lock"));
}

Result<void> CheckClaims(ClaimStore& store, const Fence& fence) {
  for (const auto& claim : fence) {
    IL_ASSIGN(const auto standing, store.Look(claim.object));
    IL_RETURN_IF_ERROR(RequireToken(claim, standing.token));
    if (!standing.held_here) return Fail(Fenced(claim.object, "this session lost its lock"));
  }
  if (fence.empty()) return store.Ping();
  return {};
}

Result<void> BreakClaim(ClaimStore& store, const std::string& object, Clock& clock,
                        Duration patience) {
  const Duration end = clock.Elapsed() + patience;
  for (bool told = false;; told = true) {
    IL_ASSIGN(const auto holder, store.Holder(object));
    if (!holder) return {};
    const std::string session = std::to_string(*holder);
    if (!told) {
      if (auto ended = store.End(*holder); !ended) {
        Error error = std::move(ended).error();
        if (error.code == "IL-E20") {
          error.code = "IL-R63";
          error.message = "this role may not end session " + session + ", which holds " + object;
          error.hint = "break it as the same role, " + store.EndingNeeds() + ", or end it yourself";
        }
        return Fail(std::move(error));
      }
    }
    if (clock.Elapsed() >= end)
      return Fail(ErrorKind::kTransient, "IL-R64",
                  "session " + session + " was told to end, but still holds " + object,
                  "look again: it may be rolling back");
    clock.Sleep(std::chrono::milliseconds(100));
  }
}

Result<void> LockFence(SqlConnection& connection, const Fence& fence) {
  if (fence.empty()) return {};
  const LedgerSql* sql = FindLedgerSql(connection.dialect());
  if (sql == nullptr) return Fail(ErrorKind::kInternal, "IL-X11", "no claims on this server");
  IL_ASSIGN(const SqlRows rows, connection.Execute(sql->lock_claims, {ObjectsOf(fence)}));
  std::map<std::string, std::uint64_t> known;
  for (const auto& row : rows.rows) {
    IL_ASSIGN(const std::int64_t token, WholeNumber(row.at(1)));
    known[row.at(0).value_or("")] = static_cast<std::uint64_t>(token);
  }
  return RequireTokens(fence, known);
}

}  // namespace interlock
