#include "config/run_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "config/codes.h"

namespace interlock::config {
namespace {

/// Reads until the end of the stream; an empty text when all is well, else what went wrong.
std::string ReadAll(int fd, Duration timeout, size_t limit, std::string* out) {
  const Duration end = SystemClock().Elapsed() + timeout;
  std::array<char, 4096> buffer;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - SystemClock().Elapsed());
    pollfd waited{fd, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : poll(&waited, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return "has not ended after " + FormatDuration(timeout);
    const ssize_t size = read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return "its output cannot be read";
    if (size == 0) return "";
    out->append(buffer.data(), static_cast<size_t>(size));
    if (out->size() > limit) return fmt::format("prints more than {} bytes", limit);
  }
}

}  // namespace

Result<std::string> RunCommand(const std::vector<std::string>& arguments, const std::string& folder,
                               Duration timeout, size_t limit) {
  auto fail = [&](const std::string& what) {
    return Fail(ErrorKind::kConfig, kSecret, fmt::format("'{}' {}", arguments.front(), what));
  };
  std::vector<char*> words;
  for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail("cannot be started: no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // so that its children end with it
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, words[0], &actions, &attributes, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    return fail(std::string("cannot be started: ") + std::strerror(failed));
  }

  std::string output;
  const std::string wrong = ReadAll(ends[0], timeout, limit, &output);
  close(ends[0]);
  if (!wrong.empty()) kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!wrong.empty()) return fail(wrong);
  if (WIFSIGNALED(status)) return fail(fmt::format("was ended by signal {}", WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) return fail(fmt::format("exits with {}", WEXITSTATUS(status)));
  return output;
}

}  // namespace interlock::config
