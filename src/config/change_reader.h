// [[change]] tables: one reader a change kind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "config/problems.h"
#include "config/table_reader.h"
#include "model/change.h"

namespace interlock::config {

/// Nothing when the kind is missing, unknown or not supported; other mistakes go to `problems` and
/// leave gaps in the value.
std::optional<Change> ReadChange(const Node& node, Problems& problems);

// One for each kind; `table` has been asked for `kind` already and is finished by the caller.
change::CreateTable ReadCreateTable(TableReader& table, Problems& problems);
change::AddColumn ReadAddColumn(TableReader& table, Problems& problems);
change::DeriveColumns ReadDeriveColumns(TableReader& table, Problems& problems);
change::DropColumn ReadDropColumn(TableReader& table, Problems& problems);
change::CreateIndex ReadCreateIndex(TableReader& table, Problems& problems);
change::AlterTable ReadAlterTable(TableReader& table, Problems& problems);
change::Sql ReadSql(TableReader& table, Problems& problems);

enum class MayBeIdentity { kNo, kYes };
/// `name`, `type`, `null`, `default`, `collation` and perhaps `identity`.
ColumnSpec ReadColumn(TableReader& table, MayBeIdentity may_be_identity, Problems& problems);

/// "column public.users.name": a kind of object, then where it is.
Result<ObjectRef> ParseObjectRef(const std::string& text);

}  // namespace interlock::config
