#include "engine/mysql/duplicates_after.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"
#include "engine/mysql/write_log.h"

namespace interlock::mysql {
namespace {

/// The word after `option`= in " DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin".
std::string OptionOf(const std::string& charset, const std::string& option) {
  const auto at = charset.find(option + "=");
  if (at == std::string::npos) return "";
  const auto begin = at + option.size() + 1;
  return charset.substr(begin, charset.find(' ', begin) - begin);
}

/// The value as the other shape's column would hold it, as far as its order is concerned.
std::string AsStored(const std::string& value, const Column& column, const TableText& table) {
  static const std::vector<std::string> kTexts{"char",       "varchar",  "tinytext", "text",
                                               "mediumtext", "longtext", "enum",     "set"};
  if (!Contains(kTexts, Lower(column.type.substr(0, column.type.find('('))))) return value;
  std::string charset = OptionOf(table.charset, "CHARSET");
  if (column.attributes.starts_with("charset ")) {
    charset = column.attributes.substr(8);
    charset = charset.substr(0, charset.find(' '));
  }
  const std::string collation = column.collation.empty() ? table.collation : column.collation;
  if (charset.empty()) return value;
  const bool fits = collation.starts_with(charset);
  return "CONVERT(" + value + " USING " + charset + ")" +
         (fits && !collation.empty() ? " COLLATE " + collation : "");
}

/// Whether the live table has that key too, over columns that are compared the same way.  `back`:
/// columns of the other shape → of the live one.
bool IsSameKey(const Index& index, const TableText& live, const TableText& aside,
               const std::map<std::string, std::string>& back) {
  const Index* former = live.table.FindIndex(index.name);
  if (former == nullptr || former->definition != index.definition || live.charset != aside.charset)
    return false;
  return std::all_of(index.columns.begin(), index.columns.end(), [&](const std::string& name) {
    const auto source = back.find(name);
    const Column* is = aside.table.FindColumn(name);
    const Column* was = source == back.end() ? nullptr : live.table.FindColumn(source->second);
    return is != nullptr && was != nullptr && is->type == was->type &&
           is->collation == was->collation && is->attributes == was->attributes &&
           is->generated == was->generated;
  });
}

}  // namespace

std::vector<std::string> DuplicateQueries(const TableName& name, const TableText& live,
                                          const TableText& aside,
                                          const std::map<std::string, std::string>& renamed) {
  std::map<std::string, std::string> back;
  for (const auto& column : live.table.columns)
    if (const std::string name = NameAside(column.name, aside, renamed); !name.empty())
      back[name] = column.name;
  std::vector<std::string> out;
  for (const auto& index : aside.table.indexes) {
    const auto text = aside.keys.find(index.name);
    if (!index.unique || text == aside.keys.end()) continue;
    if (IsSameKey(index, live, aside, back)) continue;
    std::vector<std::string> parts;
    std::vector<std::string> given;
    for (const auto& part : KeyParts(text->second)) {
      const auto tokens = Tokenize(part);
      const bool cut = !tokens.empty() && tokens[0].Is("LEFT");
      const std::size_t at = cut ? 2 : 0;
      if (at >= tokens.size() || tokens[at].kind != Token::Kind::kName) break;
      const Column* column = aside.table.FindColumn(tokens[at].text);
      const auto source = back.find(tokens[at].text);
      if (column == nullptr || source == back.end()) break;
      const std::string value = AsStored("t." + Quote(source->second), *column, aside);
      parts.push_back(cut && tokens.size() > 4 ? "LEFT(" + value + ", " + tokens[4].text + ")"
                                               : value);
      given.push_back("t." + Quote(source->second) + " IS NOT NULL");
    }
    if (parts.size() != KeyParts(text->second).size()) continue;
    out.push_back("SELECT " + Join(parts, ", ") + ", COUNT(*), " + Literal(index.name) + " FROM " +
                  Quote(name) + " AS t WHERE " + Join(given, " AND ") + " GROUP BY " +
                  Join(parts, ", ") + " HAVING COUNT(*) > 1 LIMIT 10");
  }
  return out;
}

Result<std::vector<std::string>> DuplicatesAfter(
    MySqlConnection& connection, const TableName& name, const TableText& live,
    const TableText& aside, const std::map<std::string, std::string>& renamed) {
  std::vector<std::string> out;
  for (const auto& query : DuplicateQueries(name, live, aside, renamed)) {
    IL_ASSIGN(const SqlRows found, connection.Execute(query, {}));
    for (const auto& row : found.rows) {
      std::vector<std::string> values;
      for (std::size_t i = 0; i + 2 < row.size(); ++i) values.push_back(row[i].value_or("NULL"));
      out.push_back("(" + Join(values, ", ") + "): " + row[row.size() - 2].value_or("?") +
                    " rows under " + row.back().value_or("?"));
    }
  }
  return out;
}

}  // namespace interlock::mysql
