#include "engine/mysql/grants.h"

#include <algorithm>

#include "engine/answers.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

constexpr const char* kAll = "ALL PRIVILEGES";

bool Has(const std::set<std::string>& privileges, const std::string& privilege) {
  return privileges.contains(privilege) || privileges.contains(kAll);
}

/// Without its backslashes, and up to where its first wildcard stands.
struct Pattern {
  std::string literal;
  bool whole = true;  ///< it has no wildcard
};
Pattern Read(const std::string& pattern, bool wildcards) {
  Pattern out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && wildcards && i + 1 < pattern.size()) {
      out.literal += pattern[++i];
    } else if (wildcards && (c == '%' || c == '_')) {
      out.whole = false;
      return out;
    } else {
      out.literal += c;
    }
  }
  return out;
}

/// As LIKE does.
bool Fits(std::string_view name, std::string_view pattern) {
  while (!pattern.empty()) {
    if (pattern[0] == '%') {
      for (std::size_t skip = 0; skip <= name.size(); ++skip)
        if (Fits(name.substr(skip), pattern.substr(1))) return true;
      return false;
    }
    if (name.empty()) return false;
    if (pattern[0] == '_') {
      // A character of several bytes is one.
      do {
        name.remove_prefix(1);
      } while (!name.empty() && (static_cast<unsigned char>(name[0]) & 0xC0U) == 0x80U);
      pattern.remove_prefix(1);
      continue;
    }
    if (pattern[0] == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    if (pattern[0] != name[0]) return false;
    name.remove_prefix(1);
    pattern.remove_prefix(1);
  }
  return name.empty();
}

class Line {
 public:
  explicit Line(std::string_view text) : tokens_(Tokenize(text)) {}

  bool Word(std::string_view word) {
    if (!Is(word)) return false;
    ++at_;
    return true;
  }
  bool Name(std::string* name) {
    if (at_ >= tokens_.size() || tokens_[at_].kind != Token::Kind::kName) return false;
    *name = tokens_[at_++].text;
    return true;
  }

  /// Up to and with ON; false when there is none, as for a role.
  bool PrivilegesOn(std::set<std::string>* out) {
    std::string privilege;
    bool whole = true;  // not of single columns
    for (; at_ < tokens_.size(); ++at_) {
      const bool end = Is("ON");
      if (end || Is(",")) {
        if (whole && !privilege.empty()) out->insert(privilege);
        privilege.clear();
        whole = true;
        if (end) return Word("ON");
      } else if (Is("(")) {
        whole = false;
        while (at_ < tokens_.size() && !Is(")")) ++at_;
      } else if (tokens_[at_].kind == Token::Kind::kWord) {
        privilege += (privilege.empty() ? "" : " ") + tokens_[at_].text;
      } else {
        return false;
      }
    }
    return false;
  }

 private:
  bool Is(std::string_view word) const { return at_ < tokens_.size() && tokens_[at_].Is(word); }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace

void Grants::Add(std::string_view text) {
  Line line(text);
  const bool revoke = line.Word("REVOKE");
  if (!revoke && !line.Word("GRANT")) return;
  Privileges privileges;
  if (!line.PrivilegesOn(&privileges)) return;
  std::string database;
  const bool everywhere = line.Word("*");
  if (!everywhere && !line.Name(&database)) return;
  if (!line.Word(".") || !line.Word("*") || !line.Word(revoke ? "FROM" : "TO")) return;
  std::string grantee;
  if (!line.Name(&grantee)) return;
  if (line.Word("@")) {
    std::string host;
    line.Name(&host);
    grantee += '@' + host;
  }
  Privileges& target = everywhere ? everywhere_
                       : revoke   ? revoked_[database]
                                  : by_grantee_[grantee][database];
  target.insert(privileges.begin(), privileges.end());
}

bool Grants::Everywhere(const std::string& privilege) const { return Has(everywhere_, privilege); }

const Grants::Privileges* Grants::MostExact(const std::map<std::string, Privileges>& patterns,
                                            const std::string& database) const {
  const Privileges* found = nullptr;
  std::size_t longest = 0;
  for (const auto& [pattern, privileges] : patterns) {
    const auto [literal, whole] = Read(pattern, wildcards_);
    if (whole && literal == database) return &privileges;
    if (whole || !Fits(database, pattern)) continue;
    if (found == nullptr || literal.size() > longest) found = &privileges;
    longest = std::max(longest, literal.size());
  }
  return found;
}

bool Grants::On(const std::string& database, const std::string& privilege) const {
  const auto revoked = revoked_.find(database);
  const bool taken = revoked != revoked_.end() && Has(revoked->second, privilege);
  if (Everywhere(privilege) && !taken) return true;
  return std::any_of(by_grantee_.begin(), by_grantee_.end(), [&](const auto& grantee) {
    const auto* privileges = MostExact(grantee.second, database);
    return privileges != nullptr && Has(*privileges, privilege);
  });
}

Result<Grants> ReadGrants(MySqlConnection& connection) {
  IL_ASSIGN(const SqlRows literal,
            connection.Execute("SHOW GLOBAL VARIABLES LIKE 'partial_revokes'", {}));
  const bool on =
      !literal.rows.empty() && literal.rows[0].size() == 2 && literal.rows[0][1] == "ON";
  IL_ASSIGN(const SqlRows rows, connection.Execute("SHOW GRANTS", {}));
  Grants out(!on);
  for (const auto& row : rows.rows)
    if (!row.empty()) out.Add(row[0].value_or(""));
  return out;
}

Result<std::vector<std::string>> MissingPrivileges(MySqlConnection& connection,
                                                   const std::vector<std::string>& wanted) {
  IL_ASSIGN(const Grants grants, ReadGrants(connection));
  std::vector<std::string> missing;
  for (const auto& privilege : wanted)
    if (!grants.On(connection.database(), privilege)) missing.push_back(privilege);
  return missing;
}

}  // namespace interlock::mysql
