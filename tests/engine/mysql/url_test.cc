#include "engine/mysql/url.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

TEST(Url, IsTakenApart) {
  const auto url = ParseUrl(
      "mysql://de%70loy:s%3Acret%40@db-0:3307/my%2Fshop?ssl-mode=verify-ca&ssl-ca=/etc/ca.pem");
  ASSERT_TRUE(url) << ToString(url.error());
  EXPECT_EQ(url->host, "db-0");
  EXPECT_EQ(url->port, 3307);
  EXPECT_EQ(url->user, "deploy");
  EXPECT_EQ(url->password, "s:cret@");
  EXPECT_EQ(url->database, "my/shop");
  EXPECT_EQ(url->tls, TlsMode::kVerifyCa);
  EXPECT_EQ(url->tls_ca, "/etc/ca.pem");
  EXPECT_EQ(url->Where(), "db-0 port 3307, database my/shop, user deploy");
}

TEST(Url, HasDefaults) {
  const auto url = ParseUrl("mysql:///shop");
  ASSERT_TRUE(url) << ToString(url.error());
  EXPECT_EQ(url->Where(), "127.0.0.1 port 3306, database shop, user (the default)");
  EXPECT_EQ(url->tls, TlsMode::kPreferred);
  EXPECT_EQ(ParseUrl("mysql://[::1]:3306/shop")->host, "::1");
  EXPECT_EQ(ParseUrl("mysql://[::1]/shop")->port, 3306);
  EXPECT_EQ(ParseUrl("mysql://deploy@localhost/shop?socket=/run/my.sock")->Where(),
            "the socket /run/my.sock, database shop, user deploy");
  EXPECT_EQ(ParseUrl("mysql://a:b@c@db/shop")->password, "b@c");
}

TEST(Url, WrongOnesAreNamedWithoutTheirSecrets) {
  const struct {
    const char* url;
    const char* says;
  } cases[] = {
      {"mysql:shop", "does not begin with mysql://"},
      {"mysql://db", "names no database"},
      {"mysql://db/", "names no database"},
      {"mysql://u:secret@db:x/shop", "its port is no number"},
      {"mysql://u:secret@db:70000/shop", "its port is no number"},
      {"mysql://u:secret@db:/shop?sslmode=required", "did you mean ssl-mode?"},
      {"mysql://u:secret@db/shop?ssl-mode=verify_ca", "ssl-mode is 'verify_ca'"},
      {"mysql://u:secret%2@db/shop", "user or password are not percent-encoded"},
      {"mysql://u:secret%zz@db/shop", "user or password are not percent-encoded"},
      {"mysql://u:secret%00@db/shop", "user or password are not percent-encoded"},
      {"mysql://[::1/shop", "a ] is missing"},
      {"mysql://u:12/secret@h/shop", "a / or @ is not percent-encoded"},
      {"mysql://[::1]x/shop", "a : is due"},
  };
  for (const auto& wrong : cases) {
    const auto url = ParseUrl(wrong.url);
    ASSERT_FALSE(url) << wrong.url;
    EXPECT_EQ(url.error().code, "IL-E01");
    EXPECT_NE(ToString(url.error()).find(wrong.says), std::string::npos)
        << wrong.url << ": " << ToString(url.error());
    EXPECT_EQ(ToString(url.error()).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace interlock::mysql
