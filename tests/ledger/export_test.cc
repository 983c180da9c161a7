#include "ledger/export.h"

#include <gtest/gtest.h>

#include "ledger/bytes.h"
#include "ledger/chain.h"
#include "ledger/sample.h"

namespace interlock {
namespace {

using ledger_test::SampleChain;

TEST(ExportTest, ComesBackByteForByte) {
  const auto entries = SampleChain();
  const auto text = ExportEntries(entries);
  EXPECT_NE(text.find(R"("body":{"base64":"AP8="})"), std::string::npos);
  EXPECT_NE(text.find("présent"), std::string::npos);
  const auto read = ImportEntries(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, entries);
  EXPECT_TRUE(VerifyChain(*read));
  EXPECT_EQ(ExportEntries(*read), text);
}

TEST(ExportTest, DamagedTextsAndExtremeNumbersComeBackToo) {
  Entry entry = SampleChain().front();
  entry.chain = "a\xc3";
  entry.actor = std::string("x\0y\n\"\\", 6);
  entry.seq = 18'446'744'073'709'551'615u;
  entry.at = std::numeric_limits<Timestamp>::min();
  entry.attempt = -1;
  const auto read = ImportEntry(ExportEntry(entry));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, entry);
}

TEST(ExportTest, OneLineAnEntry) {
  Entry entry = SampleChain().front();
  entry.body = "{\"a\":\"line\xe2\x80\xa8two\"}\r\n";
  const auto line = ExportEntry(entry);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(ImportEntry(line)->body, entry.body);
}

TEST(ImportTest, IsStrict) {
  const auto good = ExportEntry(SampleChain().front());
  ASSERT_TRUE(ImportEntry(good));
  auto changed = [&](const std::string& from, const std::string& to) {
    auto line = good;
    const auto at = line.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return ImportEntry(line.replace(at, from.size(), to));
  };
  for (const auto& read :
       {changed("{", "{\"more\":1,"), changed("\"actor\":\"ann\",", ""),
        changed("\"seq\":1", "\"seq\":1.0"), changed("\"seq\":1", "\"seq\":-1"),
        changed("\"seq\":1", "\"seq\":\"1\""), changed("\"seq\":1", "\"seq\":18446744073709551616"),
        changed("\"attempt\":0", "\"attempt\":2147483648"),
        changed("\"ann\"", "{\"base64\":\"YW5u\"}"), changed("\"ann\"", "{\"base64\":\"/w\"}"),
        changed("\"ann\"", "{\"base64\":\"/w==\",\"x\":1}"), changed("\"ann\"", "null"),
        ImportEntry("[]"), ImportEntry("")}) {
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  }
  EXPECT_EQ(changed("ledger.begun", "ledger.gone").error().code, "IL-L05");
}

TEST(ImportTest, NamesTheLineAndSeesACutOffEnd) {
  auto text = ExportEntries(SampleChain());
  EXPECT_TRUE(ImportEntries(""));
  auto cut = ImportEntries(text.substr(0, text.size() - 1));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, "IL-L14");
  EXPECT_NE(cut.error().message.find("line 6 has no end"), std::string::npos);
  const auto third = text.find("\"seq\":3");
  text.replace(third, 7, "\"seq\":x");
  EXPECT_EQ(ImportEntries(text).error().message.substr(0, 7), "line 3:");
}

TEST(ByChainTest, KeepsTheOrder) {
  auto mixed = SampleChain("b");
  const auto other = SampleChain("a");
  mixed.insert(mixed.begin() + 2, other.begin(), other.end());
  const auto chains = ByChain(mixed);
  ASSERT_EQ(chains.size(), 2u);
  EXPECT_EQ(chains.at("a"), other);
  EXPECT_EQ(chains.at("b"), SampleChain("b"));
}

TEST(BytesTest, HexAndBase64ComeBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(FromHex(ToHex(bytes)), bytes);
    EXPECT_EQ(FromBase64(ToBase64(bytes)), bytes);
    bytes += static_cast<char>(i);
  }
  EXPECT_EQ(ToBase64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(ToBase64("foob"), "Zm9vYg==");
  EXPECT_EQ(FromHex("fF"), "\xff");
  for (const auto* bad : {"a", "zz", "0x"}) EXPECT_FALSE(FromHex(bad)) << bad;
  for (const auto* bad : {"Zg", "Zg=", "Zh==", "=Zg=", "Z===", "Zm9v\n", "Zg==Zg=="})
    EXPECT_FALSE(FromBase64(bad)) << bad;
}

TEST(BytesTest, Utf8IsJudgedStrictly) {
  for (const auto* good : {"", "a", "é", "€", "😀", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(IsUtf8(good)) << good;
  for (const auto* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3", "a\xffz", "\xc3\x28"})
    EXPECT_FALSE(IsUtf8(bad)) << ToHex(bad);
}

}  // namespace
}  // namespace interlock
