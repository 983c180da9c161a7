// What a command writes: lines for people, or one JSON envelope; errors in one layout.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>

#include "base/result.h"

namespace interlock::cli {

enum class Format {
  kPeople,
  kJson,   ///< one envelope on stdout
  kEvents  ///< a JSON object a line, the envelope last
};

struct OutputOptions {
  Format format = Format::kPeople;
  bool terminal = false;     ///< stdout is one: a line can be redrawn in place
  bool color = false;        ///< of stdout
  bool error_color = false;  ///< of stderr
  size_t width = 80;
};

/// For this process, from its terminal, NO_COLOR and `no_color`.
OutputOptions DetectOutput(Format format, bool no_color);

class Output {
 public:
  /// The streams outlive it.
  Output(OutputOptions options, std::ostream& out, std::ostream& err);

  const OutputOptions& options() const { return options_; }
  bool people() const { return options_.format == Format::kPeople; }

  /// For people, on stdout; dropped in the other formats.  Ends the line.
  void Print(std::string_view text);
  /// The exact bytes, for files and other programs; only a terminal gets them as Print would.
  void PrintExact(std::string_view text);
  /// For people, on stderr.
  void Note(std::string_view text);
  /// A line that the next one replaces; on a terminal only.
  void SetLive(std::string_view text);
  /// --events: one line.  Dropped in the other formats.
  void Event(const nlohmann::json& event);

  /// The envelope's data.
  void SetData(nlohmann::json data) { data_ = std::move(data); }
  /// A last line on whether it is safe as it is, shown with an error.
  void SetSafety(std::string line) { safety_ = std::move(line); }

  /// Writes the envelope, or the error for people, and gives the exit code.
  int Finish(const std::string& command, const Result<int>& result);

 private:
  void ClearLive();

  OutputOptions options_;
  std::ostream& out_;
  std::ostream& err_;
  nlohmann::json data_;
  std::string safety_;
  bool live_ = false;
};

/// Headline with exit code and code at the right, then details, hint and safety, indented.  Pure.
std::string ErrorText(const Error& error, const std::string& safety, size_t width);
/// {"code", "kind", "message", "details", "hint"}
nlohmann::json ErrorJson(const Error& error);
/// One line; text that is not UTF-8 is shown with replacement characters.
std::string JsonLine(const nlohmann::json& json);

}  // namespace interlock::cli
