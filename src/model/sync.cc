#include "model/sync.h"

#include "base/digest.h"

namespace interlock {

std::string SyncTriggerFor(std::string_view event, const TableName& table) {
  constexpr std::size_t kDigits = 12;
  return std::string(kSyncTrigger) + "_" + std::string(event) + "_" +
         Sha256(ToString(table)).substr(0, kDigits);
}

bool IsSyncTrigger(std::string_view name) { return name.starts_with(kSyncTrigger); }

}  // namespace interlock
