#include "engine/mysql/column_types.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/text.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

const std::map<std::string, TypeKind, std::less<>>& Kinds() {
  static const std::map<std::string, TypeKind, std::less<>> kinds{
      {"CHAR", TypeKind::kChar},
      {"CHARACTER", TypeKind::kChar},
      {"NCHAR", TypeKind::kChar},
      {"VARCHAR", TypeKind::kText},
      {"NVARCHAR", TypeKind::kText},
      {"TINYTEXT", TypeKind::kText},
      {"TEXT", TypeKind::kText},
      {"MEDIUMTEXT", TypeKind::kText},
      {"LONGTEXT", TypeKind::kText},
      {"BINARY", TypeKind::kBinary},
      {"VARBINARY", TypeKind::kBytes},
      {"TINYBLOB", TypeKind::kBytes},
      {"BLOB", TypeKind::kBytes},
      {"MEDIUMBLOB", TypeKind::kBytes},
      {"LONGBLOB", TypeKind::kBytes},
      {"ENUM", TypeKind::kEnum},
      {"SET", TypeKind::kSet},
      {"JSON", TypeKind::kJson},
      {"BIT", TypeKind::kWhole},
      {"BOOL", TypeKind::kWhole},
      {"BOOLEAN", TypeKind::kWhole},
      {"TINYINT", TypeKind::kWhole},
      {"SMALLINT", TypeKind::kWhole},
      {"MEDIUMINT", TypeKind::kWhole},
      {"INT", TypeKind::kWhole},
      {"INTEGER", TypeKind::kWhole},
      {"BIGINT", TypeKind::kWhole},
      {"YEAR", TypeKind::kYear},
      {"DECIMAL", TypeKind::kDecimal},
      {"NUMERIC", TypeKind::kDecimal},
      {"DEC", TypeKind::kDecimal},
      {"FIXED", TypeKind::kDecimal},
      {"FLOAT", TypeKind::kFloat},
      {"DOUBLE", TypeKind::kFloat},
      {"REAL", TypeKind::kFloat},
      {"DATE", TypeKind::kDate},
      {"DATETIME", TypeKind::kDate},
      {"TIME", TypeKind::kDate},
      {"TIMESTAMP", TypeKind::kTimestamp}};
  return kinds;
}

int Number(const std::string& digits) {
  int out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

/// "unsigned", "unsigned zerofill" stay; how MariaDB keeps the bytes (COMPRESSED) is no type.
std::string TextOf(const std::string& type, const std::vector<Token>& tokens) {
  std::size_t end = 0;
  while (end < tokens.size() && !tokens[end].Is("COMPRESSED")) ++end;
  return mysql::TextOf(type, tokens, 0, end);
}

std::string WithPrecision(const std::string& word, const std::vector<int>& numbers) {
  return numbers.empty() ? word : word + "(" + std::to_string(numbers[0]) + ")";
}

/// What CAST takes for a type of that name and with those numbers in parentheses.
std::string CastOf(TypeKind kind, const std::string& word, const std::vector<int>& numbers) {
  const auto number = [&](std::size_t i, int otherwise) {
    return std::to_string(i < numbers.size() ? numbers[i] : otherwise);
  };
  switch (kind) {
    case TypeKind::kBinary:
      return "BINARY(" + number(0, 1) + ")";
    case TypeKind::kJson:
      return "JSON";
    case TypeKind::kWhole:
    case TypeKind::kYear:
      // AS SIGNED would cut a text's fraction, AS UNSIGNED turn -1 into a large number.
      return "DECIMAL(20,0)";
    case TypeKind::kDecimal:
      return "DECIMAL(" + number(0, 10) + "," + number(1, 0) + ")";
    case TypeKind::kFloat:
      return word == "FLOAT" && (numbers.size() != 1 || numbers[0] <= 24) ? "FLOAT" : "DOUBLE";
    case TypeKind::kDate:
      return WithPrecision(word, numbers);
    case TypeKind::kTimestamp:
      return WithPrecision("DATETIME", numbers);
    default:
      return "";
  }
}

bool HasCharset(TypeKind kind) {
  return kind == TypeKind::kChar || kind == TypeKind::kText || kind == TypeKind::kEnum ||
         kind == TypeKind::kSet;
}

ColumnType TypeToCome(const ColumnSpec& column, std::string_view dialect) {
  const bool text = dialect == "mariadb" && Upper(column.type) == "JSON";
  ColumnType out = text ? ParseColumnType("longtext", "utf8mb4", "utf8mb4_bin")
                        : ParseColumnType(column.type, "", column.collation);
  out.there = false;
  return out;
}

bool HasWord(const std::string& text, const std::string& word) {
  return Upper(text).find(word) != std::string::npos;
}

}  // namespace

ColumnType ParseColumnType(const std::string& type, const std::string& charset,
                           const std::string& collation) {
  const std::vector<Token> tokens = Tokenize(type);
  ColumnType out;
  out.name = TextOf(type, tokens);
  if (tokens.empty()) return out;
  const std::string& word = tokens[0].text;
  const bool varying = tokens.size() > 1 && tokens[1].Is("VARYING");
  const auto kind = Kinds().find(word);
  if (kind != Kinds().end()) out.kind = varying ? TypeKind::kText : kind->second;
  std::vector<int> numbers;
  const std::size_t open = varying ? 2 : 1;
  const bool arguments = tokens.size() > open && tokens[open].Is("(");
  for (std::size_t i = open + 1; arguments && i < tokens.size() && !tokens[i].Is(")"); ++i) {
    if (tokens[i].kind == Token::Kind::kString) out.members.push_back(tokens[i].text);
    if (tokens[i].kind == Token::Kind::kOther && !tokens[i].Is(","))
      numbers.push_back(Number(tokens[i].text));
  }
  out.cast = CastOf(out.kind, word, numbers);
  const bool has_length = out.kind == TypeKind::kChar || out.kind == TypeKind::kBinary ||
                          word == "VARCHAR" || word == "NVARCHAR" || word == "VARBINARY" || varying;
  if (has_length) out.length = numbers.empty() ? 1 : numbers[0];
  if (out.kind == TypeKind::kFloat && numbers.size() == 2) out.digits = numbers[1];
  if (HasCharset(out.kind)) {
    out.charset = charset;
    out.collation = collation;
    if (!charset.empty()) out.name += " CHARACTER SET " + charset;
    if (!collation.empty()) out.name += " COLLATE " + collation;
  }
  return out;
}

Result<ColumnTypes> ReadColumnTypes(SqlConnection& connection, const TableName& table,
                                    const std::vector<SyncSpec>& before,
                                    const std::vector<SyncSpec>& after) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT column_name, column_type, character_set_name, "
                               "collation_name, is_nullable, extra FROM information_schema.columns "
                               "WHERE table_schema = $1 AND table_name = $2",
                               {table.schema, table.name}));
  ColumnTypes types;
  for (const auto& row : rows.rows) {
    ColumnType type =
        ParseColumnType(row[1].value_or(""), row[2].value_or(""), row[3].value_or(""));
    const std::string extra = row[5].value_or("");
    type.nullable = row[4] == "YES";
    type.generated = HasWord(extra, "VIRTUAL GENERATED") || HasWord(extra, "STORED GENERATED");
    type.identity = HasWord(extra, "AUTO_INCREMENT");
    type.on_update = HasWord(extra, "ON UPDATE");
    types[row[0].value_or("")] = std::move(type);
  }
  for (const auto* specs : {&before, &after}) {
    for (const auto& spec : *specs) {
      for (const auto& [logical, real] : spec.renamed)
        if (const auto found = types.find(real); found != types.end())
          types.emplace(logical, found->second);
      for (const auto& derived : spec.new_columns)
        types.emplace(derived.column.name, TypeToCome(derived.column, connection.dialect()));
    }
  }
  return types;
}

}  // namespace interlock::mysql
