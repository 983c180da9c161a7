// The sample shop: a client program in two versions that a deployment replaces under traffic.
#include <getopt.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <thread>

#include "shop/app_version.h"
#include "shop/connection.h"
#include "shop/stats.h"
#include "shop/worker.h"

namespace shop {
namespace {

constexpr char kUsage[] =
    "usage: shop --url URL --app-version v1|v2 --instance NAME [--app web] [--stats FILE.json]\n"
    "            [--threads N] [--think-ms 2] [--seconds S]\n"
    "Makes requests until SIGTERM, then ends those under way.  Exits 1 if any failed or was\n"
    "answered wrongly, else 0.  NAME-<number> writes the loaded users whose id modulo 64 is\n"
    "<number>: let no two instances that run together have the same.\n";

struct Options {
  std::string url;
  std::string app = "web";
  std::string version;
  std::string instance;
  std::string stats;
  int threads = 1;
  int think_ms = 2;
  double seconds = 0;  // 0: no end
};

[[noreturn]] void Usage() {
  std::fputs(kUsage, stderr);
  std::exit(64);
}

Options ParseOptions(int argc, char** argv) {
  static const option kOptions[] = {
      {"url", required_argument, nullptr, 'u'},
      {"app", required_argument, nullptr, 'a'},
      {"app-version", required_argument, nullptr, 'v'},
      {"instance", required_argument, nullptr, 'i'},
      {"stats", required_argument, nullptr, 's'},
      {"threads", required_argument, nullptr, 't'},
      {"think-ms", required_argument, nullptr, 'm'},
      {"seconds", required_argument, nullptr, 'S'},
      {nullptr, 0, nullptr, 0},
  };
  Options options;
  for (int c; (c = getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
    switch (c) {
      case 'u':
        options.url = optarg;
        break;
      case 'a':
        options.app = optarg;
        break;
      case 'v':
        options.version = optarg;
        break;
      case 'i':
        options.instance = optarg;
        break;
      case 's':
        options.stats = optarg;
        break;
      case 't':
        options.threads = std::atoi(optarg);
        break;
      case 'm':
        options.think_ms = std::atoi(optarg);
        break;
      case 'S':
        options.seconds = std::atof(optarg);
        break;
      default:
        Usage();
    }
  }
  if (optind != argc || options.url.empty() || options.instance.empty() || options.threads < 1 ||
      options.threads > kMostThreads) {
    Usage();
  }
  return options;
}

/// Waits until nothing of a former run of this instance is left on the server.
std::optional<std::string> AwaitPredecessor(const Options& options, const std::string& name) {
  const std::string slot = std::to_string(SlotOf(options.instance));
  const Statement ask = AskForSlot(DialectOf(options.url));
  const auto connection = MakeConnection(options.url, name);
  if (auto error = connection->Open()) return error;
  for (int attempt = 0; attempt < 150; ++attempt) {
    const Reply reply = connection->Execute(ask, {slot});
    if (!reply.Ok()) return reply.Message();
    if (reply.GetInteger(0, "free") == 1) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return "another instance writes the rows of slot " + slot + " and has not ended for 15 s";
}

int Main(const Options& options) {
  const std::optional<AppVersion> version =
      AppVersion::Parse(options.version, DialectOf(options.url));
  if (!version) Usage();
  const std::string name = options.app + "/" + options.version;

  // Before the first thread, so that only sigtimedwait below sees them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  Stats stats(options.app, options.version, options.instance);
  std::optional<std::string> error = AwaitPredecessor(options, name);
  std::deque<Worker> workers;
  for (int thread = 0; thread < options.threads && !error; ++thread) {
    workers.emplace_back(WorkerOptions{options.url, name, options.instance, thread, options.threads,
                                       std::chrono::milliseconds(options.think_ms)},
                         *version, &stats);
    error = workers.back().Start();
  }
  if (error) {
    std::fprintf(stderr, "shop: %s cannot start: %s\n", options.instance.c_str(), error->c_str());
    return 1;
  }

  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  threads.reserve(workers.size());
  for (Worker& worker : workers) threads.emplace_back([&] { worker.Run(stop); });

  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const timespec half_second = {0, 500'000'000};
  for (;;) {
    if (!options.stats.empty()) stats.Write(options.stats, "running");
    if (sigtimedwait(&ends, nullptr, &half_second) > 0) break;
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    if (options.seconds > 0 && elapsed.count() >= options.seconds) break;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  if (!options.stats.empty()) stats.Write(options.stats, "stopped");
  std::fputs(stats.Json("stopped").c_str(), stdout);
  return stats.Clean() ? 0 : 1;
}

}  // namespace
}  // namespace shop

int main(int argc, char** argv) { return shop::Main(shop::ParseOptions(argc, argv)); }
