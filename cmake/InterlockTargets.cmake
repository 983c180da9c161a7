# How rooms (libraries under src/) and their tests are declared, with one set of compiler flags.
include(CheckCXXCompilerFlag)

add_library(interlock_flags INTERFACE)
target_compile_options(interlock_flags INTERFACE -Wall -Wextra -Wpedantic -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False positives in std::string and std::optional (gcc bugs 105651, 105329, 80635).
  target_compile_options(interlock_flags INTERFACE -Wno-restrict -Wno-stringop-overflow
    -Wno-array-bounds -Wno-maybe-uninitialized)
endif()
target_include_directories(interlock_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(INTERLOCK_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "INTERLOCK_FUZZ needs clang: -DCMAKE_CXX_COMPILER=clang++")
  endif()
  set(INTERLOCK_FUZZ_SANITIZERS -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize-recover=all)
  target_compile_options(interlock_flags INTERFACE ${INTERLOCK_FUZZ_SANITIZERS}
    -fno-omit-frame-pointer -g1 -O1)
  target_link_options(interlock_flags INTERFACE ${INTERLOCK_FUZZ_SANITIZERS})
elseif(INTERLOCK_SANITIZE)
  target_compile_options(interlock_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O0)
  target_link_options(interlock_flags INTERFACE -fsanitize=address,undefined)
elseif(INTERLOCK_TSAN)
  target_compile_options(interlock_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer -O1)
  target_link_options(interlock_flags INTERFACE -fsanitize=thread)
endif()
find_program(INTERLOCK_MOLD mold)
if(INTERLOCK_MOLD)
  target_link_options(interlock_flags INTERFACE -fuse-ld=mold)
endif()
find_program(INTERLOCK_CCACHE ccache)
if(INTERLOCK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${INTERLOCK_CCACHE})
endif()

# Precompiled headers: what nearly every file includes, parsed once for all rooms and once for all
# tests.  They change no meaning: every file still includes what it uses.
option(INTERLOCK_PCH "Precompile the common headers" OFF)
set(INTERLOCK_COMMON_HEADERS <algorithm> <functional> <map> <memory> <optional> <set> <string>
  <variant> <vector> <fmt/format.h> <nlohmann/json.hpp> <tl/expected.hpp>)
function(interlock_precompile target owner)
  if(NOT INTERLOCK_PCH)
    return()
  endif()
  if(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE ${INTERLOCK_COMMON_HEADERS} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

# Several files of a target compiled as one: whole builds in a third of the time.  Builds for work on
# the code leave it off, so that every file keeps including what it uses.
option(INTERLOCK_UNITY "Compile several files as one" OFF)
if(INTERLOCK_UNITY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)
endif()

# interlock_room(NAME LIBS...): the *.cc of the current folder as library interlock_NAME.
function(interlock_room name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(sources)
    add_library(interlock_${name} STATIC ${sources})
    target_link_libraries(interlock_${name} PUBLIC interlock_flags fmt::fmt ${ARGN})
    interlock_precompile(interlock_${name} interlock_base)
  else()
    add_library(interlock_${name} INTERFACE)
    target_link_libraries(interlock_${name} INTERFACE interlock_flags fmt::fmt ${ARGN})
  endif()
endfunction()

# interlock_tests(FOLDER LIBS...): tests/FOLDER/*_test.cc as one GoogleTest binary test_FOLDER, with _ for /.
function(interlock_tests folder)
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cc)
  if(sources)
    add_executable(test_${name} ${sources})
    target_link_libraries(test_${name} PRIVATE interlock_flags GTest::gtest GTest::gmock
      GTest::gtest_main ${ARGN})
    target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(test_${name} PRIVATE
      INTERLOCK_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    if(INTERLOCK_PCH)
      # One tests' owner: the first binary declared.
      get_property(owner GLOBAL PROPERTY INTERLOCK_TEST_PCH)
      if(NOT owner)
        set(owner test_${name})
        set_property(GLOBAL PROPERTY INTERLOCK_TEST_PCH ${owner})
      endif()
      interlock_precompile(test_${name} ${owner} <gtest/gtest.h> <gmock/gmock.h>)
    endif()
    add_test(NAME ${name} COMMAND test_${name})
  endif()
endfunction()
