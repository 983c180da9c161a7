// What a refused connection says: where, why in the server's words, and what to do about it.
#include "engine/postgres/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pqxx/except>

namespace interlock::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Error WhenRefused(const std::string& what) {
  return FromException(pqxx::broken_connection(what), Moment::kConnecting, true,
                       "db-1 port 5432, database shop, user ann");
}

TEST(ConnectErrors, SayWhereOnceAndWhatToDo) {
  const auto password = WhenRefused(
      "connection to server at \"db-1\", port 5432 failed: FATAL:  password "
      "authentication failed for user \"ann\"\n");
  EXPECT_EQ(password.kind, ErrorKind::kUnreachable);
  EXPECT_EQ(password.message,
            "cannot connect to db-1 port 5432, database shop, user ann: password authentication "
            "failed for user \"ann\"");
  EXPECT_THAT(password.hint, HasSubstr("the user or the password"));

  const auto database = WhenRefused(
      "connection to server at \"db-1\", port 5432 failed: FATAL:  database \"shop\" does not "
      "exist");
  EXPECT_THAT(database.message, Not(HasSubstr("connection to server")));
  EXPECT_THAT(database.hint, HasSubstr("create the database"));

  const auto role = WhenRefused("FATAL:  role \"ann\" does not exist");
  EXPECT_THAT(role.hint, HasSubstr("create the role"));

  const auto down = WhenRefused(
      "connection to server at \"db-1\", port 5432 failed: Connection refused\n\tIs the server "
      "running on that host and accepting TCP/IP connections?\n");
  EXPECT_THAT(down.message, HasSubstr("user ann: Connection refused"));
  EXPECT_EQ(down.hint, "check the database's url and that the server accepts connections");
}

}  // namespace
}  // namespace interlock::postgres
