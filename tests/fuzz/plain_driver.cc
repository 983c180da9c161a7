// Runs a fuzz target without libFuzzer: every file of the kept corpus, then a number of inputs that
// are made of them by changes drawn from a seed.  What ends the process is kept as a file.
//
//   fuzz_NAME [--runs N] [--seed S] [--keep FILE] CORPUS|FILE...
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// Whatever a sanitizer finds ends in SIGABRT, where the input is kept.
extern "C" const char* __asan_default_options() { return "abort_on_error=1:handle_abort=0"; }
extern "C" const char* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }

namespace {

constexpr std::size_t kLongest = 16384;  // as run.py gives it to libFuzzer
constexpr unsigned kSecondsForOne = 20;

std::string keep_in = "fuzz-finding";
const std::string* running = nullptr;

/// Only what a signal handler may do.
void Keep(int signal) {
  const int file = open(keep_in.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const bool kept =
      file >= 0 && running != nullptr &&
      write(file, running->data(), running->size()) == static_cast<ssize_t>(running->size());
  const std::string_view said = kept ? "the input is kept in " : "the input could not be kept in ";
  (void)!write(STDERR_FILENO, said.data(), said.size());
  (void)!write(STDERR_FILENO, keep_in.data(), keep_in.size());
  (void)!write(STDERR_FILENO, "\n", 1);
  _exit(signal == SIGALRM ? 124 : 134);
}

void Run(const std::string& input) {
  running = &input;
  alarm(kSecondsForOne);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

using Inputs = std::vector<std::string>;

void Read(const std::filesystem::path& path, Inputs& inputs) {
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(path)) files.push_back(file.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) Read(file, inputs);
    return;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot be read: %s\n", path.c_str());
    std::exit(64);
  }
  inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

class Changes {
 public:
  Changes(const Inputs& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  std::string Next() {
    std::string text = Any();
    for (auto left = 1 + Below(6); left > 0; --left) Change(text);
    if (text.size() > kLongest) text.resize(kLongest);
    return text;
  }

 private:
  /// The same numbers with every standard library, unlike a distribution.
  std::size_t Below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& Any() { return corpus_[Below(corpus_.size())]; }
  std::string Part(const std::string& text) {
    const auto from = Below(text.size());
    return text.substr(from, 1 + Below(std::min<std::size_t>(64, text.size() - from)));
  }

  void Change(std::string& text) {
    constexpr std::array<std::string_view, 16> kPieces{
        "\"", "'", "\\", "\n", std::string_view("\0", 1), "{",        "]",           "--", "/*",
        "${", ";", "=",  "-1", "9223372036854775808",     "\xff\xfe", "\xe2\x80\xae"};
    const auto at = Below(text.size() + 1);
    switch (Below(7)) {
      case 0:
        if (!text.empty()) text[Below(text.size())] ^= static_cast<char>(1U << Below(8));
        break;
      case 1:
        if (!text.empty()) text[Below(text.size())] = static_cast<char>(Below(256));
        break;
      case 2:
        text.insert(at, kPieces[Below(kPieces.size())]);
        break;
      case 3:
        text.erase(at, 1 + Below(32));
        break;
      case 4:
        text.insert(at, Part(text));
        break;
      case 5:
        text.insert(at, Part(Any()));
        break;
      default:
        if (!text.empty()) text.replace(std::min(at, text.size() - 1), 1 + Below(16), Part(Any()));
    }
  }

  const Inputs& corpus_;
  std::mt19937_64 random_;
};

}  // namespace

int main(int count, char** arguments) {
  std::uint64_t runs = 0;
  std::uint64_t seed = 1;
  Inputs corpus;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const bool valued = i + 1 < count;
    if (argument == "--runs" && valued)
      runs = std::strtoull(arguments[++i], nullptr, 10);
    else if (argument == "--seed" && valued)
      seed = std::strtoull(arguments[++i], nullptr, 10);
    else if (argument == "--keep" && valued)
      keep_in = arguments[++i];
    else
      Read(argument, corpus);
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "usage: %s [--runs N] [--seed S] [--keep FILE] CORPUS|FILE...\n",
                 arguments[0]);
    return 64;
  }
  for (const int number : {SIGABRT, SIGALRM, SIGILL}) signal(number, Keep);
  for (const auto& input : corpus) Run(input);
  Changes changes(corpus, seed);
  for (std::uint64_t i = 0; i < runs; ++i) {
    const std::string input = changes.Next();
    Run(input);
  }
  alarm(0);
  running = nullptr;
  std::printf("%zu kept inputs and %llu made of them from seed %llu: nothing found\n",
              corpus.size(), static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(seed));
  return 0;
}
