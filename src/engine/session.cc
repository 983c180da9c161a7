#include "engine/session.h"

namespace interlock {
namespace {

/// What could end the comment or split the words of the tag becomes '_'.
std::string Plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool unsafe = c == '*' || c == '=' || static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    out += unsafe ? '_' : c;
  }
  return out;
}

}  // namespace

std::string ToComment(const StatementTag& tag) {
  return "/* interlock release=" + Plain(tag.release) + " step=" + Plain(tag.step) +
         " token=" + std::to_string(tag.token) + " */";
}

std::string MarkOf(const Step& step) {
  const std::string comment = ToComment({"", step.id, 0});
  const size_t start = comment.find(" step=");
  return comment.substr(start, comment.find(" token=") + 7 - start);
}

Result<ForeseenAlter> Session::ForeseeAlter(const TableName& table,
                                            const std::string& /*clauses*/) {
  return Fail(
      ErrorKind::kRefused, "IL-P27",
      "the server of " + ToString(table) +
          " knows no alter_table: what an ALTER does there shows only when it is carried out",
      "use the change kinds that say what is meant, or `sql` steps of your own");
}

}  // namespace interlock
