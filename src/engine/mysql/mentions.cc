#include "engine/mysql/mentions.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/quote.h"

namespace interlock::mysql {
namespace {

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

Mentions::Mentions(const std::string& text) : text_(Upper(text)) {
  for (std::size_t at = 0; at < text_.size(); ++at) {
    const std::size_t begin = at;
    while (at < text_.size() && IsWordByte(text_[at])) ++at;
    if (at > begin) words_.insert(text_.substr(begin, at - begin));
  }
}

bool Mentions::operator()(const std::string& name) const {
  if (std::all_of(name.begin(), name.end(), IsWordByte)) return words_.contains(Upper(name));
  std::string doubled = "\"";
  for (const char c : name) doubled.append(c == '"' ? 2 : 1, c);
  return text_.find(Upper(Quote(name))) != std::string::npos ||
         text_.find(Upper(doubled + '"')) != std::string::npos;
}

}  // namespace interlock::mysql
