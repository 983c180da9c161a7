// Names that say which write made them, so that any answer can be checked.
#pragma once

#include <cstdint>
#include <string>

namespace shop {

struct PersonName {
  std::string first;
  std::string last;

  std::string Full() const { return first + " " + last; }
  bool operator==(const PersonName&) const = default;
};

/// Write number `write` of the row with that email: {"Eva-5", "Lund-5-17"} for
/// seed-17@shop.test.  Neither part has a space.
PersonName MakeName(uint64_t write, const std::string& email);

/// "k=5", or "k=5 seen=3" when `seen` isn't 0.  Stored with each write of a name.
std::string MakeNote(uint64_t write, uint64_t seen = 0);

/// The write that a note tells of; 0 for a row as loaded, whose note is empty.
uint64_t WriteOfNote(const std::string& note);

/// Does the shop make rows with such emails?  Others are left alone.
bool IsShopEmail(const std::string& email);

/// Was the row loaded (by load.sh), not inserted by an instance?
bool IsSeedEmail(const std::string& email);

/// Does this name come from that write to the row with that email, both of its parts?
bool NameFits(const PersonName& name, uint64_t write, const std::string& email);

}  // namespace shop
