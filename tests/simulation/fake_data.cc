#include "simulation/fake_data.h"

#include <utility>

#include "planning/mysql_capabilities.h"

namespace interlock::simulation {

Capabilities CapabilitiesOf(const ServerKind& kind) {
  if (kind.transactional_ddl) return {};
  Capabilities out = MySqlCapabilities();
  out.engine = std::string(kind.engine);
  return out;
}

Statement Does(std::function<void(FakeData&)> effect, bool waits) {
  return {[effect = std::move(effect)](FakeData& data) -> Result<void> {
            effect(data);
            return {};
          },
          waits};
}

Result<void> SendLocked(const Send& send, const std::function<Result<void>()>& work,
                        const std::function<Result<void>()>& back) {
  IL_RETURN_IF_ERROR(send(Does([](FakeData& data) { data.table_lock = true; })));
  auto done = work();
  const auto undone = done || !back ? Result<void>() : back();
  const auto unlocked = send(Does([](FakeData& data) { data.table_lock = false; }, false));
  if (done) return unlocked;
  Error error = std::move(done).error();
  if (!undone) error.kind = ErrorKind::kInDoubt;
  return Fail(std::move(error));
}

}  // namespace interlock::simulation
