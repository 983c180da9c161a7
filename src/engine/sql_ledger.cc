#include "engine/sql_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "ledger/bytes.h"
#include "ledger/chain.h"
#include "ledger/fence.h"

namespace interlock {
namespace {

bool IsLost(const Error& error) {
  return error.kind == ErrorKind::kInDoubt || error.kind == ErrorKind::kUnreachable;
}

tl::unexpected<Error> Damaged(std::string message) {
  return Fail(ErrorKind::kCorrupt, "IL-L11", std::move(message),
              "something else than interlock wrote to the ledger's tables; run `interlock ledger "
              "verify`");
}

/// A value of a row that must be there.
Result<std::string> TextAt(const std::vector<SqlValue>& row, size_t i) {
  if (i >= row.size() || !row[i]) return Damaged("a column of the ledger is NULL");
  return *row[i];
}

template <typename T>
Result<T> NumberAt(const std::vector<SqlValue>& row, size_t i) {
  IL_ASSIGN(const std::string text, TextAt(row, i));
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return Damaged(fmt::format("'{}' stands in the ledger where a number is due", text));
  return number;
}

Result<std::string> BytesAt(const std::vector<SqlValue>& row, size_t i) {
  IL_ASSIGN(const std::string text, TextAt(row, i));
  auto bytes = FromHex(text);
  if (!bytes) return Damaged("the server's bytes of the ledger are not hexadecimal");
  return *bytes;
}

Result<Entry> EntryFrom(const std::vector<SqlValue>& row) {
  Entry entry;
  IL_ASSIGN(entry.chain, TextAt(row, 0));
  IL_ASSIGN(entry.seq, NumberAt<std::uint64_t>(row, 1));
  IL_ASSIGN(entry.format, NumberAt<int>(row, 2));
  IL_ASSIGN(entry.prev_hash, TextAt(row, 3));
  IL_ASSIGN(entry.hash, TextAt(row, 4));
  IL_ASSIGN(entry.at, NumberAt<Timestamp>(row, 5));
  IL_ASSIGN(const std::string kind, TextAt(row, 6));
  IL_ASSIGN(entry.token, NumberAt<std::uint64_t>(row, 7));
  IL_ASSIGN(entry.actor, TextAt(row, 8));
  IL_ASSIGN(entry.session_user, TextAt(row, 9));
  IL_ASSIGN(entry.release, TextAt(row, 10));
  IL_ASSIGN(entry.step, TextAt(row, 11));
  IL_ASSIGN(entry.attempt, NumberAt<int>(row, 12));
  IL_ASSIGN(entry.body, BytesAt(row, 13));
  auto parsed = ParseEntryKind(kind);
  if (!parsed) {
    parsed.error().message =
        fmt::format("entry {} of chain '{}': {}", entry.seq, entry.chain, parsed.error().message);
    return Fail(std::move(parsed).error());
  }
  entry.kind = *parsed;
  return entry;
}

/// Every server must be able to keep it, and give it back byte for byte.
Result<void> CheckText(std::string_view what, std::string_view text) {
  if (IsUtf8(text) && text.find('\0') == std::string_view::npos) return {};
  return Fail(ErrorKind::kUsage, "IL-L16",
              fmt::format("the {} of a ledger entry must be UTF-8 without NUL", what));
}

std::uint64_t HighestToken(const Fence& fence) {
  std::uint64_t highest = 0;
  for (const auto& claim : fence) highest = std::max(highest, claim.token);
  return highest;
}

}  // namespace

SqlLedger::SqlLedger(SqlConnector connect, std::string actor, Clock& clock)
    : connect_(std::move(connect)), actor_(std::move(actor)), clock_(clock) {}

SqlLedger::SqlLedger(std::unique_ptr<SqlConnection> connection, std::string actor, Clock& clock)
    : SqlLedger(
          [only = std::make_shared<std::unique_ptr<SqlConnection>>(
               std::move(connection))]() -> Result<std::unique_ptr<SqlConnection>> {
            if (*only == nullptr)
              return Fail(ErrorKind::kUnreachable, "IL-L17", "the ledger's connection was lost");
            return std::move(*only);
          },
          std::move(actor), clock) {}

// ------------------------------------------------------------------------- connecting

Result<SqlConnection*> SqlLedger::Connected() {
  if (connection_ != nullptr) return connection_.get();
  IL_ASSIGN(auto connection, connect_());
  sql_ = FindLedgerSql(connection->dialect());
  if (sql_ == nullptr)
    return Fail(ErrorKind::kInternal, "IL-X11",
                fmt::format("no ledger for '{}'", connection->dialect()));
  connection_ = std::move(connection);
  ready_ = false;
  server_user_.reset();
  return connection_.get();
}

Result<SqlConnection*> SqlLedger::Ready() {
  IL_ASSIGN(SqlConnection * connection, Connected());
  if (ready_) return connection;
  bool exists = false;
  IL_RETURN_IF_ERROR(CheckVersion(*connection, &exists));
  if (!exists) IL_RETURN_IF_ERROR(RequireSeen(*connection));
  if (!exists)
    return Fail(ErrorKind::kRefused, "IL-L15", "there is no ledger here yet",
                "the first `interlock deploy`, `apply` or `baseline` makes it");
  ready_ = true;
  return connection;
}

Result<void> SqlLedger::CheckVersion(SqlConnection& connection, bool* exists) {
  *exists = false;
  IL_ASSIGN(const auto table, connection.Execute(sql_->exists));
  if (table.rows.empty()) return {};
  IL_ASSIGN(const auto found, connection.Execute(sql_->version));
  if (found.rows.empty()) return {};
  IL_ASSIGN(const int version, NumberAt<int>(found.rows[0], 0));
  if (version > kLedgerSchemaVersion)
    return Fail(ErrorKind::kCorrupt, "IL-L10",
                fmt::format("the ledger was written by a newer interlock: its tables have version "
                            "{}, this one knows {}",
                            version, kLedgerSchemaVersion),
                "use that version of interlock, or a newer one");
  *exists = true;
  return {};
}

/// Does `work`, and does it again over a new connection if the first was lost.
template <typename T>
Result<T> SqlLedger::Repeatable(Result<SqlConnection*> (SqlLedger::*open)(),
                                const std::function<Result<T>(SqlConnection&)>& work) {
  for (int attempt = 1;; ++attempt) {
    auto connection = (this->*open)();
    Result<T> result = connection ? work(**connection) : Fail(std::move(connection).error());
    if (result) return result;
    const bool had_connection = connection_ != nullptr;
    if (IsLost(result.error())) connection_.reset();
    if (!IsLost(result.error()) || !had_connection) return Fail(Explain(result.error()));
    if (attempt == 2) {
      Error error = std::move(result).error();
      error.kind = ErrorKind::kUnreachable;
      return Fail(std::move(error));
    }
  }
}

/// Says what to grant when a privilege lacks.
Error SqlLedger::Explain(Error error) const {
  if (error.code == "IL-E20" && sql_ != nullptr) {
    error.code = "IL-L13";
    error.message = "this role may not do that to the ledger: " + error.message;
    error.hint = sql_->grant;
  }
  return error;
}

// -------------------------------------------------------------------------- preparing

Result<bool> SqlLedger::Exists() {
  return Repeatable<bool>(&SqlLedger::Connected, [&](SqlConnection& connection) -> Result<bool> {
    bool exists = false;
    IL_RETURN_IF_ERROR(CheckVersion(connection, &exists));
    if (!exists) IL_RETURN_IF_ERROR(RequireSeen(connection));
    return exists;
  });
}

Result<void> SqlLedger::Prepare() {
  return Repeatable<void>(&SqlLedger::Connected, [&](SqlConnection& connection) -> Result<void> {
    auto made = MakeParts(connection);
    // A lost connection has unlocked it.
    if (!sql_->prepare_unlock.empty()) [[maybe_unused]]
      const auto unlocked = connection.Execute(sql_->prepare_unlock);
    return made;
  });
}

Result<bool> SqlLedger::IsHidden(SqlConnection& connection, const std::string& question) {
  if (question.empty()) return false;
  const auto answer = connection.Execute(question);
  if (answer) return false;
  if (IsLost(answer.error())) return Fail(answer.error());
  return answer.error().kind == ErrorKind::kRefused;
}

Result<void> SqlLedger::RequireSeen(SqlConnection& connection) const {
  IL_ASSIGN(const bool hidden, IsHidden(connection, sql_->hidden));
  if (!hidden) return {};
  return Fail(ErrorKind::kUndecidable, "IL-L13",
              "whether there is a ledger cannot be told: this role may not look", sql_->grant);
}

Result<std::vector<std::string>> SqlLedger::HiddenParts(SqlConnection& connection) const {
  std::vector<std::string> out;
  for (const auto& part : sql_->parts) {
    if (part.hidden.empty()) continue;
    IL_ASSIGN(const auto found, connection.Execute(part.check));
    if (!found.rows.empty()) continue;
    IL_ASSIGN(const bool hidden, IsHidden(connection, part.hidden));
    if (hidden) out.push_back(part.name);
  }
  return out;
}

Result<void> SqlLedger::MakeParts(SqlConnection& connection) {
  if (!sql_->hidden.empty()) {
    IL_ASSIGN(const auto there, connection.Execute(sql_->exists));
    if (there.rows.empty()) IL_RETURN_IF_ERROR(RequireSeen(connection));
  }
  IL_ASSIGN(const auto hidden, HiddenParts(connection));
  IL_ASSIGN(auto transaction, SqlTransaction::Begin(connection));
  IL_RETURN_IF_ERROR(BeginWrite(connection));
  if (!sql_->prepare_lock.empty()) {
    IL_ASSIGN(const auto locked, connection.Execute(sql_->prepare_lock));
    if (!locked.rows.empty() && locked.rows[0].at(0) == "0")
      return Fail(ErrorKind::kTransient, "IL-L24", "another runner is making the ledger",
                  "run the same command again");
  }
  bool exists = false;
  IL_RETURN_IF_ERROR(CheckVersion(connection, &exists));
  for (const auto& part : sql_->parts) {
    IL_ASSIGN(const auto found, connection.Execute(part.check));
    const bool is_hidden = std::find(hidden.begin(), hidden.end(), part.name) != hidden.end();
    if (!found.rows.empty() || is_hidden) continue;
    for (const auto& statement : part.make) IL_RETURN_IF_ERROR(connection.Execute(statement));
  }
  return transaction.Commit();
}

Result<std::vector<std::string>> SqlLedger::MissingParts() {
  using Names = std::vector<std::string>;
  return Repeatable<Names>(&SqlLedger::Ready, [&](SqlConnection& connection) -> Result<Names> {
    Names missing;
    for (const auto& part : sql_->parts) {
      IL_ASSIGN(const auto found, connection.Execute(part.check));
      if (found.rows.empty()) missing.push_back(part.name);
    }
    return missing;
  });
}

// ---------------------------------------------------------------------------- reading

Result<std::vector<Entry>> SqlLedger::Read(const std::string& chain, std::uint64_t after) {
  using Entries = std::vector<Entry>;
  return Repeatable<Entries>(&SqlLedger::Ready, [&](SqlConnection& connection) -> Result<Entries> {
    IL_ASSIGN(const auto found, connection.Execute(sql_->read, {chain, std::to_string(after)}));
    Entries entries;
    entries.reserve(found.rows.size());
    for (const auto& row : found.rows) {
      IL_ASSIGN(auto entry, EntryFrom(row));
      entries.push_back(std::move(entry));
    }
    return entries;
  });
}

Result<std::vector<std::string>> SqlLedger::Chains() {
  using Names = std::vector<std::string>;
  return Repeatable<Names>(&SqlLedger::Ready, [&](SqlConnection& connection) -> Result<Names> {
    IL_ASSIGN(const auto found, connection.Execute(sql_->chains));
    Names names;
    for (const auto& row : found.rows) {
      IL_ASSIGN(auto name, TextAt(row, 0));
      names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
  });
}

Result<ChainHead> SqlLedger::Head(const std::string& chain) {
  return Repeatable<ChainHead>(&SqlLedger::Ready,
                               [&](SqlConnection& connection) -> Result<ChainHead> {
                                 IL_ASSIGN(auto last, ReadLast(connection, chain));
                                 return last.head;
                               });
}

Result<SqlLedger::Last> SqlLedger::ReadLast(SqlConnection& connection,
                                            const std::string& chain) const {
  IL_ASSIGN(const auto found, connection.Execute(sql_->heads, {chain}));
  Last last;
  last.head.chain = chain;
  ChainHead row_head = last.head;
  for (const auto& row : found.rows) {
    IL_ASSIGN(const std::string which, TextAt(row, 0));
    ChainHead& head = which == "last" ? last.head : row_head;
    IL_ASSIGN(head.seq, NumberAt<std::uint64_t>(row, 1));
    IL_ASSIGN(head.hash, TextAt(row, 2));
    if (which == "last") {
      IL_ASSIGN(last.at, NumberAt<Timestamp>(row, 3));
    }
  }
  if (last.head != row_head)
    return Damaged(fmt::format("chain '{}' ends with entry {}, but its head says {}", chain,
                               last.head.seq, row_head.seq));
  return last;
}

// -------------------------------------------------------------------------- appending

Result<void> SqlLedger::BeginWrite(SqlConnection& connection) const {
  for (const auto& statement : sql_->begin_write) IL_RETURN_IF_ERROR(connection.Execute(statement));
  return {};
}

Result<void> SqlLedger::CheckRead(SqlConnection& connection, const ChainHead& read) const {
  if (read.seq == 0) return {};
  IL_ASSIGN(const auto found,
            connection.Execute(sql_->hash_at, {read.chain, std::to_string(read.seq)}));
  if (!found.rows.empty()) {
    IL_ASSIGN(const auto hash, TextAt(found.rows[0], 0));
    if (hash == read.hash) return {};
  }
  IL_ASSIGN(const auto last, ReadLast(connection, read.chain));
  return Fail(LacksEntries(read, last.head));
}

Result<void> SqlLedger::CheckFence(SqlConnection& connection, const Fence& fence) const {
  if (fence.empty()) return {};
  IL_ASSIGN(const auto found, connection.Execute(sql_->lock_claims, {ObjectsOf(fence)}));
  std::map<std::string, std::uint64_t> known;
  for (const auto& row : found.rows) {
    IL_ASSIGN(const auto object, TextAt(row, 0));
    IL_ASSIGN(known[object], NumberAt<std::uint64_t>(row, 1));
  }
  auto held = RequireTokens(fence, known);
  if (held || held.error().kind != ErrorKind::kFenced) return held;
  for (const auto& row : found.rows) {
    IL_ASSIGN(const auto object, TextAt(row, 0));
    const auto ours = std::find_if(fence.begin(), fence.end(),
                                   [&](const HeldClaim& claim) { return claim.object == object; });
    if (ours == fence.end() || known[object] <= ours->token) continue;
    IL_ASSIGN(const auto release, TextAt(row, 2));
    IL_ASSIGN(const auto actor, TextAt(row, 3));
    IL_ASSIGN(const auto host, TextAt(row, 4));
    IL_ASSIGN(const auto since, NumberAt<Timestamp>(row, 5));
    return Fail(ErrorKind::kFenced, "IL-R61",
                fmt::format("the claim on {} was taken over by {} on {} for release {}", object,
                            actor, host, release),
                "this runner must stop; nothing was written. `interlock status` shows how the "
                "other one fares",
                {fmt::format("at {}; its token is {}, ours was {}", FormatTimestamp(since),
                             known[object], ours->token)});
  }
  return held;
}

Result<void> SqlLedger::LockHead(SqlConnection& connection, const std::string& chain) const {
  IL_ASSIGN(const auto found, connection.Execute(sql_->lock_head, {chain}));
  if (!found.rows.empty()) return {};
  IL_RETURN_IF_ERROR(connection.Execute(sql_->add_head, {chain, std::string(kGenesisHash)}));
  IL_RETURN_IF_ERROR(connection.Execute(sql_->lock_head, {chain}));
  return {};
}

Result<Entry> SqlLedger::MakeEntry(SqlConnection& connection, const Last& last,
                                   const EntryDraft& draft, const Fence& fence) {
  if (!server_user_) {
    IL_ASSIGN(const auto user, connection.Execute(sql_->server_user));
    if (user.rows.empty()) return Damaged("the server does not say who we are");
    IL_ASSIGN(server_user_, TextAt(user.rows[0], 0));
  }
  Entry entry;
  entry.chain = last.head.chain;
  entry.seq = last.head.seq + 1;
  entry.format = kLedgerFormat;
  entry.prev_hash = last.head.hash;
  entry.at = std::max(clock_.Now(), last.head.seq == 0 ? 0 : last.at + 1);
  entry.kind = draft.kind;
  entry.token = HighestToken(fence);
  entry.actor = actor_;
  entry.session_user = *server_user_;
  entry.release = draft.release;
  entry.step = draft.step;
  entry.attempt = draft.attempt;
  entry.body = draft.body;
  entry.hash = EntryHash(entry);
  return entry;
}

Result<void> SqlLedger::Insert(SqlConnection& connection, const Entry& entry) const {
  IL_RETURN_IF_ERROR(connection.Execute(
      sql_->insert,
      {entry.chain, std::to_string(entry.seq), std::to_string(entry.format), entry.prev_hash,
       entry.hash, std::to_string(entry.at), std::string(ToString(entry.kind)),
       std::to_string(entry.token), entry.actor, entry.session_user, entry.release, entry.step,
       std::to_string(entry.attempt), ToHex(entry.body)}));
  IL_ASSIGN(const auto moved,
            connection.Execute(sql_->move_head, {entry.chain, std::to_string(entry.seq), entry.hash,
                                                 std::to_string(entry.seq - 1)}));
  if (moved.affected != 1)
    return Damaged(fmt::format("the head of chain '{}' moved although it was locked", entry.chain));
  return {};
}

Result<Entry> SqlLedger::TryAppend(const std::string& chain, const EntryDraft& draft,
                                   const Fence& fence, std::optional<Entry>* sent) {
  IL_ASSIGN(SqlConnection * connection, Ready());
  IL_ASSIGN(auto transaction, SqlTransaction::Begin(*connection));
  IL_RETURN_IF_ERROR(BeginWrite(*connection));
  const auto check_read = [&](bool own) -> Result<void> {
    for (const auto& read : draft.read)
      if ((read.chain == chain) == own) IL_RETURN_IF_ERROR(CheckRead(*connection, read));
    return {};
  };
  IL_RETURN_IF_ERROR(check_read(false));
  if (auto held = CheckFence(*connection, fence); !held) {
    // On a copy that lacks commits a claim says less than what is missing.
    IL_RETURN_IF_ERROR(check_read(true));
    return Fail(std::move(held).error());
  }
  if (draft.kept_text)
    IL_RETURN_IF_ERROR(
        connection->Execute(sql_->put_text, {Sha256(*draft.kept_text), ToHex(*draft.kept_text)}));
  IL_RETURN_IF_ERROR(LockHead(*connection, chain));
  IL_ASSIGN(const auto last, ReadLast(*connection, chain));
  if (std::find(draft.read.begin(), draft.read.end(), last.head) == draft.read.end())
    IL_RETURN_IF_ERROR(check_read(true));
  IL_ASSIGN(const auto entry, MakeEntry(*connection, last, draft, fence));
  IL_RETURN_IF_ERROR(Insert(*connection, entry));
  *sent = entry;
  if (auto committed = transaction.Commit(); !committed) {
    if (!IsLost(committed.error())) sent->reset();
    return Fail(std::move(committed).error());
  }
  return entry;
}

Result<bool> SqlLedger::IsThere(const Entry& entry) {
  return Repeatable<bool>(&SqlLedger::Ready, [&](SqlConnection& connection) -> Result<bool> {
    IL_ASSIGN(auto transaction, SqlTransaction::Begin(connection));
    IL_RETURN_IF_ERROR(BeginWrite(connection));
    IL_RETURN_IF_ERROR(LockHead(connection, entry.chain));
    IL_ASSIGN(const auto found,
              connection.Execute(sql_->hash_at, {entry.chain, std::to_string(entry.seq)}));
    if (found.rows.empty()) return false;
    IL_ASSIGN(const auto hash, TextAt(found.rows[0], 0));
    return hash == entry.hash;
  });
}

Result<Entry> SqlLedger::Append(const std::string& chain, const EntryDraft& draft,
                                const Fence& fence) {
  IL_RETURN_IF_ERROR(CheckText("chain", chain));
  IL_RETURN_IF_ERROR(CheckText("actor", actor_));
  IL_RETURN_IF_ERROR(CheckText("release", draft.release));
  IL_RETURN_IF_ERROR(CheckText("step", draft.step));
  for (int attempt = 1;; ++attempt) {
    std::optional<Entry> sent;
    auto appended = TryAppend(chain, draft, fence, &sent);
    if (appended) return appended;
    Error error = std::move(appended).error();
    if (!IsLost(error)) return Fail(Explain(std::move(error)));
    const bool had_connection = connection_ != nullptr;
    connection_.reset();
    if (sent) {
      const auto there = IsThere(*sent);
      if (!there)
        return Fail(ErrorKind::kInDoubt, "IL-L18",
                    fmt::format("whether entry {} of chain '{}' was written is not known",
                                sent->seq, chain),
                    "run the same command again: it looks before it acts",
                    {error.message, there.error().message});
      if (*there) return *sent;
    }
    // From here on it is certain that nothing was written: without a commit sent, nothing lasts.
    if (!had_connection) return Fail(std::move(error));
    if (attempt == 2)
      return Fail(ErrorKind::kTransient, "IL-L19",
                  fmt::format("the ledger's connection was lost twice; nothing was written to "
                              "chain '{}'",
                              chain),
                  "run the same command again", {error.message});
  }
}

// ------------------------------------------------------------------------------ texts

Result<std::string> SqlLedger::GetText(const Digest& digest) {
  using Text = std::string;
  return Repeatable<Text>(&SqlLedger::Ready, [&](SqlConnection& connection) -> Result<Text> {
    IL_ASSIGN(const auto found, connection.Execute(sql_->get_text, {digest}));
    auto corrupt = [&](std::string_view what) {
      return Fail(ErrorKind::kCorrupt, "IL-L12", fmt::format("text {} {}", digest, what),
                  "something else than interlock wrote to the ledger's tables");
    };
    if (found.rows.empty()) return corrupt("is not in the ledger");
    IL_ASSIGN(auto text, BytesAt(found.rows[0], 0));
    if (Sha256(text) != digest) return corrupt("does not have that digest any more");
    return text;
  });
}

}  // namespace interlock
