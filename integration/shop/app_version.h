// How the two versions of the shop see a user: v1 by name, v2 by first and last name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shop/connection.h"
#include "shop/person_name.h"

namespace shop {

/// One row of `users` as a version reads it.
struct User {
  int64_t id = 0;
  PersonName name;
  std::string email;
  std::string note;
};

/// The statements of a version and how it reads their answers.  Parameters stand in the order
/// id, email, note, name columns; statements leave out what they don't need.
struct AppVersion {
  /// v1 and v1.*, v2 and v2.*; nullopt for others.
  static std::optional<AppVersion> Parse(const std::string& text, Dialect dialect);

  /// A name as the version's parameters: one for v1, two for v2.
  std::vector<std::string> NameParameters(const PersonName& name) const;

  /// Reads a row of an answer.  When it can't be right, `complaint` says why.
  User ReadUser(const Reply& reply, int row, std::optional<std::string>* complaint) const;

  std::string text;
  bool split_name = false;

  Statement read;         // id
  Statement own;          // emails from, to: the last ones
  Statement insert;       // email, note, name
  Statement insert_many;  // three times email, note, name
  Statement rename;       // id, note, name
  Statement touch;        // id, note
  Statement upsert;       // id, email, note, name
  Statement remove;       // id
  Statement order;        // id
};

constexpr int kInsertMany = 3;

}  // namespace shop
