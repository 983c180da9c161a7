#include "model/names.h"

#include <gtest/gtest.h>

namespace interlock {
namespace {

TEST(TableNameTest, IsReadAsWritten) {
  EXPECT_EQ(ParseTableName("users").value(), (TableName{"", "users"}));
  EXPECT_EQ(ParseTableName("public.users").value(), (TableName{"public", "users"}));
  EXPECT_EQ(ParseTableName("\"My Schema\".\"Order\"").value(), (TableName{"My Schema", "Order"}));
  EXPECT_EQ(ParseTableName("public.\"a.b\"").value(), (TableName{"public", "a.b"}));
  EXPECT_EQ(ParseTableName("\"say \"\"hi\"\"\"").value(), (TableName{"", "say \"hi\""}));
  EXPECT_EQ(ParseTableName("Größe").value(), (TableName{"", "Größe"}));
}

TEST(TableNameTest, MalformedIsAConfigError) {
  for (const std::string& text :
       {std::string(""), std::string("."), std::string("a."), std::string(".a"),
        std::string("a..b"), std::string("a.b.c"), std::string("\"\""), std::string("\"a"),
        std::string("\"a\"b"), std::string("a\"b\""), std::string("a.\"b"), std::string("\"a\"\""),
        std::string("a\0b", 3), std::string("\"a\0b\"", 5)}) {
    const auto parsed = ParseTableName(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kConfig);
    EXPECT_EQ(parsed.error().code, "IL-C21");
  }
}

TEST(TableNameTest, TextIsReadBackAsTheSame) {
  for (const char* part : {"users", "Users", "a.b", "a\"b", "\"", "a b", "1st", "a\nb", "naïve",
                           "a:b", "a\\b", "_x9"}) {
    for (const TableName& name : {TableName{"", part}, TableName{part, "t"}, TableName{"s", part}})
      EXPECT_EQ(ParseTableName(ToString(name)).value(), name) << ToString(name);
  }
}

TEST(DisplayNameTest, QuotesWhatIsNoPlainWord) {
  EXPECT_EQ(DisplayName("first_name2"), "first_name2");
  EXPECT_EQ(DisplayName("Users"), "\"Users\"");
  EXPECT_EQ(DisplayName("2nd"), "\"2nd\"");
  EXPECT_EQ(DisplayName("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(DisplayName(""), "\"\"");
}

TEST(ObjectKindTest, EveryTextIsReadBack) {
  for (int i = 0; i <= static_cast<int>(ObjectKind::kOther); ++i) {
    const auto kind = static_cast<ObjectKind>(i);
    EXPECT_EQ(ParseObjectKind(ToString(kind)).value(), kind);
  }
  EXPECT_EQ(ParseObjectKind("colum").error().code, "IL-C22");
}

TEST(ObjectRefTest, SaysWhatAndWhere) {
  EXPECT_EQ(ToString(ObjectRef{ObjectKind::kColumn, {"public", "users"}, "first_name"}),
            "column public.users.first_name");
  EXPECT_EQ(ToString(ObjectRef{ObjectKind::kTable, {"", "Users"}, ""}), "table \"Users\"");
  EXPECT_EQ(ToString(ObjectRef{ObjectKind::kRoutine, {"public", "f(integer, text)"}, ""}),
            "routine public.\"f(integer, text)\"");
}

TEST(CoversTest, TheSameObject) {
  const ObjectRef name{ObjectKind::kColumn, {"public", "users"}, "name"};
  const ObjectRef view{ObjectKind::kView, {"public", "people"}, ""};
  EXPECT_TRUE(Covers(name, name));
  EXPECT_TRUE(Covers(view, view));
  EXPECT_FALSE(Covers(name, {ObjectKind::kColumn, {"public", "users"}, "fax"}));
  EXPECT_FALSE(Covers(name, {ObjectKind::kColumn, {"public", "orders"}, "name"}));
  EXPECT_FALSE(Covers(name, {ObjectKind::kIndex, {"public", "users"}, "name"}));
}

TEST(CoversTest, ATableCoversWhatIsInsideIt) {
  const ObjectRef users{ObjectKind::kTable, {"public", "users"}, ""};
  EXPECT_TRUE(Covers(users, users));
  for (ObjectKind kind : {ObjectKind::kColumn, ObjectKind::kConstraint, ObjectKind::kIndex,
                          ObjectKind::kTrigger, ObjectKind::kPolicy}) {
    EXPECT_TRUE(Covers(users, {kind, {"public", "users"}, "x"}));
    EXPECT_FALSE(Covers({kind, {"public", "users"}, "x"}, users));
    EXPECT_FALSE(Covers(users, {kind, {"other", "users"}, "x"}));
  }
}

TEST(CoversTest, ATableCoversNoOtherObjectOfItsName) {
  const ObjectRef users{ObjectKind::kTable, {"public", "users"}, ""};
  EXPECT_FALSE(Covers(users, {ObjectKind::kView, {"public", "users"}, ""}));
  EXPECT_FALSE(Covers(users, {ObjectKind::kSequence, {"public", "users"}, ""}));
  EXPECT_FALSE(Covers({ObjectKind::kSchema, {"", "public"}, ""}, users));
}

TEST(CoversTest, AnyOfSeveral) {
  const ObjectRef index{ObjectKind::kIndex, {"public", "users"}, "users_email_idx"};
  EXPECT_FALSE(CoversAny({}, index));
  EXPECT_FALSE(CoversAny({{ObjectKind::kTable, {"public", "orders"}, ""}}, index));
  EXPECT_TRUE(CoversAny({{ObjectKind::kTable, {"public", "orders"}, ""}, index}, index));
}

TEST(CoversTest, ASyncTriggerStandsForThoseOfItsTable) {
  const ObjectRef sync{ObjectKind::kTrigger, {"shop", "users"}, "~interlock_sync"};
  EXPECT_TRUE(Covers(sync, {ObjectKind::kTrigger, {"shop", "users"}, "~interlock_sync_i_01"}));
  EXPECT_FALSE(Covers(sync, {ObjectKind::kTrigger, {"shop", "orders"}, "~interlock_sync_i_01"}));
  EXPECT_FALSE(Covers(sync, {ObjectKind::kTrigger, {"shop", "users"}, "mine"}));
  EXPECT_FALSE(Covers(sync, {ObjectKind::kIndex, {"shop", "users"}, "~interlock_sync_i_01"}));
}

}  // namespace
}  // namespace interlock
