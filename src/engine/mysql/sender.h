// Sends a step's statements, each alone, with the tag in front.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/mysql/render.h"
#include "engine/session.h"

namespace interlock::mysql {

class Sender {
 public:
  /// `sent` may be null; both outlive the sender.
  Sender(MySqlConnection& connection, const StatementTag& tag, std::vector<std::string>* sent);

  /// In the first of its manners that the server takes.  kRefused (IL-E44) when it takes none.
  /// The statement stands in the error's details.
  Result<void> Send(const Statement& statement);
  Result<void> Send(const std::vector<Statement>& statements);
  /// LOCK TABLES, what is done under it, and UNLOCK TABLES whatever comes of that.
  Result<void> WhileLocked(const std::vector<TableName>& tables,
                           const std::function<Result<void>()>& work);
  /// With the table locked; always unlocked afterwards.  When one of the statements fails, `back`
  /// is called, still under the lock; kInDoubt when that fails as well.
  Result<void> SendLocked(const TableName& table, const std::vector<Statement>& statements,
                          const std::function<Result<void>()>& back = {});

 private:
  Result<SqlRows> Try(const std::string& statement);

  MySqlConnection& connection_;
  std::string comment_;
  std::vector<std::string>* sent_;
};

}  // namespace interlock::mysql
