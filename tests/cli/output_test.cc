// The layout of errors, the envelope, and what never reaches a terminal.
#include "cli/output.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/github_text.h"
#include "cli/text_style.h"

namespace interlock::cli {
namespace {

const Error kGateClosed{
    ErrorKind::kRefused,
    "IL-G03",
    "Stopped before step 6: census gate closed",
    {"web 1.41.2 still lives: session pid 4411, batch-7 (10.0.3.9), idle 2 d"},
    "clears when it ends. Host gone?  interlock census forget batch-7 --reason …"};

TEST(ErrorText, Golden) {
  EXPECT_EQ(Render(ErrorText(kGateClosed,
                             "Nothing is broken: both versions work; rollback is possible.", 80),
                   false),
            "✗ Stopped before step 6: census gate closed                       exit 4  IL-G03\n"
            "  web 1.41.2 still lives: session pid 4411, batch-7 (10.0.3.9), idle 2 d\n"
            "  clears when it ends. Host gone?  interlock census forget batch-7 --reason …\n"
            "  Nothing is broken: both versions work; rollback is possible.\n");
}

TEST(ErrorText, ALongHeadlineIsWrappedAndKeepsItsCode) {
  const Error error{ErrorKind::kConfig,
                    "IL-C04",
                    "a headline that is far too long for a narrow terminal and so is wrapped",
                    {},
                    ""};
  EXPECT_EQ(Render(ErrorText(error, "", 48), false),
            "✗ a headline that is far too long for a narrow\n"
            "  terminal and so is wrapped     exit 78  IL-C04\n");
}

TEST(ErrorText, WithoutACode) {
  const Error error{ErrorKind::kInternal, "", "", {}, ""};
  EXPECT_EQ(Render(ErrorText(error, "", 40), false), "✗ Internal error                  exit 1\n");
}

OutputOptions Options(Format format) {
  OutputOptions options;
  options.format = format;
  return options;
}

TEST(Envelope, OfSuccess) {
  std::ostringstream out, err;
  Output output(Options(Format::kJson), out, err);
  output.Print("for people only");
  output.Event({{"event", "note"}});
  output.SetData({{"state", "released"}});
  EXPECT_EQ(output.Finish("deploy", 0), 0);
  EXPECT_EQ(out.str(),
            "{\"command\":\"deploy\",\"data\":{\"state\":\"released\"},\"exit\":0,\"ok\":true}\n");
  EXPECT_EQ(err.str(), "");
}

TEST(Envelope, OfFailure) {
  std::ostringstream out, err;
  Output output(Options(Format::kJson), out, err);
  output.SetSafety("Nothing has been changed yet.");
  EXPECT_EQ(output.Finish("deploy", Fail(ErrorKind::kNotYet, "IL-G13", "the soak is not over",
                                         "interlock contract --due", {"2 h to go"})),
            75);
  EXPECT_EQ(out.str(),
            "{\"command\":\"deploy\",\"error\":{\"code\":\"IL-G13\",\"details\":[\"2 h to go\"],"
            "\"hint\":\"interlock contract --due\",\"kind\":\"not_yet\",\"message\":\"the soak is "
            "not over\",\"safety\":\"Nothing has been changed yet.\"},\"exit\":75,\"ok\":false}\n");
  EXPECT_EQ(err.str(), "");
}

TEST(Envelope, IsTheLastLineOfEvents) {
  std::ostringstream out, err;
  Output output(Options(Format::kEvents), out, err);
  output.Event({{"event", "note"}});
  output.Finish("apply", 0);
  EXPECT_EQ(out.str(),
            "{\"event\":\"note\"}\n"
            "{\"command\":\"apply\",\"data\":null,\"exit\":0,\"ok\":true}\n");
}

TEST(Envelope, SurvivesTextThatIsNotUtf8) {
  std::ostringstream out, err;
  Output output(Options(Format::kJson), out, err);
  output.SetData({{"name", "\xff\xfe"}});
  EXPECT_EQ(output.Finish("census", 0), 0);
  EXPECT_TRUE(nlohmann::json::accept(out.str()));
}

TEST(Output, ErrorsOfPeopleGoToStderr) {
  std::ostringstream out, err;
  Output output(Options(Format::kPeople), out, err);
  output.Print("a line");
  EXPECT_EQ(output.Finish("plan", Fail(kGateClosed)), 4);
  EXPECT_EQ(out.str(), "a line\n");
  EXPECT_TRUE(err.str().starts_with("✗ Stopped before step 6"));
}

TEST(Render, ControlCharactersFromAServerDoNotReachTheTerminal) {
  EXPECT_EQ(Render("a\x1b[31mb\x07 c\x7f \xc2\x9b", true), "a?[31mb? c? ?");
  EXPECT_EQ(Render("\x9b"
                   "31m \xff \xe2\x82 é € \xf0\x9f\x9a\x82",
                   true),
            "?31m ? ?? é € \xf0\x9f\x9a\x82");
  // U+202E and U+2066: what follows would read backwards.
  EXPECT_EQ(Render("a\xe2\x80\xae"
                   "b\xe2\x81\xa6"
                   "c\xe2\x80\xa6",
                   true),
            "a?b?c…");
  EXPECT_EQ(Render(Red("x"), true), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Render(Red("x"), false), "x");
}

TEST(TextStyle, WidthsCountCharactersAndNotMarks) {
  EXPECT_EQ(DisplayWidth("→ é" + Green("ok")), 5u);
  EXPECT_EQ(Shorten("abcdef", 4), "abc…");
  EXPECT_EQ(Shorten("→→→→", 3), "→→…");
  EXPECT_EQ(Columns({{"a", "b"}, {"long", ""}}, 1), " a     b\n long\n");
}

TEST(Github, AnnotationsNameFileLineAndColumn) {
  const Error error{ErrorKind::kConfig,
                    "IL-C04",
                    "migrations/0002-x.toml:3:5: 'tabel' means nothing here",
                    {"expected 'table', 100% sure"},
                    ""};
  EXPECT_EQ(GithubAnnotation(error),
            "::error file=migrations/0002-x.toml,line=3,col=5,title=IL-C04::'tabel' means nothing "
            "here%0Aexpected 'table', 100%25 sure");
  const Error placeless{ErrorKind::kConfig, "IL-C01", "plans cannot be read", {}, ""};
  EXPECT_EQ(GithubAnnotation(placeless), "::error title=IL-C01::plans cannot be read");
  const Error odd{ErrorKind::kConfig, "IL-C01", "a:b:1:x:22:7: 3:4: text", {}, ""};
  EXPECT_EQ(GithubAnnotation(odd),
            "::error file=a%3Ab%3A1%3Ax,line=22,col=7,title=IL-C01::3:4: text");
}

TEST(Github, AMessageMayBeAsLongAsTheSqlThatItQuotes) {
  const std::string sql(1 << 20, 'x');
  const Error error{ErrorKind::kConfig, "IL-E50", "a.toml:1:2: " + sql, {}, ""};
  EXPECT_EQ(GithubAnnotation(error), "::error file=a.toml,line=1,col=2,title=IL-E50::" + sql);
}

}  // namespace
}  // namespace interlock::cli
