#include "rollout/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "rollout/scripts.h"

namespace interlock {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

ProcessRequest Sh(const std::string& script) {
  ProcessRequest request;
  request.arguments = {"sh", "-c", script};
  request.timeout = 20s;
  request.grace = 200ms;
  return request;
}

ProcessResult Finish(const ProcessRequest& request) {
  const auto result = RunProcess(request);
  EXPECT_TRUE(result) << (result ? "" : ToString(result.error()));
  return result.value_or(ProcessResult{});
}

bool Alive(const std::string& pid) { return kill(std::stoi(pid), 0) == 0; }

// A killed orphan stays a zombie until its new parent looks.
bool Ends(const std::string& pid) {
  for (int i = 0; i < 100 && Alive(pid); ++i) {
    std::string state;
    std::ifstream stat("/proc/" + pid + "/stat");
    for (int word = 0; word < 3; ++word) stat >> state;
    if (state == "Z") return true;
    std::this_thread::sleep_for(20ms);
  }
  return !Alive(pid);
}

TEST(RunProcess, OutputErrorsAndExitCode) {
  const auto result = Finish(Sh("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(result.end, ProcessEnd::kExited);
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.signal, 0);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_FALSE(result.truncated);
}

TEST(RunProcess, ArgumentsAreNotShellText) {
  ProcessRequest request;
  request.arguments = {"printf", "%s|", "a b", "$(id)", "; ls", ""};
  EXPECT_EQ(Finish(request).output, "a b|$(id)|; ls||");
}

TEST(RunProcess, InputIsEmptyEnvironmentAndDirectoryAreGiven) {
  const testing::ScriptFolder folder;
  auto request = Sh("cat; echo \"$EXTRA:${HOME:+home}\"; pwd -P");
  request.environment = {{"EXTRA", "x y"}};
  request.working_directory = folder.path();
  setenv("EXTRA", "old", 1);
  setenv("HOME", "/", 0);
  EXPECT_EQ(Finish(request).output,
            "x y:home\n" + std::filesystem::canonical(folder.path()).string() + "\n");
}

TEST(RunProcess, NoFileOfOursIsOpenInIt) {
  const int ours = open("/dev/null", O_RDONLY);  // on purpose without O_CLOEXEC
  ASSERT_GE(ours, 0);
  const auto result = Finish(Sh("test -e /proc/$$/fd/" + std::to_string(ours) + " && echo leaked"));
  EXPECT_EQ(result.output, "");
  close(ours);
}

TEST(RunProcess, SignalMaskAndActionsAreTheUsualOnes) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto result = Finish(Sh("kill -TERM $$; sleep 5"));
  sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(result.end, ProcessEnd::kSignaled);
  EXPECT_EQ(result.signal, SIGTERM);
}

TEST(RunProcess, EndedByASignal) {
  const auto result = Finish(Sh("kill -KILL $$"));
  EXPECT_EQ(result.end, ProcessEnd::kSignaled);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_EQ(result.exit_code, -1);
}

TEST(RunProcess, AbsentProgram) {
  ProcessRequest request;
  request.arguments = {"/no/such/program"};
  const auto result = RunProcess(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kRefused);
  EXPECT_EQ(result.error().code, "IL-A01");
  EXPECT_THAT(result.error().message, HasSubstr("/no/such/program"));
  request.arguments = {"true"};
  request.working_directory = "/no/such/folder";
  EXPECT_EQ(RunProcess(request).error().code, "IL-A01");
  EXPECT_EQ(RunProcess({}).error().code, "IL-A06");
}

TEST(RunProcess, TimeoutEndsTheWholeGroup) {
  auto request = Sh("sleep 300 & echo $!; wait");
  request.timeout = 300ms;
  const auto result = Finish(request);
  EXPECT_EQ(result.end, ProcessEnd::kTimedOut);
  EXPECT_LT(result.elapsed, 5s);
  EXPECT_TRUE(Ends(result.output.substr(0, result.output.find('\n'))));
}

// Found by the soak: a runner that was stopped and continued put an instance back that was fine.
TEST(RunProcess, OneThatEndedWhileWeWereStoppedIsNotLate) {
  const pid_t us = fork();
  if (us == 0) {
    auto request = Sh("sleep 0.3");
    request.timeout = 1s;
    const auto result = RunProcess(request);
    _exit(result && result->end == ProcessEnd::kExited && result->exit_code == 0 ? 0 : 1);
  }
  std::this_thread::sleep_for(100ms);
  kill(us, SIGSTOP);
  std::this_thread::sleep_for(1500ms);
  kill(us, SIGCONT);
  int status = 0;
  ASSERT_EQ(waitpid(us, &status, 0), us);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(RunProcess, TimeoutOfOneThatIgnoresSigterm) {
  auto request = Sh("trap '' TERM; echo $$; while :; do sleep 0.1; done");
  request.timeout = 300ms;
  const auto result = Finish(request);
  EXPECT_EQ(result.end, ProcessEnd::kTimedOut);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_GE(result.elapsed, 500ms);
}

TEST(RunProcess, TimeoutLetsItCleanUp) {
  auto request = Sh("trap 'echo cleaned; exit 3' TERM; while :; do sleep 0.05; done");
  request.timeout = 300ms;
  request.grace = 10s;
  const auto result = Finish(request);
  EXPECT_EQ(result.end, ProcessEnd::kTimedOut);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, HasSubstr("cleaned"));
}

TEST(RunProcess, OutputCap) {
  auto request = Sh("head -c 300000 /dev/zero | tr '\\0' x; head -c 10 /dev/zero | tr '\\0' y >&2");
  request.output_cap = 1000;
  const auto result = Finish(request);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, std::string(1000, 'x'));
  EXPECT_EQ(result.errors, std::string(10, 'y'));
  EXPECT_TRUE(result.truncated);
}

TEST(RunProcess, EndlessOutputStillTimesOut) {
  auto request = Sh("exec yes");
  request.output_cap = 1000;
  request.timeout = 300ms;
  const auto result = Finish(request);
  EXPECT_EQ(result.end, ProcessEnd::kTimedOut);
  EXPECT_LT(result.elapsed, 5s);
}

TEST(RunProcess, DaemonThatHoldsTheOutputLivesOnAndDoesNotHangUs) {
  const auto result = Finish(Sh("sleep 300 & echo $!"));
  EXPECT_EQ(result.end, ProcessEnd::kExited);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_LT(result.elapsed, 5s);
  const auto pid = result.output.substr(0, result.output.find('\n'));
  EXPECT_TRUE(Alive(pid));
  kill(std::stoi(pid), SIGKILL);
}

TEST(RunProcess, OneThatClosesItsOutputIsStillWaitedFor) {
  const auto result = Finish(Sh("exec >&- 2>&-; sleep 0.3; exit 5"));
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_GE(result.elapsed, 300ms);
}

TEST(RunProcess, TickIsCalledAndEndsIt) {
  auto request = Sh("sleep 300");
  int ticks = 0;
  auto last = std::chrono::steady_clock::now();
  auto longest = std::chrono::steady_clock::duration::zero();
  request.tick = [&] {
    const auto now = std::chrono::steady_clock::now();
    longest = std::max(longest, now - last);
    last = now;
    return ++ticks < 5;
  };
  const auto result = Finish(request);
  EXPECT_EQ(result.end, ProcessEnd::kAborted);
  EXPECT_GE(ticks, 5);
  EXPECT_LT(longest, 1s);  // 200 ms, on a machine that does nothing else
}

}  // namespace
}  // namespace interlock
