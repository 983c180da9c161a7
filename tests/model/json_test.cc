#include "model/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "model/samples.h"

namespace interlock {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Through the text, as a ledger does it.
json Again(const json& value) { return ParseJson(CanonicalJson(value)).value(); }

void ExpectCorrupt(const Error& error, const std::string& part) {
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_EQ(error.code, "IL-L21");
  EXPECT_THAT(error.message, HasSubstr(part));
}

TEST(JsonTest, EveryActionIsReadBackAsTheSame) {
  for (const auto& action : EveryAction()) {
    const auto read = ActionFromJson(Again(ToJson(action)));
    ASSERT_TRUE(read) << ToString(read.error());
    EXPECT_EQ(*read, action) << ActionName(action);
  }
}

TEST(JsonTest, DefaultValuesAreReadBackToo) {
  EXPECT_EQ(ActionFromJson(Again(ToJson(Action(action::CreateTable{})))).value(),
            Action(action::CreateTable{}));
  EXPECT_EQ(ActionFromJson(Again(ToJson(Action(action::SetDefault{})))).value(),
            Action(action::SetDefault{}));
  EXPECT_EQ(ActionFromJson(Again(ToJson(Action(action::CreateIndex{})))).value(),
            Action(action::CreateIndex{}));
  EXPECT_EQ(UsesFromJson(Again(ToJson(Uses{}))).value(), Uses{});
  const json step = ToJson(Step{});
  EXPECT_EQ(ToJson(StepFromJson(Again(step)).value()), step);
}

TEST(JsonTest, EveryChangeIsReadBackAsTheSame) {
  const Migration migration = SampleMigration();
  const auto read = MigrationFromJson(Again(ToJson(migration)));
  ASSERT_TRUE(read) << ToString(read.error());
  EXPECT_EQ(read->id, migration.id);
  EXPECT_EQ(read->database, migration.database);
  EXPECT_EQ(read->summary, migration.summary);
  EXPECT_EQ(read->why, migration.why);
  EXPECT_EQ(read->refs, migration.refs);
  EXPECT_EQ(read->after, migration.after);
  EXPECT_EQ(read->changes, migration.changes);
  EXPECT_EQ(read->file, migration.file);
  EXPECT_EQ(read->hash, migration.hash);
}

TEST(JsonTest, StepsAreReadBackAsTheSame) {
  Step plain;
  plain.id = "m/expand/1-a";
  plain.action = action::Analyze{kSampleTable};
  const auto read = StepsFromJson(Again(ToJson(std::vector<Step>{SampleStep(), plain}))).value();
  ASSERT_EQ(read.size(), 2u);
  const Step& step = read[0];
  EXPECT_EQ(step.id, SampleStep().id);
  EXPECT_EQ(step.migration, "0002-split-name");
  EXPECT_EQ(step.phase, Phase::kContract);
  EXPECT_EQ(step.action, SampleStep().action);
  EXPECT_EQ(step.touches, SampleStep().touches);
  EXPECT_EQ(step.lock, LockLevel::kShareUpdateExclusive);
  EXPECT_FALSE(step.transactional);
  EXPECT_TRUE(step.only_looks);
  EXPECT_TRUE(step.waits);
  EXPECT_TRUE(step.irreversible);
  EXPECT_EQ(step.undo, SampleStep().undo);
  EXPECT_EQ(step.summary, "drop index i");
  EXPECT_EQ(step.hazards, SampleStep().hazards);
  EXPECT_FALSE(read[1].undo);
  EXPECT_TRUE(read[1].transactional);
}

TEST(JsonTest, EveryLockAndPhaseIsReadBack) {
  for (int lock = 0; lock <= static_cast<int>(LockLevel::kAccessExclusive); ++lock) {
    Step step;
    step.lock = static_cast<LockLevel>(lock);
    step.phase = static_cast<Phase>(lock % 4);
    const auto read = StepFromJson(ToJson(step)).value();
    EXPECT_EQ(read.lock, step.lock);
    EXPECT_EQ(read.phase, step.phase);
  }
}

TEST(JsonTest, UsesAreReadBackAsTheSame) {
  Uses uses;
  uses.listed = {{"0002-split-name", StateInterval::FromExpanded()},
                 {"0009-drop-fax", StateInterval::Parse("expanding..expanded").value()},
                 {"", StateInterval()}};
  uses.contains = {"0002-split-name", "0001-create-users"};
  EXPECT_EQ(UsesFromJson(Again(ToJson(uses))).value(), uses);
  EXPECT_EQ(CanonicalJson(ToJson(Uses{{{"a", StateInterval::UpToExpanded()}}, {"b"}})),
            R"({"contains":["b"],"listed":{"a":"..expanded"}})");
}

TEST(JsonTest, FormIsExactlyThis) {
  EXPECT_EQ(CanonicalJson(ToJson(ObjectRef{ObjectKind::kColumn, {"public", "users"}, "name"})),
            R"({"kind":"column","member":"name","table":{"name":"users","schema":"public"}})");
  EXPECT_EQ(CanonicalJson(ToJson(Change(change::AddColumn{
                {"", "users"}, {"fax", "text", true, std::nullopt, "", false}, "'ü'"}))),
            R"({"column":{"collation":"","default":null,"identity":false,"name":"fax",)"
            R"("nullable":true,"type":"text"},"fill":"'ü'","kind":"add_column",)"
            R"("table":{"name":"users","schema":""}})");
  EXPECT_EQ(CanonicalJson(ToJson(Action(action::SetDefault{{"a", "b"}, "c", std::nullopt}))),
            R"({"action":"set_default","column":"c","expression":null,)"
            R"("table":{"name":"b","schema":"a"}})");
}

/// Whether the object at `pointer` is a map with free keys rather than a struct.
bool IsMap(const json::json_pointer& pointer, const json& value) {
  static const std::set<std::string> kMaps = {"down", "fills", "renamed", "listed"};
  if (pointer.empty()) return false;
  const std::string key = pointer.back();
  return kMaps.contains(key) || (key == "columns" && value.is_object());
}

/// Calls `visit` with the place of every value inside `value`, itself included.
void ForEach(const json& value, const json::json_pointer& at,
             const std::function<void(const json::json_pointer&, const json&)>& visit) {
  visit(at, value);
  if (value.is_object())
    for (const auto& [key, item] : value.items()) ForEach(item, at / key, visit);
  if (value.is_array())
    for (size_t i = 0; i < value.size(); ++i) ForEach(value[i], at / i, visit);
}

/// Damages `good` at every place in every way; `read` must refuse all, and name the key.
template <typename T>
void ExpectStrict(const json& good, Result<T> (*read)(const json&)) {
  int damaged = 0;
  auto refuse = [&](const json& bad, const std::string& part) {
    const auto result = read(bad);
    ASSERT_FALSE(result) << CanonicalJson(bad);
    ExpectCorrupt(result.error(), part);
    ++damaged;
  };
  ASSERT_TRUE(read(good));
  ForEach(good, json::json_pointer(), [&](const json::json_pointer& at, const json& value) {
    const std::string key = at.empty() ? "the value" : at.back();
    for (const json& other : {json(7), json(1.5), json::array({1})}) {
      json bad = good;
      bad[at] = other;
      refuse(bad, std::isdigit(static_cast<unsigned char>(key[0])) ? "[" + key + "]" : key);
    }
    if (!value.is_object() || IsMap(at, value)) return;
    json more = good;
    more[at]["surplus"] = "x";
    refuse(more, "surplus' is an unknown key");
    for (const auto& [name, item] : value.items()) {
      json less = good;
      less[at].erase(name);
      refuse(less, name + "' is missing");
    }
  });
  EXPECT_GT(damaged, 5);
}

TEST(JsonStrictnessTest, EveryActionAtEveryPlace) {
  for (const auto& action : EveryAction()) ExpectStrict(ToJson(action), ActionFromJson);
}

TEST(JsonStrictnessTest, StepUsesAndMigrationAtEveryPlace) {
  ExpectStrict(ToJson(SampleStep()), StepFromJson);
  ExpectStrict(ToJson(SampleMigration()), MigrationFromJson);
  Uses uses;
  uses.listed["a"] = StateInterval::FromExpanded();
  uses.contains = {"a"};
  ExpectStrict(ToJson(uses), UsesFromJson);
}

TEST(JsonStrictnessTest, NamesThePlace) {
  json migration = ToJson(SampleMigration());
  migration["changes"][0]["columns"][1]["nullable"] = "yes";
  ExpectCorrupt(MigrationFromJson(migration).error(),
                "'changes[0].columns[1].nullable' is neither true nor false");
  json step = ToJson(SampleStep());
  step["undo"]["action"] = "make_index";
  ExpectCorrupt(StepFromJson(step).error(), "'undo.action' is 'make_index', which is not known");
  step = ToJson(SampleStep());
  step["lock"] = "exclusive";
  ExpectCorrupt(StepFromJson(step).error(), "'lock' is 'exclusive', which is not valid here");
  ExpectCorrupt(StepsFromJson(json::object()).error(), "the value is not a list");
}

TEST(JsonStrictnessTest, AnIntervalStandsInItsShortestForm) {
  for (const char* text : {"expanded..expanded", "absent..expanded", "..contracted", "ready", ""}) {
    const json uses = {{"listed", {{"m", text}}}, {"contains", json::array()}};
    ExpectCorrupt(UsesFromJson(uses).error(), "'listed.m' is '");
  }
}

TEST(ParseJsonTest, SaysWhere) {
  ExpectCorrupt(ParseJson("").error(), "not JSON at byte 1");
  ExpectCorrupt(ParseJson("{\"a\": nope}").error(), "not JSON at byte 8");
  ExpectCorrupt(ParseJson("{} {}").error(), "not JSON at byte");
  ExpectCorrupt(ParseJson("[1,]").error(), "not JSON at byte");
  ExpectCorrupt(ParseJson("\"\xFF\"").error(), "not JSON at byte");
  ExpectCorrupt(ParseJson("1e999").error(), "out of range");
}

TEST(ParseJsonTest, RefusesAKeyThatStandsTwice) {
  ExpectCorrupt(ParseJson(R"({"a":1,"b":{"c":2,"c":3}})").error(), "'c' stands twice");
  EXPECT_TRUE(ParseJson(R"([{"a":1,"b":{"a":2}},{"a":3}])"));
}

TEST(ParseJsonTest, RefusesWhatIsNestedTooDeep) {
  auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(ParseJson(nested(60)));
  ExpectCorrupt(ParseJson(nested(70)).error(), "nested deeper");
  ExpectCorrupt(ParseJson(nested(200'000)).error(), "nested deeper");
}

TEST(CanonicalJsonTest, IsTheCompactFormWithSortedKeys) {
  EXPECT_EQ(CanonicalJson(json::parse(R"( {"b": [1, -2, true, null, {}], "a": [], "B": "x"} )")),
            R"({"B":"x","a":[],"b":[1,-2,true,null,{}]})");
  EXPECT_EQ(CanonicalJson(json("a\"b\\c/\b\f\n\r\t\x01\x1f\x7fü名")),
            "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7fü名\"");
  EXPECT_EQ(CanonicalJson(json(std::string("\0", 1))), "\"\\u0000\"");
  EXPECT_EQ(CanonicalJson(json(18446744073709551615u)), "18446744073709551615");
  const json sample = ToJson(SampleMigration());
  EXPECT_EQ(CanonicalJson(sample), sample.dump());
}

TEST(CanonicalJsonTest, BytesThatAreNoUtf8NeitherThrowNorCollide) {
  EXPECT_EQ(CanonicalJson(json("a\xFF")), "\"a\xFF\"");
  EXPECT_NE(CanonicalJson(json("a\xFF")), CanonicalJson(json("a\xFE")));
  EXPECT_EQ(CanonicalJson(json{{"\xC3", 1}}), "{\"\xC3\":1}");
  EXPECT_FALSE(ParseJson(CanonicalJson(json("a\xFF"))));
}

}  // namespace
}  // namespace interlock
