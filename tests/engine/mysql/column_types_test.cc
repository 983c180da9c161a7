// What a type's text says: how its values are cast, cut and compared.
#include "engine/mysql/column_types.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

struct TypeCase {
  const char* type;
  TypeKind kind;
  const char* cast;
  int length;
};

TEST(ColumnTypes, EveryClass) {
  for (const TypeCase& golden :
       std::vector<TypeCase>{{"varchar(20)", TypeKind::kText, "", 20},
                             {"character varying(20)", TypeKind::kText, "", 20},
                             {"CHAR", TypeKind::kChar, "", 1},
                             {"longtext", TypeKind::kText, "", 0},
                             {"binary(16)", TypeKind::kBinary, "BINARY(16)", 16},
                             {"varbinary(16)", TypeKind::kBytes, "", 16},
                             {"mediumblob", TypeKind::kBytes, "", 0},
                             {"json", TypeKind::kJson, "JSON", 0},
                             {"tinyint(1)", TypeKind::kWhole, "DECIMAL(20,0)", 0},
                             {"bigint(20) unsigned zerofill", TypeKind::kWhole, "DECIMAL(20,0)", 0},
                             {"year(4)", TypeKind::kYear, "DECIMAL(20,0)", 0},
                             {"decimal(12,4)", TypeKind::kDecimal, "DECIMAL(12,4)", 0},
                             {"numeric", TypeKind::kDecimal, "DECIMAL(10,0)", 0},
                             {"float", TypeKind::kFloat, "FLOAT", 0},
                             {"float(53)", TypeKind::kFloat, "DOUBLE", 0},
                             {"double(10,2)", TypeKind::kFloat, "DOUBLE", 0},
                             {"double precision", TypeKind::kFloat, "DOUBLE", 0},
                             {"date", TypeKind::kDate, "DATE", 0},
                             {"datetime(3)", TypeKind::kDate, "DATETIME(3)", 0},
                             {"time", TypeKind::kDate, "TIME", 0},
                             {"timestamp(6)", TypeKind::kTimestamp, "DATETIME(6)", 0},
                             {"inet6", TypeKind::kOther, "", 0},
                             {"", TypeKind::kOther, "", 0}}) {
    const ColumnType type = ParseColumnType(golden.type, "", "");
    EXPECT_EQ(type.kind, golden.kind) << golden.type;
    EXPECT_EQ(type.cast, golden.cast) << golden.type;
    EXPECT_EQ(type.length, golden.length) << golden.type;
    EXPECT_EQ(type.name, golden.type);
  }
}

TEST(ColumnTypes, CharacterSetMembersAndDigits) {
  const ColumnType text = ParseColumnType("varchar(9)", "latin1", "latin1_bin");
  EXPECT_EQ(text.name, "varchar(9) CHARACTER SET latin1 COLLATE latin1_bin");
  const ColumnType word = ParseColumnType("enum('it''s','a,b')", "utf8mb4", "utf8mb4_bin");
  EXPECT_EQ(word.members, (std::vector<std::string>{"'it''s'", "'a,b'"}));
  EXPECT_EQ(ParseColumnType("int", "utf8mb4", "utf8mb4_bin").name, "int");
  EXPECT_EQ(ParseColumnType("float(7,3)", "", "").digits, 3);
  EXPECT_EQ(ParseColumnType("varchar(9) /*M!100301 COMPRESSED*/", "", "").name, "varchar(9)");
}

}  // namespace
}  // namespace interlock::mysql
