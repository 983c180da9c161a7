// What a fake server holds, and so does a copy of it; and what kind of server it is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/entry.h"
#include "model/capabilities.h"
#include "model/catalog.h"
#include "model/step.h"

namespace interlock::simulation {

struct ServerKind {
  std::string_view engine;
  /// What a step sends takes effect as a whole; else each statement commits by itself.
  bool transactional_ddl = true;
};
inline constexpr ServerKind kTogether{"postgresql", true};
inline constexpr ServerKind kOneByOne{"mysql", false};
Capabilities CapabilitiesOf(const ServerKind& kind);

/// The one table there is.
inline const TableName kUsers{"public", "users"};

/// What stands beside the table while it is altered; the catalog shows none of it.
struct FakeHelpers {
  enum class Aside { kNone, kFresh, kReplaced };
  /// What bears the name of one of the two shapes.
  struct Side {
    bool log = false;   ///< keys of rows that are written while this shape is live
    int triggers = 0;   ///< they write the log
    int halts = 0;      ///< triggers that let nobody write
    bool kept = false;  ///< what a swap carries over from it
  };
  Aside aside = Aside::kNone;  ///< the table of the other shape
  std::string shape;           ///< that it has
  int filled = 0;              ///< segments of it, of 2
  bool late_keys = false;      ///< it lacks keys that are built once it is filled
  bool audit = false;          ///< the application's trigger is on it
  bool lacks = false;          ///< rows were written that it will never have
  bool swapped_too_early = false;
  std::map<std::string, Side> sides;  ///< by shape
};

struct FakeData {
  struct Lock {
    std::uint64_t token = 0;
    int holder = 0;  ///< session, 0 = free
  };

  Table& users() { return catalog.tables[kUsers]; }
  const Table& users() const { return catalog.tables.at(kUsers); }

  ServerKind kind;
  Catalog catalog;
  std::map<std::string, std::vector<Entry>> chains;
  std::map<std::string, std::string> texts;
  std::map<std::string, int> backfills;  ///< step id → segments done, of 2
  std::map<std::string, Lock> locks;     ///< by claimed object
  std::map<std::string, int> effects;    ///< step id → how often it came to its effect
  std::map<std::string, Observed> last_look;
  bool ledger_made = false;
  bool table_lock = false;  ///< a session has locked the table against all others
  /// What the sync triggers say of which columns, by their text.
  std::map<std::string, std::vector<SyncSpec>> trigger_specs;
  bool alters = false;  ///< the release alters the table, instead of splitting its column
  FakeHelpers helpers;
  std::map<std::string, Table> shapes;  ///< by what describes them: those of an ALTER
  std::set<std::string> in_place;       ///< clauses of an ALTER that the server does so
  bool old_behind = false;  ///< rows lack on their old side what was written to the new one
  bool new_behind = false;  ///< … the other way round: until the backfill
};

template <typename T>
void RemoveNamed(std::vector<T>& items, const std::string& name) {
  std::erase_if(items, [&](const T& item) { return item.name == name; });
}

/// One statement of a step, by what it does.
struct Statement {
  std::function<Result<void>(FakeData&)> effect;  ///< kFailed when the server refuses it
  bool waits = true;                              ///< it may get no lock in time
};
/// One that the server never refuses.
Statement Does(std::function<void(FakeData&)> effect, bool waits = true);
/// Sends one to the server.
using Send = std::function<Result<void>(const Statement&)>;

/// `work` with the table locked against all others; `back`, still under the lock, when it fails.
Result<void> SendLocked(const Send& send, const std::function<Result<void>()>& work,
                        const std::function<Result<void>()>& back = nullptr);

}  // namespace interlock::simulation
