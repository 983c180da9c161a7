#include "rollout/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace interlock {
namespace {

using ::testing::ElementsAre;

std::vector<size_t> Sizes(size_t total, const std::vector<Batch>& batches) {
  std::vector<std::string> instances;
  for (size_t i = 0; i < total; ++i) instances.push_back("web-" + std::to_string(i));
  std::vector<size_t> sizes;
  std::vector<std::string> together;
  for (const auto& set : BatchSets(instances, batches)) {
    sizes.push_back(set.size());
    together.insert(together.end(), set.begin(), set.end());
  }
  EXPECT_EQ(together, instances);
  return sizes;
}

TEST(BatchSets, Table) {
  const std::vector<Batch> usual{{1, false}, {50, true}, {100, true}};
  EXPECT_THAT(Sizes(0, usual), ElementsAre());
  EXPECT_THAT(Sizes(1, usual), ElementsAre(1));
  EXPECT_THAT(Sizes(2, usual), ElementsAre(1, 1));
  EXPECT_THAT(Sizes(3, usual), ElementsAre(1, 1, 1));
  EXPECT_THAT(Sizes(5, usual), ElementsAre(1, 2, 2));  // half of five rounds up to three
  EXPECT_THAT(Sizes(10, usual), ElementsAre(1, 4, 5));
  EXPECT_THAT(Sizes(4, {}), ElementsAre(4));
  EXPECT_THAT(Sizes(4, {{2, false}}), ElementsAre(2, 2));
  EXPECT_THAT(Sizes(4, {{2, false}, {1, false}}), ElementsAre(2, 1, 1));
  EXPECT_THAT(Sizes(3, {{0, false}, {0, true}}), ElementsAre(1, 1, 1));
  EXPECT_THAT(Sizes(3, {{9, false}, {100, true}}), ElementsAre(3));
  EXPECT_THAT(Sizes(3, {{250, true}}), ElementsAre(3));
}

TEST(BatchSets, EachBatchHasAtLeastOneMore) {
  for (size_t total = 1; total < 40; ++total)
    for (int a = 0; a <= 100; a += 7)
      for (int b = 0; b <= 100; b += 9)
        for (const auto size : Sizes(total, {{a, true}, {b, true}, {100, true}}))
          EXPECT_GE(size, 1U);
}

TEST(InNaturalOrder, NumbersCount) {
  EXPECT_THAT(InNaturalOrder({"web-10", "web-2", "web-1", "web-2", "api-3", "web"}),
              ElementsAre("api-3", "web", "web-1", "web-2", "web-10"));
  EXPECT_THAT(InNaturalOrder({"w-1", "w-01"}), ElementsAre("w-01", "w-1"));
  EXPECT_THAT(InNaturalOrder({"9", "10-b", "10-a", "a"}), ElementsAre("9", "10-a", "10-b", "a"));
}

}  // namespace
}  // namespace interlock
