// What a run shows: lines where there is no terminal, a line redrawn where there is one, events.
#include "cli/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace interlock::cli {
namespace {

class FakeClock : public Clock {
 public:
  Timestamp Now() override { return 1'763'800'000'000'000 + now_.count(); }
  Duration Elapsed() override { return now_; }
  void Sleep(Duration duration) override { now_ += duration; }

 private:
  Duration now_{0};
};

class ProgressTest : public testing::Test {
 protected:
  void Make(Format format, bool terminal) {
    OutputOptions options;
    options.format = format;
    options.terminal = terminal;
    options.width = 100;
    output_ = std::make_unique<Output>(options, out_, err_);
    progress_ = std::make_unique<Progress>(*output_, clock_);
    std::vector<std::string> steps;
    for (int i = 1; i <= 14; ++i) steps.push_back("m/" + std::to_string(i));
    progress_->ExpectSteps(steps);
  }
  void Rows(std::int64_t rows) {
    progress_->Report({"progress",
                       "r",
                       "m/3",
                       "",
                       {{"rows", rows}, {"total", 300000}, {"rate", 7300}, {"phase", "backfill"}}});
  }

  FakeClock clock_;
  std::ostringstream out_, err_;
  std::unique_ptr<Output> output_;
  std::unique_ptr<Progress> progress_;
};

TEST_F(ProgressTest, PlainLines) {
  Make(Format::kPeople, false);
  progress_->Report({"state", "r", "", "expanding", {{"state", "expanding"}}});
  progress_->Report({"step.started",
                     "r",
                     "m/3",
                     "fill first_name of public.users",
                     {{"phase", "backfill"}, {"action", "backfill"}}});
  for (int i = 0; i < 12; ++i) {
    Rows(7300 * (i + 1));
    clock_.Sleep(std::chrono::seconds(1));
  }
  progress_->Report({"step.finished",
                     "r",
                     "m/3",
                     "fill first_name of public.users",
                     {{"took_us", 41'000'000}, {"evidence", {{"rows_changed", 300000}}}}});
  progress_->Report({"waiting", "r", "m/4", "lock not to be had", {{"attempt", 1}}});
  progress_->Report({"waiting", "r", "m/4", "lock not to be had", {{"attempt", 2}}});
  progress_->Report(
      {"gate",
       "r",
       "",
       "web 1.41.2 still lives",
       {{"point", "contract"}, {"open", false}, {"headline", "web 1.41.2 still lives"}}});
  progress_->Report({"rollout",
                     "r",
                     "",
                     "moved web-2",
                     {{"app", "web"},
                      {"instance", "web-2"},
                      {"what", "moved"},
                      {"version", "2"},
                      {"batch", 1},
                      {"batches", 3},
                      {"done", 1},
                      {"total", 4}}});
  EXPECT_EQ(out_.str(),
            "• r: expanding\n"
            "   3/14 backfill    2 %  7,300 of 300,000 rows  7,300/s  about 41 s left\n"
            "   3/14 backfill   14 %  43,800 of 300,000 rows  7,300/s  about 36 s left\n"
            "   3/14 backfill   26 %  80,300 of 300,000 rows  7,300/s  about 31 s left\n"
            "✓  3/14 backfill  fill first_name of public.users                 300,000 rows  41 s\n"
            "  … lock not to be had\n"
            "◦ gate before contract closed: web 1.41.2 still lives\n"
            "✓ web  batch 1/3  web-2  moved  2  1/4\n");
}

TEST_F(ProgressTest, OnATerminalTheBarIsRedrawnInPlace) {
  Make(Format::kPeople, true);
  Rows(150000);
  EXPECT_EQ(out_.str(),
            "   3/14 backfill  ████████████              50 %  150,000 of 300,000 rows  7,300/s  "
            "about 21 s left");
  clock_.Sleep(std::chrono::seconds(1));
  Rows(300000);
  EXPECT_NE(out_.str().find("\r\x1b[2K   3/14"), std::string::npos);
  progress_->Report({"note", "r", "", "done", nlohmann::json::object()});
  EXPECT_TRUE(out_.str().ends_with("\r\x1b[2K  done\n"));
}

TEST_F(ProgressTest, Events) {
  Make(Format::kEvents, false);
  progress_->Report({"step.started", "r", "m/3", "fill", {{"phase", "backfill"}}});
  EXPECT_EQ(out_.str(),
            "{\"at\":\"2025-11-22T08:26:40.000000Z\",\"data\":{\"phase\":\"backfill\"},"
            "\"event\":\"step.started\",\"release\":\"r\",\"step\":\"m/3\",\"text\":\"fill\"}\n");
}

TEST_F(ProgressTest, JsonKeepsStdoutForTheEnvelope) {
  Make(Format::kJson, false);
  progress_->Report({"note", "r", "", "anything", nlohmann::json::object()});
  Rows(1);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ProgressTest, ABatchBeginsWithItsVersion) {
  Make(Format::kPeople, false);
  progress_->Report({"rollout",
                     "r",
                     "",
                     "batch",
                     {{"app", "web"},
                      {"instance", ""},
                      {"what", "batch"},
                      {"version", "2"},
                      {"batch", 1},
                      {"batches", 3},
                      {"done", 0},
                      {"total", 4}}});
  EXPECT_EQ(out_.str(), "  web  batch 1/3  to 2  0/4\n");
}

TEST_F(ProgressTest, AStepThatWasFoundDoneHasItsPhase) {
  Make(Format::kPeople, false);
  progress_->Report({"step.finished",
                     "r",
                     "m/3",
                     "create index i",
                     {{"phase", "expand"}, {"took_us", 99'000}, {"evidence", nullptr}}});
  EXPECT_EQ(out_.str(),
            "✓  3/14 expand    create index i                                  99 ms\n");
}

TEST(BarLine, AnEstimateThatIsReachedSaysNothingMore) {
  EXPECT_EQ(
      BarLine("", {{"rows", 253226}, {"total", 253226}, {"rate", 10}, {"phase", "backfill"}}, 0),
      "  backfill  253,226 rows  10/s");
}

TEST(BarLine, WithoutATotal) {
  EXPECT_EQ(BarLine("", {{"rows", 1200}, {"phase", "verify"}}, 0), "  verify    1,200 rows");
}

}  // namespace
}  // namespace interlock::cli
