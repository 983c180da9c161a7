#include "engine/bulk.h"

namespace interlock {

const TableName& TableOf(const BulkTask& task) {
  return std::visit([](const auto& item) -> const TableName& { return item.table; }, task);
}

std::string IdOf(const BulkTask& task) {
  if (const auto* spec = std::get_if<SyncSpec>(&task)) return spec->id;
  return std::get<Alteration>(task).Id();
}

}  // namespace interlock
