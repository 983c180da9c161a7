#include "engine/mysql/errors.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/mysql/connector.h"

namespace interlock::mysql {
namespace {

Error Of(int number, Moment moment = Moment::kSent, Flavor flavor = Flavor::kMySql) {
  return FromException(sql::SQLException("It failed.", "HY000", number), moment, "db-0 port 3306",
                       flavor);
}

TEST(Errors, AreSortedByWhatTheCallerMustDo) {
  const struct {
    int number;
    ErrorKind kind;
    const char* code;
  } cases[] = {
      {1205, ErrorKind::kTransient, "IL-E10"}, {1213, ErrorKind::kTransient, "IL-E11"},
      {1040, ErrorKind::kTransient, "IL-E13"}, {1317, ErrorKind::kTransient, "IL-E14"},
      {1142, ErrorKind::kRefused, "IL-E20"},   {1419, ErrorKind::kRefused, "IL-E26"},
      {1290, ErrorKind::kRefused, "IL-E21"},   {1062, ErrorKind::kFailed, "IL-E41"},
      {3819, ErrorKind::kFailed, "IL-E41"},    {1064, ErrorKind::kFailed, "IL-E40"},
      {1146, ErrorKind::kFailed, "IL-E40"},    {2014, ErrorKind::kFailed, "IL-E40"},
      {2013, ErrorKind::kInDoubt, "IL-E04"},   {3169, ErrorKind::kInDoubt, "IL-E04"},
      {4031, ErrorKind::kInDoubt, "IL-E04"},   {1053, ErrorKind::kInDoubt, "IL-E04"},
  };
  for (const auto& known : cases) {
    const Error error = Of(known.number);
    EXPECT_EQ(error.kind, known.kind) << known.number;
    EXPECT_EQ(error.code, known.code) << known.number;
    EXPECT_EQ(NumberOf(error), known.number);
  }
  EXPECT_EQ(Of(1205).message, "It failed");
}

TEST(Errors, NoCharacterIsCutInTwo) {
  const auto message = [](const std::string& text) {
    return FromException(sql::SQLException(text, "HY000", 1062), Moment::kSent, "", Flavor::kMySql)
        .message;
  };
  EXPECT_EQ(message("Duplicate entry '\xC3\xB6\xC3"), "Duplicate entry '\xC3\xB6");
  EXPECT_EQ(message("Duplicate entry '\xC3\xB6"), "Duplicate entry '\xC3\xB6");
  EXPECT_EQ(message("Duplicate entry '\xF0\x9F\x9A"), "Duplicate entry '");
  EXPECT_EQ(message(""), "");
}

TEST(Errors, From1900OnEachServerHasItsOwn) {
  const struct {
    int number;
    const char* mysql;
    const char* mariadb;
  } cases[] = {
      {4031, "IL-E04", "IL-E40"}, {3169, "IL-E04", "IL-E40"}, {1927, "IL-E40", "IL-E04"},
      {3572, "IL-E10", "IL-E40"}, {3058, "IL-E11", "IL-E40"}, {3024, "IL-E14", "IL-E40"},
      {1969, "IL-E40", "IL-E14"}, {3819, "IL-E41", "IL-E40"}, {4025, "IL-E40", "IL-E41"},
      {1047, "IL-E40", "IL-E13"}, {2013, "IL-E04", "IL-E04"}, {1205, "IL-E10", "IL-E10"},
  };
  for (const auto& known : cases) {
    EXPECT_EQ(Of(known.number, Moment::kSent, Flavor::kMySql).code, known.mysql) << known.number;
    EXPECT_EQ(Of(known.number, Moment::kSent, Flavor::kMariaDb).code, known.mariadb)
        << known.number;
  }
}

TEST(Errors, ALostConnectionIsInDoubtOnlyAfterAStatement) {
  EXPECT_EQ(Of(2006, Moment::kBeginning).kind, ErrorKind::kUnreachable);
  EXPECT_EQ(Of(2006, Moment::kBeginning).code, "IL-E03");
  for (const int number : {2002, 1045, 1040, 1049}) {
    const Error error = Of(number, Moment::kConnecting);
    EXPECT_EQ(error.kind, ErrorKind::kUnreachable) << number;
    EXPECT_EQ(error.code, "IL-E02");
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST(Errors, WhatIsNotTheServersIsOurs) {
  const Error error =
      FromException(std::logic_error("odd"), Moment::kSent, "db-0 port 3306", Flavor::kMySql);
  EXPECT_EQ(error.kind, ErrorKind::kInternal);
  EXPECT_EQ(NumberOf(error), 0);
}

}  // namespace
}  // namespace interlock::mysql
