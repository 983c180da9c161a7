#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>
#include <string_view>

namespace interlock::cli {
namespace {

std::atomic<int> stops{0};
std::atomic<bool> say_so{false};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void OnStop(int) {
  const int before = stops.fetch_add(1);
  if (before > 1 || !say_so) return;
  constexpr std::string_view kFirst = "\nStopping at the next safe point.\n";
  constexpr std::string_view kSecond = "\nA long statement that is under way is cancelled.\n";
  const auto text = before == 0 ? kFirst : kSecond;
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
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

bool StopRequested() { return stops > 0; }
bool StopInsisted() { return stops > 1; }

InterruptibleQuestion::InterruptibleQuestion() { Handle({SIGINT, SIGTERM}, SIG_DFL); }
InterruptibleQuestion::~InterruptibleQuestion() { Handle({SIGINT, SIGTERM}, OnStop); }

}  // namespace interlock::cli
