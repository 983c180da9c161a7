#include "engine/mysql/full_text.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Tokens = std::vector<Token>;

bool IsAt(const Tokens& tokens, std::size_t at, std::string_view word) {
  return at < tokens.size() && tokens[at].Is(word);
}

std::string Spelt(std::string_view sql, const Token& token) {
  if (token.kind == Token::Kind::kName) return token.text;
  return std::string(sql.substr(token.begin, token.end - token.begin));
}

/// FULLTEXT [KEY] [IF NOT EXISTS] [name] (columns) [options], from `at` on; past it afterwards.
std::string PlainKey(std::string_view sql, const Tokens& tokens, std::size_t* at,
                     AddedFullText* added) {
  std::size_t begin = *at + 1;
  if (IsAt(tokens, begin, "KEY") || IsAt(tokens, begin, "INDEX")) ++begin;
  std::size_t i = begin;
  while (i < tokens.size() && !tokens[i].Is("(")) ++i;
  const std::string head = TextOf(sql, tokens, begin, i);
  if (i > begin) added->name = Spelt(sql, tokens[i - 1]);
  std::vector<std::string> parts;
  int depth = 0;
  for (; i < tokens.size(); ++i) {
    if (tokens[i].Is("(")) ++depth;
    if (depth == 1 && (tokens[i].Is("(") || tokens[i].Is(",")) && i + 1 < tokens.size()) {
      added->columns.push_back(Spelt(sql, tokens[i + 1]));
      parts.push_back(Quote(added->columns.back()) + "(1)");
    }
    if (tokens[i].Is(")") && --depth == 0) break;
  }
  std::string out = "KEY " + head + (head.empty() ? "" : " ") + "(" + Join(parts, ", ") + ")";
  for (++i; i < tokens.size() && !tokens[i].Is(",") && !tokens[i].Is(")"); ++i) {
    if (tokens[i].Is("WITH") && IsAt(tokens, i + 1, "PARSER") && i + 2 < tokens.size()) {
      added->parser = Spelt(sql, tokens[i + 2]);
      i += 2;
    } else {
      out += " " + TextOf(sql, tokens, i, i + 1);
    }
  }
  *at = i;
  return out;
}

bool SameNames(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& one, const auto& other) { return Lower(one) == Lower(other); });
}

}  // namespace

bool IsFullText(const std::string& key) {
  const auto tokens = Tokenize(key);
  return !tokens.empty() && tokens[0].Is("FULLTEXT");
}

std::string ClausesWithoutFullText(std::string_view clauses, std::vector<AddedFullText>* added) {
  const Tokens tokens = Tokenize(clauses);
  std::string out;
  std::size_t done = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].Is("FULLTEXT")) continue;
    out += clauses.substr(done, tokens[i].begin - done);
    out += PlainKey(clauses, tokens, &i, &added->emplace_back());
    done = i < tokens.size() ? tokens[i].begin : clauses.size();
  }
  return out + std::string(clauses.substr(done));
}

std::string WithFullTexts(std::string shown, const TableText& table,
                          const std::map<std::string, std::string>& former,
                          const std::vector<AddedFullText>& added) {
  const auto replace = [&](const std::string& key, const std::string& by) {
    if (const auto at = shown.find("  " + key); at != std::string::npos)
      shown.replace(at + 2, key.size(), by);
  };
  const auto added_as = [&](const std::string& name) {
    const auto found = std::find_if(added.begin(), added.end(), [&](const AddedFullText& item) {
      if (!item.name.empty()) return Lower(item.name) == Lower(name);
      const Index* index = table.table.FindIndex(name);
      return index != nullptr && !former.contains(name) && SameNames(item.columns, index->columns);
    });
    return found == added.end() ? nullptr : &*found;
  };
  for (const auto& [name, key] : table.keys) {
    const auto had = former.find(name);
    if (const AddedFullText* item = added_as(name)) {
      const std::string parser =
          item->parser.empty() ? "" : " /*!50100 WITH PARSER " + Quote(item->parser) + " */ ";
      replace(key, WithFullText(key, key) + parser);
    } else if (had != former.end() && IsFullText(had->second)) {
      replace(key, WithFullText(key, had->second));
    }
  }
  return shown;
}

}  // namespace interlock::mysql
