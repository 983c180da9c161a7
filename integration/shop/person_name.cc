#include "shop/person_name.h"

#include <cstdlib>

namespace shop {
namespace {

constexpr const char* kFirst[] = {"Ann", "Bo", "Carl", "Dina", "Eva", "Finn", "Gro", "Hugo"};
constexpr const char* kLast[] = {"Berg", "Dahl", "Holm", "Lund", "Moe", "Strand", "Vik"};
constexpr char kSeedPrefix[] = "seed-";
constexpr char kDomain[] = "@shop.test";

// What of the email the last name ends in: the id of a loaded row.
std::string Tag(const std::string& email) {
  const std::string local = email.substr(0, email.find('@'));
  return IsSeedEmail(email) ? local.substr(sizeof(kSeedPrefix) - 1) : local;
}

}  // namespace

PersonName MakeName(uint64_t write, const std::string& email) {
  const std::string number = std::to_string(write);
  return {kFirst[write % std::size(kFirst)] + ("-" + number),
          kLast[write % std::size(kLast)] + ("-" + number + "-" + Tag(email))};
}

std::string MakeNote(uint64_t write, uint64_t seen) {
  return "k=" + std::to_string(write) + (seen == 0 ? "" : " seen=" + std::to_string(seen));
}

uint64_t WriteOfNote(const std::string& note) {
  return note.starts_with("k=") ? std::strtoull(note.c_str() + 2, nullptr, 10) : 0;
}

bool IsShopEmail(const std::string& email) { return email.ends_with(kDomain); }
bool IsSeedEmail(const std::string& email) { return email.starts_with(kSeedPrefix); }

bool NameFits(const PersonName& name, uint64_t write, const std::string& email) {
  const std::string number = "-" + std::to_string(write);
  return name.first.ends_with(number) && name.last.ends_with(number + "-" + Tag(email));
}

}  // namespace shop
