#include "engine/sqlite/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "ledger/bytes.h"

namespace interlock::sqlite {
namespace {

constexpr int kBusyMilliseconds = 10'000;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

/// The one place where SQLite's result codes become kinds.
Error Translate(int extended, const std::string& message, const std::string& path) {
  Error error{ErrorKind::kFailed,
              "IL-Q01",
              fmt::format("{}: {}", path, message),
              {fmt::format("sqlite {}", extended)},
              ""};
  auto set = [&](ErrorKind kind, const char* code, const char* hint) {
    error.kind = kind;
    error.code = code;
    error.hint = hint;
  };
  // The index of the write-ahead log could not grow, for which SQLite knows no other reason.
  const bool no_room = extended == SQLITE_IOERR_SHMSIZE;
  switch (no_room ? SQLITE_FULL : extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      set(ErrorKind::kTransient, "IL-Q02", "another process is writing; run the command again");
      break;
    case SQLITE_FULL:
      set(ErrorKind::kTransient, "IL-Q03",
          "the disk is full; make room, then run the command again");
      break;
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      set(ErrorKind::kTransient, "IL-Q04", "see whether the disk is well, then run it again");
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      set(ErrorKind::kRefused, "IL-Q05",
          "the file and its folder must be writable for the user who runs interlock");
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      set(ErrorKind::kCorrupt, "IL-Q06", "the file is damaged or no SQLite database: restore it");
      break;
    default:
      break;
  }
  return error;
}

Error SystemError(const std::string& path, int number) {
  const bool full = number == ENOSPC || number == EDQUOT;
  return {full ? ErrorKind::kTransient : ErrorKind::kRefused,
          full ? "IL-Q03" : "IL-Q05",
          fmt::format("{}: {}", path, std::strerror(number)),
          {},
          full ? "the disk is full; make room, then run the command again"
               : "the folder must be writable for the user who runs interlock"};
}

/// Built in from SQLite 3.41 on.
void Unhex(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
  if (text == nullptr) return;
  const auto size = static_cast<size_t>(sqlite3_value_bytes(arguments[0]));
  const auto bytes = FromHex(std::string_view(text, size));
  if (!bytes) return;  // NULL, which the tables refuse
  sqlite3_result_blob64(context, bytes->data(), bytes->size(), SQLITE_TRANSIENT);
  if (bytes->empty()) sqlite3_result_zeroblob(context, 0);
}

/// Whom the system knows us as: who may write the file is its matter.
void OsUser(sqlite3_context* context, int, sqlite3_value**) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const auto id = geteuid();
  std::string name = std::to_string(id);
  if (getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    name = found->pw_name;
  sqlite3_result_text(context, name.data(), static_cast<int>(name.size()), SQLITE_TRANSIENT);
}

std::string Folder(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// A whole file on a file system that is read-only: it can be read without the files that SQLite
/// makes beside it, which it could not make there.
bool CannotChange(const std::string& path) {
  struct statvfs system {};
  if (statvfs(path.c_str(), &system) != 0 || (system.f_flag & ST_RDONLY) == 0) return false;
  struct stat log {};
  return stat((path + "-wal").c_str(), &log) != 0 || log.st_size == 0;
}

std::string PercentEncoded(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '_' || c == '-';
    out += plain ? std::string(1, c)
                 : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

SqlRows ReadRow(sqlite3_stmt* statement, SqlRows rows) {
  auto& row = rows.rows.emplace_back();
  for (int i = 0; i < sqlite3_column_count(statement); ++i) {
    if (sqlite3_column_type(statement, i) == SQLITE_NULL) {
      row.emplace_back();
      continue;
    }
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
    const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, i));
    row.emplace_back(text == nullptr ? std::string() : std::string(text, size));
  }
  return rows;
}

}  // namespace

SqliteConnection::SqliteConnection(sqlite3* handle, std::string path)
    : handle_(handle), path_(std::move(path)) {}

SqliteConnection::~SqliteConnection() { sqlite3_close(handle_); }

Error SqliteConnection::LastError(const std::string& what) const {
  return Translate(sqlite3_extended_errcode(handle_),
                   what.empty() ? sqlite3_errmsg(handle_) : what + ": " + sqlite3_errmsg(handle_),
                   path_);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::OpenFile(const std::string& path) {
  sqlite3* handle = nullptr;
  const bool frozen = CannotChange(path);
  const std::string name = frozen ? "file:" + PercentEncoded(path) + "?immutable=1" : path;
  const int flags = frozen ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE;
  const int opened = sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle, path));
  if (opened != SQLITE_OK) {
    if (handle == nullptr) return Fail(ErrorKind::kTransient, "IL-Q04", path + ": out of memory");
    return Fail(connection->LastError("cannot be opened"));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
  if (sqlite3_create_function(handle, "unhex", 1, kFlags | SQLITE_DETERMINISTIC, nullptr, Unhex,
                              nullptr, nullptr) != SQLITE_OK ||
      sqlite3_create_function(handle, "os_user", 0, kFlags, nullptr, OsUser, nullptr, nullptr) !=
          SQLITE_OK)
    return Fail(connection->LastError("functions"));
  // A ledger file may come from anywhere: what its schema holds must not call anything harmful.
  for (const char* pragma : {"PRAGMA trusted_schema = OFF", "PRAGMA recursive_triggers = ON",
                             "PRAGMA synchronous = FULL"})
    IL_RETURN_IF_ERROR(connection->Execute(pragma));
  return connection;
}

Result<void> SqliteConnection::CreateFile(const std::string& path) {
  struct stat info {};
  if (stat(Folder(path).c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return Fail(ErrorKind::kConfig, "IL-Q07",
                fmt::format("the folder {} for the ledger {} does not exist", Folder(path), path),
                "make it, or change the url in [ledger]");
  if (stat(path.c_str(), &info) == 0) return {};
  // Made beside it and linked into place when it is ready: two runners may try at once, and no
  // descriptor of ours on `path` is ever closed, which would drop this process's locks on it.
  std::string temporary = path + ".XXXXXX";
  const int descriptor = mkstemp(temporary.data());
  if (descriptor < 0) return Fail(SystemError(path, errno));
  close(descriptor);
  auto made = [&]() -> Result<void> {
    IL_ASSIGN(auto connection, OpenFile(temporary));
    IL_RETURN_IF_ERROR(connection->Execute("PRAGMA journal_mode = WAL"));
    return {};
  }();
  if (made && link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST)
    made = Fail(SystemError(path, errno));
  for (const char* suffix : {"", "-wal", "-shm"}) unlink((temporary + suffix).c_str());
  return made;
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 && errno == ENOENT)
    return Fail(ErrorKind::kRefused, "IL-L15", fmt::format("there is no ledger {} yet", path),
                "the first `interlock deploy`, `apply` or `baseline` makes it");
  IL_ASSIGN(auto connection, OpenFile(path));
  IL_ASSIGN(const auto mode, connection->Execute("PRAGMA journal_mode"));
  if (mode.rows.empty() || mode.rows[0].empty() || mode.rows[0][0] != "wal")
    IL_RETURN_IF_ERROR(connection->Execute("PRAGMA journal_mode = WAL"));
  return connection;
}

Result<SqlRows> SqliteConnection::Execute(const std::string& sql,
                                          const std::vector<SqlValue>& values) {
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &raw, &tail) !=
      SQLITE_OK)
    return Fail(LastError(""));
  const Statement statement(raw);
  const auto rest = std::string_view(sql).substr(static_cast<size_t>(tail - sql.data()));
  const bool one = raw != nullptr && rest.find_first_not_of(" \n\t;") == std::string_view::npos;
  if (!one || sqlite3_bind_parameter_count(raw) != static_cast<int>(values.size()))
    return Fail(ErrorKind::kInternal, "IL-X13",
                "not one statement with as many placeholders as values: " + sql);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    const int index = sqlite3_bind_parameter_index(raw, fmt::format("${}", i + 1).c_str());
    if (sqlite3_bind_text64(raw, index, values[i]->data(), values[i]->size(), SQLITE_STATIC,
                            SQLITE_UTF8) != SQLITE_OK)
      return Fail(LastError("a value"));
  }
  const int changes_before = sqlite3_total_changes(handle_);
  SqlRows rows;
  for (;;) {
    const int step = sqlite3_step(raw);
    if (step == SQLITE_DONE) break;
    if (step != SQLITE_ROW) return Fail(LastError(""));
    rows = ReadRow(raw, std::move(rows));
  }
  if (sqlite3_total_changes(handle_) != changes_before) rows.affected = sqlite3_changes(handle_);
  return rows;
}

Result<void> SqliteConnection::Begin() {
  IL_RETURN_IF_ERROR(Execute("BEGIN IMMEDIATE"));
  return {};
}

Result<void> SqliteConnection::Commit() {
  auto committed = Execute("COMMIT");
  if (committed) return {};
  const bool disk = (sqlite3_extended_errcode(handle_) & 0xff) == SQLITE_IOERR;
  Rollback();
  Error error = std::move(committed).error();
  // The log may hold the commit although the disk did not confirm it.
  if (disk || error.code == "IL-Q04") error.kind = ErrorKind::kInDoubt;
  return Fail(std::move(error));
}

void SqliteConnection::Rollback() {
  if (sqlite3_get_autocommit(handle_) != 0) return;
  [[maybe_unused]] const auto ended = Execute("ROLLBACK");
}

}  // namespace interlock::sqlite
