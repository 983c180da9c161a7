// What is wrong with one file, collected while it is read.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/node.h"

namespace interlock::config {

/// Errors of kind kConfig whose message begins "FILE:LINE:COL: ".
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  /// What has been said already is not said again.  `found` is what stands there; `expected`
  /// becomes the detail "expected …" unless empty.
  void Add(Position at, const char* code, const std::string& found,
           const std::string& expected = {}, std::string hint = {});
  /// An error of base or model about the text at `node`, which keeps its code.
  void Add(const Node& node, const Error& error, const std::string& expected);

  /// An error whose message says its place already.
  void AddPlaced(Error error) { errors_.push_back({{}, std::move(error)}); }

  bool empty() const { return errors_.empty(); }
  const std::string& file() const { return file_; }
  /// In the order of the file.
  std::vector<Error> Sorted() const;
  /// REQUIRES: not empty.
  Error First() const { return Sorted().front(); }

 private:
  struct Entry {
    Position at;
    Error error;
  };
  std::string file_;
  std::vector<Entry> errors_;
};

/// "did you mean 'users'?", or "" when no candidate is near.
std::string DidYouMean(const std::string& name, const std::vector<std::string>& candidates);
/// "'a', 'b' or 'c'", for "expected one of …".
std::string Quoted(const std::vector<std::string>& words, const std::string& last = " or ");

}  // namespace interlock::config
