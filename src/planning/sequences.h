// Sequences that come and go with the columns that own them.
#pragma once

#include <string_view>
#include <vector>

#include "model/catalog.h"
#include "model/change.h"

namespace interlock::planning {

/// smallserial, serial, bigserial and their short names.
bool IsSerial(std::string_view type);

/// The sequences that creating the table creates, as PostgreSQL names them; empty for other
/// engines.
std::vector<ObjectRef> SequencesOf(const change::CreateTable& create, const Catalog& catalog);

}  // namespace interlock::planning
