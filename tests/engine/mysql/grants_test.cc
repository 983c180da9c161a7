#include "engine/mysql/grants.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

Grants Of(const std::vector<const char*>& lines, bool wildcards = true) {
  Grants out(wildcards);
  for (const char* line : lines) out.Add(line);
  return out;
}

TEST(Grants, OfTheServerAndOfADatabase) {
  const Grants grants =
      Of({"GRANT PROCESS, SHOW DATABASES ON *.* TO `rr`@`%`",
          "GRANT CONNECTION_ADMIN,BACKUP_ADMIN ON *.* TO `rr`@`%`",
          "GRANT SELECT, SHOW VIEW, TRIGGER ON `shop`.* TO `rr`@`%` WITH GRANT OPTION",
          "GRANT INSERT (`a`, `ON`), UPDATE ON `shop`.`t` TO `rr`@`%`",
          "GRANT EXECUTE ON PROCEDURE `shop`.`p` TO `rr`@`%`", "GRANT `r1`@`%` TO `rr`@`%`",
          "GRANT PROXY ON ``@`%` TO `rr`@`%`", "SET DEFAULT ROLE `r1` FOR `rr`@`%`"});
  EXPECT_TRUE(grants.Everywhere("PROCESS"));
  EXPECT_TRUE(grants.Everywhere("SHOW DATABASES"));
  EXPECT_TRUE(grants.Everywhere("BACKUP_ADMIN"));
  EXPECT_FALSE(grants.Everywhere("SELECT"));
  EXPECT_TRUE(grants.On("shop", "SHOW VIEW"));
  EXPECT_TRUE(grants.On("shop", "TRIGGER"));
  EXPECT_FALSE(grants.On("other", "TRIGGER"));
  for (const char* not_all : {"INSERT", "UPDATE", "EXECUTE"})
    EXPECT_FALSE(grants.On("shop", not_all)) << not_all;
}

TEST(Grants, AllOfThem) {
  const Grants everywhere =
      Of({"GRANT ALL PRIVILEGES ON *.* TO `root`@`127.0.0.1` WITH GRANT OPTION"});
  EXPECT_TRUE(everywhere.Everywhere("PROCESS"));
  EXPECT_TRUE(everywhere.On("shop", "TRIGGER"));
  const Grants one = Of({"GRANT ALL PRIVILEGES ON `sh``op`.* TO `a``b`@`%`"});
  EXPECT_TRUE(one.On("sh`op", "TRIGGER"));
  EXPECT_FALSE(one.On("shop", "TRIGGER"));
  EXPECT_FALSE(one.Everywhere("PROCESS"));
}

TEST(Grants, OfSeveralPatternsTheMostExactCountsAlone) {
  const Grants grants =
      Of({"GRANT SELECT ON `shop%`.* TO `u`@`%`", "GRANT TRIGGER ON `shop\\_1`.* TO `u`@`%`",
          "GRANT EVENT ON `sh%`.* TO `u`@`%`", "GRANT INSERT ON `_op`.* TO `u`@`%`"});
  EXPECT_TRUE(grants.On("shop_1", "TRIGGER"));
  EXPECT_FALSE(grants.On("shop_1", "SELECT"));
  EXPECT_TRUE(grants.On("shopx1", "SELECT"));
  EXPECT_FALSE(grants.On("shopx1", "TRIGGER"));
  EXPECT_FALSE(grants.On("shopx1", "EVENT"));
  EXPECT_TRUE(grants.On("shirts", "EVENT"));
  EXPECT_TRUE(grants.On("äop", "INSERT"));
  // Roles add to it.
  const Grants roles =
      Of({"GRANT SELECT ON `shop`.* TO `u`@`%`", "GRANT TRIGGER ON `sho_`.* TO `reader`"});
  EXPECT_TRUE(roles.On("shop", "SELECT"));
  EXPECT_TRUE(roles.On("shop", "TRIGGER"));
}

TEST(Grants, PartOfThemMayBeRevoked) {
  const Grants grants =
      Of({"GRANT SELECT, TRIGGER ON *.* TO `pr`@`%`", "REVOKE SELECT ON `shop`.* FROM `pr`@`%`",
          "GRANT EVENT ON `s_op`.* TO `pr`@`%`"},
         false);
  EXPECT_FALSE(grants.On("shop", "SELECT"));
  EXPECT_TRUE(grants.On("shop", "TRIGGER"));
  EXPECT_TRUE(grants.On("other", "SELECT"));
  EXPECT_FALSE(grants.On("shop", "EVENT")) << "the name is meant as it stands";
  EXPECT_TRUE(grants.On("s_op", "EVENT"));
}

}  // namespace
}  // namespace interlock::mysql
