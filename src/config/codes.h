// The codes of messages about wrong files, one a class of mistake; `interlock explain` tells more.
// IL-C20 to IL-C25 come from base and model, which parse the words used here.
#pragma once

namespace interlock::config {

inline constexpr char kUnreadable[] = "IL-C01";    ///< a file or folder is missing or unreadable
inline constexpr char kSyntax[] = "IL-C02";        ///< the file is not TOML
inline constexpr char kFormat[] = "IL-C03";        ///< `format` is missing or unknown
inline constexpr char kUnknownKey[] = "IL-C04";    ///< a key that means nothing there
inline constexpr char kMissingKey[] = "IL-C05";    ///< a key that must be there
inline constexpr char kWrongType[] = "IL-C06";     ///< text for a number, a string for a list, …
inline constexpr char kWrongValue[] = "IL-C07";    ///< the right type, but not a value allowed
inline constexpr char kVariable[] = "IL-C08";      ///< ${VAR} unset or malformed, --set unused
inline constexpr char kWrongId[] = "IL-C09";       ///< a malformed id, or not the file's stem
inline constexpr char kDuplicate[] = "IL-C10";     ///< a name given twice
inline constexpr char kUnknownName[] = "IL-C11";   ///< a reference to what is not there
inline constexpr char kOrder[] = "IL-C12";         ///< a cycle in `after`, or against its order
inline constexpr char kAlternatives[] = "IL-C13";  ///< none or several of keys that exclude others
inline constexpr char kBatches[] = "IL-C14";       ///< batches do not grow to 100%
inline constexpr char kFloor[] = "IL-C15";         ///< a plan goes below the environment's floor
inline constexpr char kColumns[] = "IL-C16";       ///< a change's columns do not fit together
inline constexpr char kNotSupported[] = "IL-C17";  ///< a change kind that is known, not yet built
inline constexpr char kSecret[] = "IL-C18";        ///< a url cannot be had, or has no known scheme
inline constexpr char kPlaceholder[] = "IL-C19";   ///< {version} or {instance} missing or unknown

}  // namespace interlock::config
