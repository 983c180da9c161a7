#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace interlock::config {
namespace {

std::string Place(const std::string& file, Position at) {
  return at.line == 0 ? file : fmt::format("{}:{}:{}", file, at.line, at.column);
}

}  // namespace

void Problems::Add(Position at, const char* code, const std::string& found,
                   const std::string& expected, std::string hint) {
  Error error{ErrorKind::kConfig, code, Place(file_, at) + ": " + found, {}, std::move(hint)};
  if (!expected.empty()) error.details.push_back("expected " + expected);
  for (const auto& entry : errors_)
    if (entry.error.message == error.message) return;
  errors_.push_back({at, std::move(error)});
}

void Problems::Add(const Node& node, const Error& error, const std::string& expected) {
  // What a variable held may be secret: the message then shows the text of the file.
  const std::string found = node.text == node.raw
                                ? error.message
                                : fmt::format("'{}' does not hold what belongs here", node.raw);
  Add(node.at, error.code.c_str(), found, expected, error.hint);
}

std::vector<Error> Problems::Sorted() const {
  auto entries = errors_;
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  std::vector<Error> out;
  for (auto& entry : entries) out.push_back(std::move(entry.error));
  return out;
}

std::string DidYouMean(const std::string& name, const std::vector<std::string>& candidates) {
  const auto near = NearestName(name, candidates);
  return near.empty() ? "" : fmt::format("did you mean '{}'?", near);
}

std::string Quoted(const std::vector<std::string>& words, const std::string& last) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i != 0) out += i + 1 == words.size() ? last : ", ";
    out += "'" + words[i] + "'";
  }
  return out;
}

}  // namespace interlock::config
