#include "engine/mysql/sync_value.h"

#include <vector>

#include "base/text.h"

namespace interlock::mysql {
namespace {

std::string Cast(const std::string& expression, const std::string& type) {
  return "CAST(" + expression + " AS " + type + ")";
}

std::string Left(const std::string& expression, int length) {
  return length == 0 ? expression : "LEFT(" + expression + ", " + std::to_string(length) + ")";
}

std::string InUnicode(const std::string& expression) {
  return "CONVERT(" + expression + " USING utf8mb4)";
}

std::string WithoutBlanks(const std::string& text) {
  return "TRIM(TRAILING ' ' FROM " + text + ")";
}

/// A text in utf8mb4 as the column's character set has it.
std::string InCharset(const std::string& text, const ColumnType& type) {
  if (type.charset.empty() || type.charset == "utf8mb4") return text;
  return "CONVERT(" + text + " USING " + type.charset + ")";
}

/// Compared as the column compares.
std::string Collated(const std::string& text, const ColumnType& type) {
  if (type.charset.empty() || type.collation.empty()) return text;
  return InCharset(text, type) + " COLLATE " + type.collation;
}

/// The member that a text means, spelled as it was declared; what is none stays.
std::string Member(const std::string& text, const ColumnType& type) {
  const std::string members = Join(type.members, ", ");
  return "COALESCE(ELT(FIELD(" + Collated(text, type) + ", " + members + "), " + members + "), " +
         text + ")";
}

/// The members that a text names, in the order in which they were declared.
std::string Members(const std::string& text, const ColumnType& type) {
  std::vector<std::string> found;
  for (const auto& member : type.members)
    found.push_back("IF(FIND_IN_SET(" + member + ", " + Collated(text, type) + "), " + member +
                    ", NULL)");
  return "IF(" + text + " IS NULL, NULL, CONCAT_WS(',', " + Join(found, ", ") + "))";
}

ValueSql TextValue(const std::string& expression, const ColumnType& type) {
  ValueSql out;
  const std::string whole = InUnicode(expression);
  const bool padded = type.kind == TypeKind::kChar;
  out.value = padded ? WithoutBlanks(Left(whole, type.length)) : Left(whole, type.length);
  out.stored = InCharset(out.value, type);
  if (type.length != 0)
    out.cut = "(CHAR_LENGTH(" + (padded ? WithoutBlanks(whole) : whole) + ") > " +
              std::to_string(type.length) + ") IS TRUE";
  return out;
}

ValueSql BytesValue(const std::string& expression, const ColumnType& type) {
  ValueSql out;
  const std::string whole = Cast(expression, "BINARY");
  out.value = Left(whole, type.length);
  if (type.kind == TypeKind::kBinary) out.value = Cast(out.value, type.cast);
  out.stored = out.value;
  if (type.length != 0)
    out.cut = "(LENGTH(" + whole + ") > " + std::to_string(type.length) + ") IS TRUE";
  return out;
}

std::string FullYear(const std::string& number) {
  return "CASE WHEN " + number + " BETWEEN 1 AND 69 THEN " + number + " + 2000 WHEN " + number +
         " BETWEEN 70 AND 99 THEN " + number + " + 1900 ELSE " + number + " END";
}

std::string CastValue(const std::string& expression, const ColumnType& type) {
  if (type.digits < 0) return Cast(expression, type.cast);
  return Cast("ROUND(" + Cast(expression, "DOUBLE") + ", " + std::to_string(type.digits) + ")",
              type.cast);
}

}  // namespace

std::string Same(const std::string& a, const std::string& b, const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kChar:
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kSet:
      // Collations call different texts equal.
      return Cast(a, "BINARY") + " <=> " + Cast(b, "BINARY");
    case TypeKind::kJson: {
      // 1 and 1.0 are equal there; and so are objects in any order.
      const auto text = [](const std::string& json) {
        return Cast(Cast(json, "CHAR CHARACTER SET utf8mb4"), "BINARY");
      };
      return text(a) + " <=> " + text(b);
    }
    case TypeKind::kTimestamp:
      // Two moments look alike in the hour that a session's time zone has twice.
      return "UNIX_TIMESTAMP(" + a + ") <=> UNIX_TIMESTAMP(" + b + ")";
    case TypeKind::kOther:
      // Of a vector only the text can be compared.
      if (Upper(type.name).starts_with("VECTOR")) return "HEX(" + a + ") <=> HEX(" + b + ")";
      break;
    default:
      break;
  }
  return a + " <=> " + b;
}

ValueSql MakeValueSql(const std::string& expression, const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kChar:
    case TypeKind::kText:
      return TextValue(expression, type);
    case TypeKind::kBinary:
    case TypeKind::kBytes:
      return BytesValue(expression, type);
    case TypeKind::kEnum: {
      const std::string text = WithoutBlanks(InUnicode(expression));
      return {text, InCharset(Member(text, type), type), ""};
    }
    case TypeKind::kSet: {
      const std::string text = InUnicode(expression);
      return {text, InCharset(Members(text, type), type), ""};
    }
    case TypeKind::kYear: {
      const std::string number = Cast(expression, type.cast);
      return {number, FullYear(number), ""};
    }
    case TypeKind::kOther:
      return {expression, expression, ""};
    default: {
      const std::string value = CastValue(expression, type);
      return {value, value, ""};
    }
  }
}

}  // namespace interlock::mysql
