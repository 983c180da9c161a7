#include "support/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace interlock::testing {
namespace {

using Clock = std::chrono::steady_clock;

int CaptureFile(const char* name) {
  const int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) throw std::runtime_error(std::string("memfd_create: ") + std::strerror(errno));
  // Several writers may hold it: each write goes to the end.
  fcntl(fd, F_SETFL, O_APPEND);
  return fd;
}

std::string ReadAll(int fd) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t n = pread(fd, buffer, sizeof(buffer), static_cast<off_t>(text.size()));
    if (n <= 0) return text;
    text.append(buffer, static_cast<size_t>(n));
  }
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Merged(const Environment& env) {
  std::vector<std::string> merged;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (env.count(text.substr(0, text.find('='))) == 0) merged.push_back(text);
  }
  for (const auto& [name, value] : env)
    merged.push_back(std::string(name).append("=").append(value));
  return merged;
}

// In the child, between fork and exec: nothing here may allocate.
[[noreturn]] void Execute(char** argv, char** variables, int out, int err, int failure) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execvpe(argv[0], argv, variables);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(failure, &error, sizeof(error));
  _exit(127);
}

}  // namespace

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& argv, const Environment& env) {
  const std::vector<std::string> variables = Merged(env);
  std::vector<char*> arguments = Pointers(argv);
  std::vector<char*> environment = Pointers(variables);
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  stdout_fd_ = CaptureFile("stdout");
  stderr_fd_ = CaptureFile("stderr");
  started_ = Clock::now();
  pid_ = fork();
  if (pid_ == 0) {
    Execute(arguments.data(), environment.data(), stdout_fd_, stderr_fd_, failure[1]);
  }
  close(failure[1]);
  int error = pid_ < 0 ? errno : 0;
  // Closed without a word by a successful exec.
  if (pid_ > 0 && read(failure[0], &error, sizeof(error)) > 0) waitpid(pid_, nullptr, 0);
  close(failure[0]);
  if (error != 0) {
    close(stdout_fd_);
    close(stderr_fd_);
    throw std::runtime_error("cannot run " + argv[0] + ": " + std::strerror(error));
  }
}

BackgroundProcess::~BackgroundProcess() {
  if (!result_) {  // once waited for, the number may be another process's
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(stdout_fd_);
  close(stderr_fd_);
}

void BackgroundProcess::Kill(int signal) {
  if (!Poll()) kill(pid_, signal);
}

bool BackgroundProcess::Poll() {
  if (result_) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  result_.emplace();
  result_->seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  if (WIFSIGNALED(status)) {
    result_->signal = WTERMSIG(status);
  } else {
    result_->exit_code = WEXITSTATUS(status);
  }
  return true;
}

std::optional<ProcessResult> BackgroundProcess::Wait(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  auto pause = std::chrono::microseconds(500);
  while (!Poll()) {
    if (Clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(10'000));
  }
  ProcessResult result = *result_;
  result.stdout_text = Stdout();
  result.stderr_text = Stderr();
  return result;
}

std::string BackgroundProcess::Stdout() const { return ReadAll(stdout_fd_); }
std::string BackgroundProcess::Stderr() const { return ReadAll(stderr_fd_); }

ProcessResult RunProcess(const std::vector<std::string>& argv, const Environment& env,
                         std::chrono::milliseconds timeout) {
  BackgroundProcess process(argv, env);
  if (auto result = process.Wait(timeout)) return *result;
  kill(-process.Pid(), SIGKILL);
  ProcessResult result = process.Wait(std::chrono::hours(1)).value_or(ProcessResult());
  result.timed_out = true;
  return result;
}

}  // namespace interlock::testing
