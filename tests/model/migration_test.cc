#include "model/migration.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/json.h"
#include "model/samples.h"

namespace interlock {
namespace {

using nlohmann::json;

TEST(ContentHashTest, ExplanationsAreNotInIt) {
  const Digest hash = ContentHash(SampleMigration());
  Migration other = SampleMigration();
  other.summary = "x";
  other.why = "x";
  other.refs = {};
  other.file = "x";
  other.hash = "x";
  EXPECT_EQ(ContentHash(other), hash);
}

TEST(ContentHashTest, NeverChangesFromReleaseToRelease) {
  Migration migration;
  migration.id = "0001-a";
  migration.database = "main";
  migration.after = {{"0000-b", SchemaState::kExpanded}};
  migration.changes = {change::DropColumn{{"", "users"}, "fax", "''", {}}};
  EXPECT_EQ(ContentHash(migration),
            Sha256(R"({"after":[{"id":"0000-b","state":"expanded"}],"changes":[{"column":"fax",)"
                   R"("drops":[],"fill":"''","kind":"drop_column",)"
                   R"("table":{"name":"users","schema":""}}],"database":"main","id":"0001-a"})"));
}

/// Other values that a field could have in place of `value`.
std::vector<json> Others(const json& value) {
  if (value.is_boolean()) return {!value.get<bool>()};
  if (value.is_null()) return {"x", "contract"};
  if (value.is_string())
    return {value.get<std::string>() + "x", "expand", "absent", "table", nullptr};
  return {};
}

TEST(ContentHashTest, EveryFieldOfEveryChangeIsInIt) {
  const Digest hash = ContentHash(SampleMigration());
  const json good = ToJson(SampleMigration());
  const json flat = good.flatten();
  int tried = 0;
  for (const auto& [place, value] : flat.items()) {
    const json::json_pointer at(place);
    const std::string top = place.substr(1, place.find('/', 1) - 1);
    if (top == "summary" || top == "why" || top == "refs" || top == "file" || top == "hash")
      continue;
    if (at.back() == "kind" && at.parent_pointer().parent_pointer().to_string() == "/changes")
      continue;  // another kind has other fields
    bool changed = false;
    for (const auto& other : Others(value)) {
      json json = good;
      json[at] = other;
      const auto migration = MigrationFromJson(json);
      if (!migration || other == value) continue;
      EXPECT_NE(ContentHash(*migration), hash) << place;
      changed = true;
    }
    EXPECT_TRUE(changed) << place << " could not be changed";
    ++tried;
  }
  EXPECT_GT(tried, 80);
}

TEST(ContentHashTest, OrderAndNumberOfChangesAreInIt) {
  const Digest hash = ContentHash(SampleMigration());
  Migration other = SampleMigration();
  std::swap(other.changes[0], other.changes[1]);
  EXPECT_NE(ContentHash(other), hash);
  other = SampleMigration();
  other.changes.pop_back();
  EXPECT_NE(ContentHash(other), hash);
  other = SampleMigration();
  other.after.clear();
  EXPECT_NE(ContentHash(other), hash);
}

}  // namespace
}  // namespace interlock
