// Fields of a JSON value of unknown shape, read without throwing: what is missing or of another
// type is the given default.  For entries that someone may have altered.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace interlock {

inline const nlohmann::json* FindField(const nlohmann::json& body, const char* key) {
  if (!body.is_object()) return nullptr;
  const auto found = body.find(key);
  return found == body.end() ? nullptr : &*found;
}

inline std::string TextField(const nlohmann::json& body, const char* key) {
  const auto* field = FindField(body, key);
  return field != nullptr && field->is_string() ? field->get<std::string>() : std::string();
}

inline std::int64_t NumberField(const nlohmann::json& body, const char* key,
                                std::int64_t otherwise = 0) {
  const auto* field = FindField(body, key);
  return field != nullptr && field->is_number_integer() ? field->get<std::int64_t>() : otherwise;
}

inline bool FlagField(const nlohmann::json& body, const char* key, bool otherwise = false) {
  const auto* field = FindField(body, key);
  return field != nullptr && field->is_boolean() ? field->get<bool>() : otherwise;
}

/// An empty object when there is none.
inline nlohmann::json ObjectField(const nlohmann::json& body, const char* key) {
  const auto* field = FindField(body, key);
  return field != nullptr && field->is_object() ? *field : nlohmann::json::object();
}

}  // namespace interlock
