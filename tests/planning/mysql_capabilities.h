// What MySQL can and cannot, for tests without a server.
#pragma once

#include "model/capabilities.h"

namespace interlock {

/// As CapabilitiesOf says of MySQL.
inline Capabilities MySqlCapabilities() {
  Capabilities out;
  out.engine = "mysql";
  out.names = {
      .longest = 64, .in_characters = true, .basic_plane_only = true, .space_at_end = false};
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

}  // namespace interlock
