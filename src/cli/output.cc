#include "cli/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "cli/exit_codes.h"
#include "cli/text_style.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

constexpr size_t kWidestLayout = 100;

}  // namespace

OutputOptions DetectOutput(Format format, bool no_color) {
  OutputOptions options;
  options.format = format;
  const char* variable = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool colors = !no_color && (variable == nullptr || *variable == '\0') &&
                      terminal != nullptr && std::string_view(terminal) != "dumb";
  options.terminal = isatty(STDOUT_FILENO) == 1;
  options.color = colors && options.terminal;
  options.error_color = colors && isatty(STDERR_FILENO) == 1;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    options.width = size.ws_col;
  return options;
}

Output::Output(OutputOptions options, std::ostream& out, std::ostream& err)
    : options_(options), out_(out), err_(err) {}

void Output::ClearLive() {
  if (!live_) return;
  out_ << "\r\x1b[2K";
  live_ = false;
}

void Output::Print(std::string_view text) {
  if (!people()) return;
  ClearLive();
  out_ << Render(text, options_.color);
  if (text.empty() || text.back() != '\n') out_ << '\n';
  out_.flush();
}

void Output::PrintExact(std::string_view text) {
  if (options_.terminal) return Print(text);
  if (!people()) return;
  out_ << text;
  out_.flush();
}

void Output::Note(std::string_view text) {
  if (!people()) return;
  ClearLive();
  out_.flush();
  err_ << Render(text, options_.error_color);
  if (text.empty() || text.back() != '\n') err_ << '\n';
  err_.flush();
}

void Output::SetLive(std::string_view text) {
  if (!people() || !options_.terminal) return;
  ClearLive();
  out_ << Render(Shorten(text, options_.width - 1), options_.color);
  out_.flush();
  live_ = true;
}

void Output::Event(const json& event) {
  if (options_.format != Format::kEvents) return;
  out_ << JsonLine(event) << '\n';
  out_.flush();
}

int Output::Finish(const std::string& command, const Result<int>& result) {
  const int code = result ? *result : ExitCode(result.error().kind);
  if (people()) {
    ClearLive();
    out_.flush();
    if (!result)
      err_ << Render(ErrorText(result.error(), safety_, std::min(options_.width, kWidestLayout)),
                     options_.error_color);
    err_.flush();
    return code;
  }
  json envelope{{"ok", result.has_value()}, {"command", command}, {"exit", code}};
  if (!data_.is_null() || result) envelope["data"] = data_;
  if (!result) {
    envelope["error"] = ErrorJson(result.error());
    if (!safety_.empty()) envelope["error"]["safety"] = safety_;
  }
  out_ << JsonLine(envelope) << '\n';
  out_.flush();
  return code;
}

std::string ErrorText(const Error& error, const std::string& safety, size_t width) {
  std::string code = "exit " + std::to_string(ExitCode(error.kind));
  if (!error.code.empty()) code += "  " + error.code;
  const size_t code_width = DisplayWidth(code);
  const std::string headline =
      Wrap(error.message.empty() ? "Internal error" : error.message, width - 2, 2);
  const size_t last_line =
      DisplayWidth(std::string_view(headline).substr(headline.rfind('\n') + 1)) +
      (headline.find('\n') == std::string::npos ? 2 : 0);
  std::string out = Red("✗") + " " + Bold(headline);
  if (last_line + 2 + code_width > width) {
    out += "\n" + std::string(width > code_width ? width - code_width : 2, ' ');
  } else {
    out += std::string(width - last_line - code_width, ' ');
  }
  out += Dim(code) + "\n";
  auto add = [&](std::string_view text) {
    while (true) {
      const auto end = text.find('\n');
      out += "  " + std::string(text.substr(0, end)) + "\n";
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
    }
  };
  for (const auto& detail : error.details) add(detail);
  if (!error.hint.empty()) add(error.hint);
  if (!safety.empty()) add(safety);
  return out;
}

json ErrorJson(const Error& error) {
  return {{"code", error.code},
          {"kind", std::string(KindName(error.kind))},
          {"message", error.message},
          {"details", error.details},
          {"hint", error.hint}};
}

std::string JsonLine(const json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace interlock::cli
