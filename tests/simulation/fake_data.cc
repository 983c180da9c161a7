#include "simulation/fake_data.h"

#include <utility>

namespace interlock::simulation {

Capabilities CapabilitiesOf(const ServerKind& kind) {
  Capabilities out;
  if (kind.transactional_ddl) return out;
  out.engine = std::string(kind.engine);
  out.major = 8;
  out.names.longest = 64;
  out.transactional_ddl = false;
  out.unvalidated_checks = false;
  out.not_null_by_check = false;
  out.hides_new_columns = true;
  out.omitted_need_default = true;
  out.triggers_fire_by_name = false;
  out.index_names_per_schema = false;
  out.builds_on_partitioned = true;
  out.partial_indexes = false;
  out.sequences = false;
  out.stale_statement_error.clear();
  out.snapshot_error.clear();
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
