#include "shop/app_version.h"

namespace shop {
namespace {

std::string Placeholders(int first, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "$" : ", $") + std::to_string(first + static_cast<int>(i));
  }
  return text;
}

bool IsVersion(const std::string& text, const std::string& major) {
  return text == major || text.starts_with(major + ".");
}

}  // namespace

std::optional<AppVersion> AppVersion::Parse(const std::string& text, Dialect dialect) {
  AppVersion version;
  version.text = text;
  version.split_name = IsVersion(text, "v2");
  if (!version.split_name && !IsVersion(text, "v1")) return std::nullopt;

  const std::vector<std::string> columns = version.split_name
                                               ? std::vector<std::string>{"first_name", "last_name"}
                                               : std::vector<std::string>{"name"};
  std::string names, assignments, excluded, again;
  for (size_t i = 0; i < columns.size(); ++i) {
    names += ", " + columns[i];
    assignments += ", " + columns[i] + " = $" + std::to_string(3 + i);
    excluded += ", " + columns[i] + " = excluded." + columns[i];
    again += ", " + columns[i] + " = $" + std::to_string(4 + i);
  }
  const size_t width = 2 + columns.size();
  const std::string into = "INSERT INTO users (email, note" + names + ") VALUES ";
  std::string rows;
  for (int i = 0; i < kInsertMany; ++i) {
    const int first = 1 + i * static_cast<int>(width);
    rows += (i == 0 ? "(" : ", (") + Placeholders(first, width) + ")";
  }

  const std::string own = "email >= $1 AND email < $2 ORDER BY email DESC LIMIT 50";
  version.read.sql = "SELECT * FROM users WHERE id = $1";
  version.own.sql = "SELECT * FROM users WHERE " + own;
  version.insert.sql = into + "(" + Placeholders(1, width) + ")";
  version.insert_many.sql = into + rows;
  version.rename.sql = "UPDATE users SET note = $2" + assignments + " WHERE id = $1";
  version.touch.sql = "UPDATE users SET note = $2 WHERE id = $1";
  version.upsert.sql = "INSERT INTO users (id, email, note" + names + ") VALUES (" +
                       Placeholders(1, 1 + width) + ")";
  version.remove.sql = "DELETE FROM users WHERE id = $1";
  version.order.sql = "INSERT INTO orders (user_id, amount) VALUES ($1, 9.95)";
  if (dialect == Dialect::kPostgreSql) {
    version.upsert.sql += " ON CONFLICT (id) DO UPDATE SET note = excluded.note" + excluded;
    for (auto* write : {&version.insert, &version.insert_many, &version.rename, &version.upsert})
      write->sql += " RETURNING *";
    return version;
  }
  // New columns are hidden from a * until the contract: who wants them says so.
  const std::string from =
      (version.split_name ? "SELECT id, email, note" + names : "SELECT *") + " FROM users WHERE ";
  version.read.sql = from + "id = $1";
  version.own.sql = from + own;
  version.upsert.sql += " ON DUPLICATE KEY UPDATE note = $3" + again;
  version.rename.then = version.upsert.then = version.read.sql;
  version.insert.then = from + "id = LAST_INSERT_ID()";
  // A statement that inserts a known number of rows gives them ids in a row.
  version.insert_many.then = from + "id BETWEEN LAST_INSERT_ID() AND LAST_INSERT_ID() + " +
                             std::to_string(kInsertMany - 1) + " ORDER BY id";
  return version;
}

std::vector<std::string> AppVersion::NameParameters(const PersonName& name) const {
  if (split_name) return {name.first, name.last};
  return {name.Full()};
}

User AppVersion::ReadUser(const Reply& reply, int row,
                          std::optional<std::string>* complaint) const {
  User user;
  user.id = reply.GetInteger(row, "id");
  user.email = reply.Get(row, "email").value_or("");
  user.note = reply.Get(row, "note").value_or("");
  const std::optional<std::string> name = reply.Get(row, "name");
  if (split_name) {
    const std::optional<std::string> first = reply.Get(row, "first_name");
    const std::optional<std::string> last = reply.Get(row, "last_name");
    if (!first || !last) *complaint = "first_name or last_name is null";
    user.name = {first.value_or(""), last.value_or("")};
    if (!*complaint && reply.HasColumn("name") && name != user.name.Full()) {
      *complaint = "name is '" + name.value_or("null") + "' beside '" + user.name.Full() + "'";
    }
  } else {
    if (!name) *complaint = "name is null or not there";
    const std::string full = name.value_or("");
    const size_t space = full.find(' ');
    user.name = {full.substr(0, space), space == full.npos ? "" : full.substr(space + 1)};
  }
  if (!*complaint && IsShopEmail(user.email) &&
      !NameFits(user.name, WriteOfNote(user.note), user.email)) {
    *complaint = "name is '" + user.name.Full() + "' with note '" + user.note + "'";
  }
  return user;
}

}  // namespace shop
