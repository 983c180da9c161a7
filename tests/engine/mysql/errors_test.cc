#include "engine/mysql/errors.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/mysql/connector.h"

namespace interlock::mysql {
namespace {

Error Of(int number, Moment moment = Moment::kSent, const std::string& text = "It failed.") {
  return FromException(sql::SQLException(text, "HY000", number), moment, "db-0 port 3306");
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
      {4025, ErrorKind::kFailed, "IL-E41"},    {1064, ErrorKind::kFailed, "IL-E40"},
      {1146, ErrorKind::kFailed, "IL-E40"},    {2014, ErrorKind::kFailed, "IL-E40"},
      {2013, ErrorKind::kInDoubt, "IL-E04"},   {1927, ErrorKind::kInDoubt, "IL-E04"},
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
  const Error error = FromException(std::logic_error("odd"), Moment::kSent, "db-0 port 3306");
  EXPECT_EQ(error.kind, ErrorKind::kInternal);
  EXPECT_EQ(NumberOf(error), 0);
}

}  // namespace
}  // namespace interlock::mysql
