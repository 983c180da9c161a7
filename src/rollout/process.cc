#include "rollout/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace interlock {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(20);
constexpr auto kTickEvery = std::chrono::milliseconds(100);
constexpr auto kDrain = std::chrono::milliseconds(500);

class Fd {
 public:
  Fd() = default;
  ~Fd() { Close(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  void Set(int fd) {
    Close();
    fd_ = fd;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read, write;
  // Never 0, 1 or 2, which dup2 in the child would overwrite; none of ours leaks into a program
  // that another thread starts.
  bool Open() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    for (int& end : ends) {
      if (end > STDERR_FILENO) continue;
      const int moved = fcntl(end, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
      close(end);
      end = moved;
    }
    read.Set(ends[0]);
    write.Set(ends[1]);
    return ends[0] >= 0 && ends[1] >= 0;
  }
};

std::vector<std::string> MergedEnvironment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> merged;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!extra.contains(text.substr(0, text.find('=')))) merged.push_back(text);
  }
  for (const auto& [name, value] : extra) merged.push_back(std::string(name) + "=" + value);
  return merged;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const auto& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void CloseOnExecFrom(int first) {
#if defined(SYS_close_range)
  constexpr unsigned kCloseOnExec = 1U << 2;
  if (syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, kCloseOnExec) == 0) return;
#endif
  const long limit = std::min(sysconf(_SC_OPEN_MAX), 65536L);
  for (int fd = first; fd < limit; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

struct ChildPlan {
  char** arguments;
  char** environment;
  const char* directory;  // or null
  int output, errors, failure;
};

// Between fork and exec: nothing here may allocate or take a lock.
[[noreturn]] void RunChild(const ChildPlan& plan) {
  setpgid(0, 0);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &usual, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int empty = open("/dev/null", O_RDONLY);
  const bool ready = empty >= 0 && dup2(empty, STDIN_FILENO) >= 0 &&
                     dup2(plan.output, STDOUT_FILENO) >= 0 &&
                     dup2(plan.errors, STDERR_FILENO) >= 0 &&
                     (plan.directory == nullptr || chdir(plan.directory) == 0);
  if (ready) {
    CloseOnExecFrom(STDERR_FILENO + 1);
    execvpe(plan.arguments[0], plan.arguments, plan.environment);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(plan.failure, &error, sizeof(error));
  _exit(127);
}

// One of the program's output streams.
struct Stream {
  Pipe pipe;
  std::string* text;
  size_t cap;
  bool truncated = false;

  // Reads what there is; closes at the end.
  void Read() {
    std::array<char, 16384> buffer{};
    while (pipe.read.get() >= 0) {
      const ssize_t count = read(pipe.read.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) return pipe.read.Close();
      const size_t room = cap - std::min(cap, text->size());
      text->append(buffer.data(), std::min(room, static_cast<size_t>(count)));
      if (static_cast<size_t>(count) > room) {
        truncated = true;
        return;  // a program that writes without end must not keep us from looking at the time
      }
    }
  }
};

void ReadFor(std::array<Stream, 2>& streams, Steady::duration wait) {
  std::array<pollfd, 2> waits{};
  for (size_t i = 0; i < 2; ++i) waits[i] = {streams[i].pipe.read.get(), POLLIN, 0};
  poll(waits.data(), waits.size(),
       static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(wait).count()));
  for (auto& stream : streams) stream.Read();
}

tl::unexpected<Error> SystemError(const char* what) {
  return Fail(ErrorKind::kInternal, "IL-A07", std::string(what) + ": " + std::strerror(errno),
              "the system may be out of processes, memory or open files");
}

// Whether it has ended; it stays a zombie, so that its group's number remains taken.
bool HasEnded(pid_t pid) {
  siginfo_t info{};
  const int got = waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
  return got == 0 ? info.si_pid == pid : errno != EINTR;
}

int Reap(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

}  // namespace

Result<ProcessResult> RunProcess(const ProcessRequest& request) {
  if (request.arguments.empty() || request.arguments[0].empty())
    return Fail(ErrorKind::kConfig, "IL-A06", "a command without a program");
  const auto variables = MergedEnvironment(request.environment);
  auto arguments = Pointers(request.arguments);
  auto environment = Pointers(variables);
  ProcessResult result;
  std::array<Stream, 2> streams{Stream{{}, &result.output, request.output_cap},
                                Stream{{}, &result.errors, request.output_cap}};
  Pipe failure;
  if (!streams[0].pipe.Open() || !streams[1].pipe.Open() || !failure.Open())
    return SystemError("no pipe");
  const auto begin = Steady::now();
  const pid_t pid = fork();
  if (pid < 0) return SystemError("no process");
  if (pid == 0)
    RunChild({arguments.data(), environment.data(),
              request.working_directory.empty() ? nullptr : request.working_directory.c_str(),
              streams[0].pipe.write.get(), streams[1].pipe.write.get(), failure.write.get()});
  setpgid(pid, pid);  // both do it: whoever comes first
  failure.write.Close();
  for (auto& stream : streams) {
    stream.pipe.write.Close();
    fcntl(stream.pipe.read.get(), F_SETFL, O_NONBLOCK);
  }
  int error = 0;
  ssize_t got = 0;
  while ((got = read(failure.read.get(), &error, sizeof(error))) < 0 && errno == EINTR) continue;
  if (got > 0) {  // a successful exec closes it without a word
    Reap(pid);
    return Fail(ErrorKind::kRefused, "IL-A01",
                "can't execute '" + request.arguments[0] + "': " + std::strerror(error),
                request.working_directory.empty() ? "" : "run in " + request.working_directory);
  }

  std::optional<Steady::time_point> asked_to_end;
  bool killed = false;
  auto next_tick = begin;
  while (!HasEnded(pid)) {
    ReadFor(streams, kLook);
    const auto now = Steady::now();
    bool go_on = true;
    if (request.tick && now >= next_tick) {
      go_on = request.tick();
      next_tick = Steady::now() + kTickEvery;
    }
    // One that ended while this process itself was stopped has not taken too long.
    const bool late = now - begin >= request.timeout && !HasEnded(pid);
    if (!asked_to_end && (!go_on || late)) {
      result.end = go_on ? ProcessEnd::kTimedOut : ProcessEnd::kAborted;
      kill(-pid, SIGTERM);
      asked_to_end = now;
    } else if (asked_to_end && !killed && now - *asked_to_end >= request.grace) {
      kill(-pid, SIGKILL);
      killed = true;
    }
  }
  if (asked_to_end) kill(-pid, SIGKILL);  // what of the group outlived its leader
  const int status = Reap(pid);
  const auto drained_by = Steady::now() + kDrain;
  while ((streams[0].pipe.read.get() >= 0 || streams[1].pipe.read.get() >= 0) &&
         Steady::now() < drained_by)
    ReadFor(streams, kLook);

  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (!asked_to_end) result.end = result.signal != 0 ? ProcessEnd::kSignaled : ProcessEnd::kExited;
  result.truncated = streams[0].truncated || streams[1].truncated;
  result.elapsed = std::chrono::duration_cast<Duration>(Steady::now() - begin);
  return result;
}

}  // namespace interlock
