#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>

namespace interlock::cli {
namespace {

std::atomic<bool> stop{false};
std::atomic<bool> say_so{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void OnStop(int) {
  if (stop.exchange(true) || !say_so) return;
  constexpr char kText[] = "\nStopping at the next safe point.\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kText, sizeof kText - 1);
}

void Handle(std::initializer_list<int> signals, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : signals) sigaction(signal, &action, nullptr);
}

}  // namespace

void CatchStopSignals(bool say) {
  say_so = say;
  Handle({SIGINT, SIGTERM}, OnStop);
  // A reader that went away must not end a run half way.  No SIG_IGN: programs that we start would
  // inherit that.
  Handle({SIGPIPE}, [](int) {});
}

bool StopRequested() { return stop; }

InterruptibleQuestion::InterruptibleQuestion() { Handle({SIGINT, SIGTERM}, SIG_DFL); }
InterruptibleQuestion::~InterruptibleQuestion() { Handle({SIGINT, SIGTERM}, OnStop); }

}  // namespace interlock::cli
