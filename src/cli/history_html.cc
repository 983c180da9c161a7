#include "cli/history_html.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/text_style.h"

namespace interlock::cli {
namespace {

constexpr int kWidth = 1000;
constexpr int kLane = 26;
constexpr int kLeft = 180;

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9d9e0; --paper: #fff;
  --ok: #2b8a3e; --alert: #c92a2a; --mark: #fff4e6; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f;
  --paper: #16181a; --ok: #69db7c; --alert: #ff8787; --mark: #3b2a12; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p, footer { color: var(--soft); }
.scroll { overflow-x: auto; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 12px; }
svg line { stroke: var(--line); } svg circle { fill: var(--ok); }
svg circle.alert { fill: var(--alert); }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; border-bottom: 2px solid var(--line); padding: .4rem .6rem; }
td { border-bottom: 1px solid var(--line); padding: .4rem .6rem; vertical-align: top;
  overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.alert td { background: var(--mark); }
.soft { color: var(--soft); font-size: .9em; }
)css";

std::string LaneOf(const HistoryRow& row) {
  return row.release.empty() ? "chain " + row.chain : row.release;
}

std::string Shortened(const std::string& text) {
  constexpr size_t kLongest = 24;
  if (text.size() <= kLongest) return text;
  return std::string(CutToBytes(text, kLongest - 1)) + "…";
}

/// One lane a release, a dot an entry, at its time.
std::string Timeline(const std::vector<HistoryRow>& rows) {
  if (rows.empty()) return {};
  std::vector<std::string> lanes;
  for (const auto& row : rows)
    if (std::find(lanes.begin(), lanes.end(), LaneOf(row)) == lanes.end())
      lanes.push_back(LaneOf(row));
  const Timestamp first = rows.front().at;
  const Timestamp span = std::max<Timestamp>(rows.back().at - first, 1);
  const int height = static_cast<int>(lanes.size()) * kLane + 30;
  std::string svg = "<svg viewBox=\"0 0 " + std::to_string(kWidth) + " " + std::to_string(height) +
                    "\" role=\"img\" aria-label=\"timeline of the entries\">\n";
  for (size_t i = 0; i < lanes.size(); ++i) {
    const std::string y = std::to_string(static_cast<int>(i) * kLane + 16);
    svg += "<text x=\"0\" y=\"" + std::to_string(static_cast<int>(i) * kLane + 20) + "\">" +
           EscapeHtml(Shortened(lanes[i])) + "</text><line x1=\"" + std::to_string(kLeft) +
           "\" x2=\"" + std::to_string(kWidth - 10) + "\" y1=\"" + y + "\" y2=\"" + y + "\"/>\n";
  }
  for (const auto& row : rows) {
    const auto lane = std::find(lanes.begin(), lanes.end(), LaneOf(row)) - lanes.begin();
    const double share = static_cast<double>(row.at - first) / static_cast<double>(span);
    const int x = kLeft + static_cast<int>(share * (kWidth - kLeft - 20)) + 5;
    svg += "<a href=\"#" + EscapeHtml(row.chain) + "-" + std::to_string(row.seq) + "\"><circle" +
           (row.stands_out ? " class=\"alert\"" : "") + " cx=\"" + std::to_string(x) + "\" cy=\"" +
           std::to_string(static_cast<int>(lane) * kLane + 16) + "\" r=\"5\"><title>" +
           EscapeHtml(FormatTimestamp(row.at) + "  " + row.what) + "</title></circle></a>\n";
  }
  const std::string y = std::to_string(height - 4);
  svg += "<text x=\"" + std::to_string(kLeft) + "\" y=\"" + y + "\">" +
         FormatTimestamp(first).substr(0, 19) + "Z</text><text text-anchor=\"end\" x=\"" +
         std::to_string(kWidth - 10) + "\" y=\"" + y + "\">" +
         FormatTimestamp(rows.back().at).substr(0, 19) + "Z</text>\n</svg>\n";
  return svg;
}

std::string RowHtml(const HistoryRow& row) {
  std::string out = std::string("<tr") + (row.stands_out ? " class=\"alert\"" : "") + " id=\"" +
                    EscapeHtml(row.chain) + "-" + std::to_string(row.seq) + "\"><td>" +
                    FormatTimestamp(row.at).substr(0, 19) + "Z</td><td>" + EscapeHtml(row.actor) +
                    "</td><td>" + EscapeHtml(row.what);
  if (!row.release.empty())
    out += "<div class=\"soft\">release " + EscapeHtml(row.release) + "</div>";
  out += "</td><td>" + EscapeHtml(row.why) + "</td><td>" + EscapeHtml(row.evidence) +
         "<div class=\"soft\">" + EscapeHtml(row.chain) + " #" + std::to_string(row.seq) +
         "</div></td></tr>\n";
  return out;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const Character character = CharacterAt(text, i);
    const std::string_view raw = text.substr(i, character.bytes);
    i += character.bytes;
    if (!character.shown) {
      out += '?';
    } else if (raw == "&") {
      out += "&amp;";
    } else if (raw == "<") {
      out += "&lt;";
    } else if (raw == ">") {
      out += "&gt;";
    } else if (raw == "\"") {
      out += "&quot;";
    } else if (raw == "'") {
      out += "&#39;";
    } else if (raw == "\n" || raw == "\t") {
      out += ' ';
    } else {
      out += raw;
    }
  }
  return out;
}

std::string HistoryHtml(const HistoryPage& page, const std::vector<HistoryRow>& rows) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>" +
      EscapeHtml(page.title) + "</title>\n<style>" + kStyle + "</style></head><body>\n<h1>" +
      EscapeHtml(page.title) + "</h1>\n<p>" + std::to_string(rows.size()) + " entries" +
      (page.filters.empty() ? "" : ", " + EscapeHtml(page.filters)) + ".  Made " +
      FormatTimestamp(page.made_at).substr(0, 19) + "Z.  Marked: what a person decided, and what " +
      "went another way than planned.</p>\n<div class=\"scroll\">" + Timeline(rows) +
      "</div>\n<h2>Entries</h2>\n<div class=\"scroll\"><table><thead><tr><th>When</th><th>Who</th>"
      "<th>What</th><th>Why</th><th>Evidence</th></tr></thead><tbody>\n";
  for (const auto& row : rows) out += RowHtml(row);
  out += "</tbody></table></div>\n<footer><p>" + EscapeHtml(page.heads) +
         "</p></footer></body></html>\n";
  return out;
}

}  // namespace interlock::cli
