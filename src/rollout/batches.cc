#include "rollout/batches.h"

#include <algorithm>
#include <cctype>

namespace interlock {
namespace {

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// The run of digits from `at` on, without leading zeros.
std::string_view Number(const std::string& text, size_t& at) {
  const size_t begin = at;
  while (at < text.size() && IsDigit(text[at])) ++at;
  auto digits = std::string_view(text).substr(begin, at - begin);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return digits;
}

bool NaturallyBefore(const std::string& a, const std::string& b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (IsDigit(a[i]) && IsDigit(b[j])) {
      const auto left = Number(a, i);
      const auto right = Number(b, j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if (i < a.size() || j < b.size()) return j < b.size();
  return a < b;  // web-01 and web-1
}

}  // namespace

std::vector<std::vector<std::string>> BatchSets(const std::vector<std::string>& instances,
                                                std::span<const Batch> batches) {
  std::vector<std::vector<std::string>> sets;
  const size_t total = instances.size();
  size_t done = 0;
  auto take_up_to = [&](size_t wanted) {
    const size_t end = std::min(total, std::max(wanted, done + 1));
    if (end == done) return;
    sets.emplace_back(instances.begin() + static_cast<std::ptrdiff_t>(done),
                      instances.begin() + static_cast<std::ptrdiff_t>(end));
    done = end;
  };
  for (const auto& batch : batches) {
    const auto count = static_cast<size_t>(std::max(0, batch.count));
    take_up_to(batch.percent ? (total * std::min<size_t>(count, 100) + 99) / 100 : count);
  }
  if (done < total) take_up_to(total);
  return sets;
}

std::vector<std::string> InNaturalOrder(std::vector<std::string> names) {
  std::sort(names.begin(), names.end(), NaturallyBefore);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace interlock
