#include "model/migration.h"

#include <nlohmann/json.hpp>

#include "model/json.h"

namespace interlock {

Digest ContentHash(const Migration& migration) {
  nlohmann::json json = ToJson(migration);
  for (const char* key : {"summary", "why", "refs", "file", "hash"}) json.erase(key);
  return Sha256(CanonicalJson(json));
}

}  // namespace interlock
