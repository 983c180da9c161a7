#include "config/files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "config/codes.h"
#include "config/problems.h"
#include "config/toml_reader.h"

namespace interlock::config {
namespace fs = std::filesystem;
namespace {

constexpr std::streamsize kLimit = std::streamsize{1} << 20;

}  // namespace

Result<std::string> ReadText(const std::string& path, const std::string& missing) {
  auto fail = [&](const std::string& found, std::string hint) {
    return Fail(ErrorKind::kConfig, kUnreadable, path + ": " + found, std::move(hint));
  };
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return fail("there is no such file", missing);
  if (fs::is_directory(status)) return fail("this is a folder, not a file", missing);
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("the file cannot be opened for reading", "check its permissions");
  std::string text(static_cast<size_t>(kLimit) + 1, '\0');
  in.read(text.data(), kLimit + 1);
  if (in.bad()) return fail("the file cannot be read", "");
  if (in.gcount() > kLimit) return fail("the file is larger than 1 MiB", "");
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

Result<Node> ReadToml(const std::string& path, const std::string& missing) {
  IL_ASSIGN(const auto text, ReadText(path, missing));
  return ParseToml(text, path);
}

Result<std::vector<std::string>> TomlFiles(const std::string& folder, const std::string& missing) {
  std::error_code error;
  std::vector<std::string> out;
  fs::directory_iterator it(folder, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    const auto name = it->path().filename().string();
    if (name[0] == '.' || it->path().extension() != ".toml" || it->is_directory(error)) continue;
    out.push_back(Beneath(folder, name));
  }
  if (error)
    return Fail(ErrorKind::kConfig, kUnreadable,
                folder + ": the folder is not there or cannot be read", missing);
  std::sort(out.begin(), out.end());
  return out;
}

std::string Stem(const std::string& path) { return fs::path(path).stem().string(); }

std::string Beneath(const std::string& root, const std::string& path) {
  if (root.empty() || root == ".") return path;
  return (fs::path(root) / path).lexically_normal().string();
}

bool IsId(std::string_view text) {
  auto alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (text.empty() || text.size() > 100 || !alphanumeric(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace interlock::config
