// Writes and reads values as JSON from one table of fields a type, so that both directions agree.
// For json.cc; everyone else uses model/json.h.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace interlock::json_io {

/// A JSON key and the member that it holds.
template <typename Struct, typename Member>
struct Field {
  constexpr Field(std::string_view json_key, Member Struct::*pointer)
      : key(json_key), member(pointer) {}
  std::string_view key;
  Member Struct::*member;
};

/// Specialized for each struct: a tuple of its Fields.  All keys are always written.
template <typename Struct>
inline constexpr auto kFields = nullptr;
/// Specialized for each enum: its last enumerator.  Written as ToString gives it.
template <typename Enum>
inline constexpr auto kLast = nullptr;
/// Specialized for each variant: the key whose text names the alternative, as `Name` gives it; the
/// alternative's own fields stand beside it.
template <typename Variant>
struct Tag;
/// Specialized for each type that is written as one text: `Write` and `Read`.
template <typename T>
struct AsText;

template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <typename T>
inline constexpr bool kIsMap = false;
template <typename T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;
template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <typename T>
inline constexpr bool kIsVariant = false;
template <typename... T>
inline constexpr bool kIsVariant<std::variant<T...>> = true;

template <typename T>
nlohmann::json Write(const T& value) {
  using nlohmann::json;
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, bool>) {
    return json(value);
  } else if constexpr (std::is_enum_v<T>) {
    return json(std::string(ToString(value)));
  } else if constexpr (kIsOptional<T>) {
    return value ? Write(*value) : json(nullptr);
  } else if constexpr (kIsVector<T>) {
    json out = json::array();
    for (const auto& item : value) out.push_back(Write(item));
    return out;
  } else if constexpr (kIsMap<T>) {
    json out = json::object();
    for (const auto& [key, item] : value) out[key] = Write(item);
    return out;
  } else if constexpr (kIsVariant<T>) {
    json out = std::visit([](const auto& item) { return Write(item); }, value);
    out[std::string(Tag<T>::kKey)] = std::string(Tag<T>::Name(value));
    return out;
  } else if constexpr (requires { AsText<T>::Write(value); }) {
    return json(AsText<T>::Write(value));
  } else {
    json out = json::object();
    std::apply(
        [&](const auto&... field) {
          ((out[std::string(field.key)] = Write(value.*(field.member))), ...);
        },
        kFields<T>);
    return out;
  }
}

/// Reads what Write wrote and nothing else; keeps the first thing that is wrong, with its place.
class Reader {
 public:
  /// False when `json` is not what Write gives for a T; `out` is unspecified then.
  template <typename T>
  bool Read(const nlohmann::json& json, T& out) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) return Wrong("is not a text");
      out = json.get_ref<const std::string&>();
      return true;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return Wrong("is neither true nor false");
      out = json.get<bool>();
      return true;
    } else if constexpr (std::is_enum_v<T>) {
      return ReadEnum(json, out);
    } else if constexpr (kIsOptional<T>) {
      if (json.is_null()) return out.reset(), true;
      return Read(json, out.emplace());
    } else if constexpr (kIsVector<T>) {
      return ReadVector(json, out);
    } else if constexpr (kIsMap<T>) {
      return ReadMap(json, out);
    } else if constexpr (kIsVariant<T>) {
      return ReadVariant(json, out, std::make_index_sequence<std::variant_size_v<T>>());
    } else if constexpr (requires { AsText<T>::Read(std::string(), out); }) {
      std::string text;
      if (!Read(json, text)) return false;
      return AsText<T>::Read(text, out) || Wrong("is '" + text + "', which is not valid here");
    } else {
      return ReadFields(json, out, "");
    }
  }

  Error error() const { return {ErrorKind::kCorrupt, "IL-L21", "JSON: " + error_, {}, {}}; }

 private:
  bool Wrong(std::string_view what) {
    error_ =
        path_.empty() ? fmt::format("the value {}", what) : fmt::format("'{}' {}", path_, what);
    return false;
  }

  template <typename T>
  bool ReadAt(const std::string& place, const nlohmann::json& json, T& out) {
    const size_t length = path_.size();
    path_ += place;
    const bool good = Read(json, out);
    path_.resize(length);
    return good;
  }

  std::string Key(std::string_view key) const {
    return path_.empty() ? std::string(key) : "." + std::string(key);
  }
  bool WrongKey(std::string_view key, std::string_view what) {
    path_ += Key(key);
    return Wrong(what);
  }

  template <typename T>
  bool ReadEnum(const nlohmann::json& json, T& out) {
    std::string text;
    if (!Read(json, text)) return false;
    for (int i = 0; i <= static_cast<int>(kLast<T>); ++i) {
      out = static_cast<T>(i);
      if (ToString(out) == text) return true;
    }
    return Wrong("is '" + text + "', which is not valid here");
  }

  template <typename T>
  bool ReadVector(const nlohmann::json& json, T& out) {
    if (!json.is_array()) return Wrong("is not a list");
    out.clear();
    for (const auto& item : json) {
      const std::string place = fmt::format("[{}]", out.size());
      if (!ReadAt(place, item, out.emplace_back())) return false;
    }
    return true;
  }

  template <typename T>
  bool ReadMap(const nlohmann::json& json, T& out) {
    if (!json.is_object()) return Wrong("is not an object");
    out.clear();
    for (const auto& [key, item] : json.items())
      if (!ReadAt(Key(key), item, out[key])) return false;
    return true;
  }

  template <typename T, size_t... I>
  bool ReadVariant(const nlohmann::json& json, T& out, std::index_sequence<I...>) {
    if (!json.is_object()) return Wrong("is not an object");
    const auto found = json.find(std::string(Tag<T>::kKey));
    if (found == json.end()) return WrongKey(Tag<T>::kKey, "is missing");
    std::string name;
    if (!ReadAt(Key(Tag<T>::kKey), *found, name)) return false;
    bool known = false;
    bool good = false;
    auto read = [&](auto index) {
      T candidate(std::in_place_index<index()>);
      if (known || Tag<T>::Name(candidate) != name) return;
      known = true;
      good = ReadFields(json, std::get<index()>(candidate), Tag<T>::kKey);
      out = std::move(candidate);
    };
    (read(std::integral_constant<size_t, I>()), ...);
    return known ? good : WrongKey(Tag<T>::kKey, "is '" + name + "', which is not known");
  }

  /// `tag` is a key besides the fields, already read; "" for none.
  template <typename T>
  bool ReadFields(const nlohmann::json& json, T& out, std::string_view tag) {
    if (!json.is_object()) return Wrong("is not an object");
    auto read = [&](const auto& field) {
      const auto found = json.find(std::string(field.key));
      if (found == json.end()) return WrongKey(field.key, "is missing");
      return ReadAt(Key(field.key), *found, out.*(field.member));
    };
    return std::apply(
        [&](const auto&... field) {
          if (!(read(field) && ...)) return false;
          for (const auto& [key, unused] : json.items())
            if (key != tag && ((key != field.key) && ...))
              return WrongKey(key, "is an unknown key");
          return true;
        },
        kFields<T>);
  }

  std::string path_;
  std::string error_;
};

template <typename T>
Result<T> ReadAll(const nlohmann::json& json) {
  T out{};
  Reader reader;
  if (!reader.Read(json, out)) return Fail(reader.error());
  return out;
}

}  // namespace interlock::json_io
