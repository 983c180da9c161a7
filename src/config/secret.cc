#include "config/secret.h"

#include <fmt/format.h>

#include "config/codes.h"
#include "config/files.h"
#include "config/run_command.h"

namespace interlock::config {
namespace {

std::string Trimmed(const std::string& text) {
  const char* space = " \t\r\n";
  const size_t first = text.find_first_not_of(space);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(space) + 1 - first);
}

}  // namespace

UrlSource ReadUrlSource(TableReader& table, Problems& problems) {
  UrlSource out;
  std::vector<std::string> found;
  if (table.Has("url")) found.emplace_back("url");
  if (table.Has("url_file")) found.emplace_back("url_file");
  if (table.Has("url_command")) found.emplace_back("url_command");
  if (found.size() != 1)
    problems.Add(found.empty() ? table.at() : table.At(found[1]), kAlternatives,
                 found.empty() ? table.name() + " has no url"
                               : fmt::format("{} has {}", table.name(), Quoted(found, " and ")),
                 "exactly one of 'url', 'url_file' or 'url_command'");
  if (const Node* url = table.Text("url"))
    out = {UrlSource::From::kText, url->at, url->open, url->text, {}};
  if (out.from == UrlSource::From::kText && !out.open) {
    if (const auto expected = NormalizeUrl(out.text); !expected.empty())
      problems.Add(out.at, kSecret, "the url begins with no known scheme", expected);
  }
  if (const Node* file = table.Text("url_file"))
    out = {UrlSource::From::kFile, file->at, file->open, file->text, {}};
  const auto words = table.Texts("url_command", Need::kNotEmpty,
                                 "an argument list such as [\"pass\", \"show\", \"shop-db\"]");
  if (!words.empty()) {
    out = {UrlSource::From::kCommand, words.front()->at, false, "", {}};
    for (const Node* word : words) {
      out.command.push_back(word->text);
      out.open = out.open || word->open;
    }
  }
  return out;
}

std::string NormalizeUrl(std::string& url) {
  const std::string alias = "postgres:";
  if (url.compare(0, alias.size(), alias) == 0) url.replace(0, alias.size(), "postgresql:");
  for (const std::string scheme : {"postgresql:", "mysql:", "sqlite:"})
    if (url.compare(0, scheme.size(), scheme) == 0) return "";
  return "postgresql:…, mysql:… or sqlite:…";
}

std::string ResolveUrl(const UrlSource& source, const std::string& root, Problems& problems) {
  std::string url;
  std::string where = "the url";
  switch (source.from) {
    case UrlSource::From::kNowhere:
      return "";
    case UrlSource::From::kText:
      url = source.text;
      break;
    case UrlSource::From::kFile: {
      const auto text = ReadText(Beneath(root, source.text), "");
      if (!text) {
        problems.Add(source.at, kSecret, "url_file: " + text.error().message, "",
                     "make the file, readable for this user, with the url in it");
        return "";
      }
      url = Trimmed(*text);
      where = "the url in url_file";
      break;
    }
    case UrlSource::From::kCommand: {
      const auto output = RunCommand(source.command, root, std::chrono::seconds(30), 64 << 10);
      if (!output) {
        problems.Add(source.at, kSecret, "url_command: " + output.error().message, "",
                     "run it by hand: it must print the url and exit with 0");
        return "";
      }
      url = Trimmed(*output);
      where = "the output of url_command";
      break;
    }
  }
  if (const auto expected = NormalizeUrl(url); !expected.empty()) {
    problems.Add(source.at, kSecret,
                 where + (url.empty() ? " is empty" : " begins with no known scheme"), expected);
    return "";
  }
  return url;
}

}  // namespace interlock::config
