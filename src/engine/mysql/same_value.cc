#include "engine/mysql/same_value.h"

#include <map>

#include "base/text.h"

namespace interlock::mysql {
namespace {

enum class Family {
  kWhole,
  kDecimal,
  kReal,
  kBit,
  kText,
  kMembers,
  kBytes,
  kMoment,
  kJson,
  kGeometry,
  kOther
};

std::string TypeWord(const std::string& type) {
  return Lower(type.substr(0, type.find_first_of(" (")));
}

Family FamilyOf(const std::string& type) {
  static const std::map<std::string, Family> kFamilies{{"tinyint", Family::kWhole},
                                                       {"smallint", Family::kWhole},
                                                       {"mediumint", Family::kWhole},
                                                       {"int", Family::kWhole},
                                                       {"bigint", Family::kWhole},
                                                       {"year", Family::kWhole},
                                                       {"decimal", Family::kDecimal},
                                                       {"float", Family::kReal},
                                                       {"double", Family::kReal},
                                                       {"bit", Family::kBit},
                                                       {"char", Family::kText},
                                                       {"varchar", Family::kText},
                                                       {"tinytext", Family::kText},
                                                       {"text", Family::kText},
                                                       {"mediumtext", Family::kText},
                                                       {"longtext", Family::kText},
                                                       {"enum", Family::kMembers},
                                                       {"set", Family::kMembers},
                                                       {"binary", Family::kBytes},
                                                       {"varbinary", Family::kBytes},
                                                       {"tinyblob", Family::kBytes},
                                                       {"blob", Family::kBytes},
                                                       {"mediumblob", Family::kBytes},
                                                       {"longblob", Family::kBytes},
                                                       {"date", Family::kMoment},
                                                       {"time", Family::kMoment},
                                                       {"datetime", Family::kMoment},
                                                       {"timestamp", Family::kMoment},
                                                       {"json", Family::kJson},
                                                       {"geometry", Family::kGeometry},
                                                       {"point", Family::kGeometry},
                                                       {"linestring", Family::kGeometry},
                                                       {"polygon", Family::kGeometry},
                                                       {"multipoint", Family::kGeometry},
                                                       {"multilinestring", Family::kGeometry},
                                                       {"multipolygon", Family::kGeometry},
                                                       {"geometrycollection", Family::kGeometry},
                                                       {"geomcollection", Family::kGeometry}};
  const auto found = kFamilies.find(TypeWord(type));
  return found == kFamilies.end() ? Family::kOther : found->second;
}

bool IsText(Family family) { return family == Family::kText || family == Family::kMembers; }
bool IsNumber(Family family) {
  return family == Family::kWhole || family == Family::kDecimal || family == Family::kReal ||
         family == Family::kBit;
}

/// The bytes of a value as a person reads it.
std::string AsText(Family family, const std::string& value) {
  const std::string text = IsText(family) ? "CONVERT(" + value + " USING utf8mb4)"
                                          : "CAST(" + value + " AS CHAR CHARACTER SET utf8mb4)";
  return "CAST(" + text + " AS BINARY)";
}

/// A number of the type that the value had before: a rounded one does not come back.
std::string BackTo(const Column& before, Family family, const std::string& value) {
  if (family == Family::kWhole || family == Family::kBit) {
    const bool is_signed =
        family == Family::kWhole && Lower(before.type).find("unsigned") == std::string::npos;
    return "CAST(" + value + (is_signed ? " AS SIGNED)" : " AS UNSIGNED)");
  }
  if (family == Family::kReal) return "CAST(" + value + " AS " + Upper(TypeWord(before.type)) + ")";
  const auto open = before.type.find('(');
  const auto close = before.type.find(')');
  const std::string size =
      open == std::string::npos ? "(10,0)" : before.type.substr(open, close + 1 - open);
  return "CAST(" + value + " AS DECIMAL" + size + ")";
}

}  // namespace

SameForms FormsToCompare(const Column& from_column, const std::string& from,
                         const Column& to_column, const std::string& to, bool same_charset) {
  const Family a = FamilyOf(from_column.type);
  const Family b = FamilyOf(to_column.type);
  const auto same = [](const std::string& x, const std::string& y) { return SameForms{x, y}; };
  if (from_column.type == to_column.type && !IsText(a) && a != Family::kJson && a != Family::kOther)
    return same(from, to);
  if (IsText(a) && same_charset && from_column.type == to_column.type &&
      from_column.collation == to_column.collation &&
      from_column.attributes == to_column.attributes)
    return same("CAST(" + from + " AS BINARY)", "CAST(" + to + " AS BINARY)");
  if (IsNumber(a) && IsNumber(b)) {
    // Both ways: what is rounded shows in one, what overflows a smaller type's text in the other.
    const auto plain = [](Family family, const std::string& value) {
      return family == Family::kBit ? "CAST(" + value + " AS UNSIGNED)" : value;
    };
    if (a == Family::kBit || b == Family::kBit) return same(plain(a, from), plain(b, to));
    if (a == b && a != Family::kDecimal) return same(from, to);
    return same(from, BackTo(from_column, a, to));
  }
  if (a == Family::kMoment && b == Family::kMoment) return same(from, to);
  if (a == Family::kBytes && b == Family::kBytes) return same(from, to);
  if (a == Family::kBytes || b == Family::kBytes)
    return same("CAST(" + from + " AS BINARY)", "CAST(" + to + " AS BINARY)");
  if ((a == Family::kGeometry && b == Family::kGeometry) ||
      (a == Family::kOther && from_column.type == to_column.type))
    return same("HEX(" + from + ")", "HEX(" + to + ")");
  if (b == Family::kJson && a == Family::kText)
    return same(AsText(Family::kJson, "CAST(" + from + " AS JSON)"), AsText(b, to));
  return same(AsText(a, from), AsText(b, to));
}

bool HoldsText(const Column& column) { return IsText(FamilyOf(column.type)); }

std::string ChecksumPart(const Column& column, const std::string& form) {
  // A float is printed with six digits; as a double with all that it has.
  const bool real = FamilyOf(column.type) == Family::kReal;
  return real ? "CAST(" + form + " AS DOUBLE)" : form;
}

}  // namespace interlock::mysql
