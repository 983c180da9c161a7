// The program `interlock`.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "cli/run.h"

int main(int argc, char** argv) {
  try {
    return interlock::cli::RunInterlock({argv + 1, argv + argc}, std::cout, std::cerr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "interlock: internal error: %s  [IL-U99]\n", error.what());
  } catch (...) {
    std::fputs("interlock: internal error  [IL-U99]\n", stderr);
  }
  return 1;
}
