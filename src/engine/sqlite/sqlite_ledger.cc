#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "engine/sql_ledger.h"
#include "engine/sqlite/sqlite_connection.h"

namespace interlock::sqlite {
namespace {

/// Opening must not make the file, so Exists and Prepare look at it first.
class SqliteLedger : public SqlLedger {
 public:
  SqliteLedger(const std::string& path, std::string actor, Clock& clock)
      : SqlLedger(
            [path]() -> Result<std::unique_ptr<SqlConnection>> {
              return SqliteConnection::Open(path);
            },
            std::move(actor), clock),
        path_(path) {}

  Result<bool> Exists() override {
    struct stat info {};
    if (stat(path_.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR)) return false;
    return SqlLedger::Exists();
  }

  Result<void> Prepare() override {
    IL_RETURN_IF_ERROR(SqliteConnection::CreateFile(path_));
    return SqlLedger::Prepare();
  }

 private:
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, const std::string& actor,
                                                 Clock& clock) {
  if (path.empty())
    return Fail(ErrorKind::kConfig, "IL-Q07", "the ledger's url names no file",
                "write url = \"sqlite:path/to/ledger.db\"");
  return std::make_unique<SqliteLedger>(path, actor, clock);
}

}  // namespace interlock::sqlite
