#include "engine/postgres/sync_sql.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "engine/postgres/expression.h"
#include "engine/postgres/quote.h"

namespace interlock::postgres {
namespace {

std::string RealName(const SyncSpec& spec, const std::string& column) {
  const auto renamed = spec.renamed.find(column);
  return renamed == spec.renamed.end() ? column : renamed->second;
}

std::string Cell(const std::string& row, const std::string& quoted) { return row + "." + quoted; }

std::string Cast(const std::string& value, const std::string& type) {
  return type.empty() ? value : value + "::" + type;
}

/// Bytewise: by images, since types without equality (json) and collations that call different
/// texts equal must be told apart too.  By the function, not by its operator *<>: two ROW(…) around
/// an operator are compared column by column, and a dump leaves out the cast that prevents it.
std::string ImagesDiffer(const std::vector<std::string>& left,
                         const std::vector<std::string>& right) {
  return "pg_catalog.record_image_ne(ROW(" + Join(left, ", ") + "), ROW(" + Join(right, ", ") +
         "))";
}

std::vector<std::string> Cells(const std::string& row, const std::vector<SyncValue>& values) {
  std::vector<std::string> cells;
  for (const auto& value : values) cells.push_back(Cell(row, value.column));
  return cells;
}

std::vector<std::string> Values(const std::vector<SyncValue>& values) {
  std::vector<std::string> out;
  for (const auto& value : values) out.push_back(value.value);
  return out;
}

std::string AllNull(const std::vector<std::string>& cells) {
  // IS NULL would call a composite value of NULLs NULL.
  std::vector<std::string> tests;
  for (const auto& cell : cells) tests.push_back(cell + " IS NOT DISTINCT FROM NULL");
  return "(" + Join(tests, " AND ") + ")";
}

/// `fallback` is the type as the migration writes it, for a column that is not there yet.
Result<SyncValue> MakeValue(const SyncSpec& spec, const ColumnTypes& types,
                            const std::string& column, const std::string& fallback,
                            const std::string& expression,
                            const std::map<std::string, std::string>& columns) {
  IL_ASSIGN(const std::string rewritten, QualifyColumns(expression, spec.table, columns));
  const std::string enclosed = Enclose(rewritten);
  SyncValue value;
  value.column = Quote(RealName(spec, column));
  const auto type = types.find(column);
  value.value = Cast(enclosed, type == types.end() ? fallback : type->second.name);
  if (type != types.end() && type->second.cuts) {
    // char(n) is padded, which loses nothing: its blanks do not count as text.
    const std::string as_text = type->second.unlimited == "bpchar" ? "::pg_catalog.text" : "";
    value.cut = ImagesDiffer({Cast(enclosed, type->second.name) + as_text},
                             {Cast(enclosed, type->second.unlimited) + as_text});
  }
  return value;
}

/// One line of a comment: what could end it is left out.
std::string CommentText(const std::string& text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return out;
}

std::string Assign(const std::vector<SyncValue>& values, const std::string& indent) {
  std::string out;
  for (const auto& value : values) {
    out += indent + "NEW." + value.column + " := " + value.value + ";\n";
  }
  return out.empty() ? indent + "NULL;\n" : out;
}

std::string SpecBody(const RowSql& sql, const std::string& count) {
  std::vector<std::string> old_new;
  std::vector<std::string> old_old;
  for (const auto& column : sql.old_columns) {
    old_new.push_back(Cell("NEW", column));
    old_old.push_back(Cell("OLD", column));
  }
  std::string out;
  out += "  IF " + sql.UpDiffers() + " THEN\n";
  out += "    IF TG_OP = 'INSERT' THEN\n";
  out += "      IF NOT " + sql.NewIsNull() + " THEN\n";
  out += Assign(sql.down, "        ");
  out += "      ELSE\n";
  out += Assign(sql.up, "        ") + count;
  out += "      END IF;\n";
  out += "    ELSIF " + ImagesDiffer(Cells("NEW", sql.up), Cells("OLD", sql.up)) + " THEN\n";
  out += Assign(sql.down, "      ");
  if (!sql.old_columns.empty()) {
    out += "    ELSIF " + ImagesDiffer(old_new, old_old) + " THEN\n";
    out += Assign(sql.up, "      ") + count;
  }
  out += "    ELSIF " + sql.DownDiffers() + " THEN\n";
  out += Assign(sql.up, "      ");
  out += "    END IF;\n";
  out += "  END IF;\n";
  return out;
}

}  // namespace

std::string RowSql::UpDiffers() const { return ImagesDiffer(Cells(row, up), Values(up)); }

std::string RowSql::DownDiffers() const {
  return down.empty() ? NewIsNull() : ImagesDiffer(Cells(row, down), Values(down));
}

std::string RowSql::NewIsNull() const { return AllNull(Cells(row, up)); }

std::string RowSql::FillMissing() const {
  std::vector<std::string> tests;
  for (const auto& fill : fills) {
    tests.push_back("(" + Cell(row, fill.column) + " IS NOT DISTINCT FROM NULL AND " + fill.value +
                    " IS DISTINCT FROM NULL)");
  }
  return tests.size() == 1 ? tests[0] : "(" + Join(tests, " OR ") + ")";
}

std::string RowSql::NeedsWrite() const {
  std::vector<std::string> tests;
  if (!up.empty()) {
    // The cheap test first: most rows have never been given the new columns, and then any value
    // of up that is not NULL is a difference.
    std::vector<std::string> given;
    for (const auto& value : up) given.push_back(value.value + " IS DISTINCT FROM NULL");
    const std::string fresh = "(" + Join(given, " OR ") + ")";
    tests.push_back(down.empty() ? "(" + NewIsNull() + " AND " + fresh + ")"
                                 : "CASE WHEN " + NewIsNull() + " THEN " + fresh + " ELSE " +
                                       UpDiffers() + " AND " + DownDiffers() + " END");
  }
  if (!fills.empty()) tests.push_back(FillMissing());
  return tests.size() == 1 ? tests[0] : "(" + Join(tests, " OR ") + ")";
}

std::string RowSql::Differs() const {
  std::vector<std::string> tests;
  if (!up.empty()) tests.push_back("(" + UpDiffers() + " AND " + DownDiffers() + ")");
  if (!fills.empty()) tests.push_back(FillMissing());
  return tests.size() == 1 ? tests[0] : "(" + Join(tests, " OR ") + ")";
}

std::string RowSql::Lossy() const {
  std::vector<std::string> losses;
  if (!down.empty()) losses.push_back(DownDiffers());
  for (const auto& value : up) {
    if (!value.cut.empty()) losses.push_back(value.cut);
  }
  if (losses.empty()) return "false";
  return "(NOT " + UpDiffers() + " AND (" + Join(losses, " OR ") + "))";
}

Result<RowSql> MakeRowSql(const SyncSpec& spec, const ColumnTypes& types, const std::string& row) {
  RowSql sql;
  sql.row = row;
  std::map<std::string, std::string> over_old;
  std::map<std::string, std::string> over_new;
  for (const auto& column : spec.old_columns) {
    sql.old_columns.push_back(Quote(RealName(spec, column)));
    over_old[column] = Cell(row, sql.old_columns.back());
  }
  for (const auto& derived : spec.new_columns) {
    over_new[derived.column.name] = Cell(row, Quote(RealName(spec, derived.column.name)));
  }
  for (const auto& derived : spec.new_columns) {
    IL_ASSIGN(SyncValue value, MakeValue(spec, types, derived.column.name, derived.column.type,
                                         derived.up, over_old));
    sql.up.push_back(std::move(value));
  }
  for (const auto& [column, expression] : spec.down) {
    IL_ASSIGN(SyncValue value, MakeValue(spec, types, column, "", expression, over_new));
    sql.down.push_back(std::move(value));
  }
  for (const auto& [column, expression] : spec.fills) {
    IL_ASSIGN(const std::vector<std::string> names, ColumnsOf(expression));
    std::map<std::string, std::string> over_row;
    for (const auto& name : names) over_row[name] = Cell(row, Quote(RealName(spec, name)));
    IL_ASSIGN(SyncValue value, MakeValue(spec, types, column, "", expression, over_row));
    sql.fills.push_back(std::move(value));
  }
  return sql;
}

Result<std::string> SyncWhen(const std::vector<SyncSpec>& specs, const ColumnTypes& types) {
  std::vector<std::string> tests;
  for (const auto& spec : specs) {
    IL_ASSIGN(const RowSql sql, MakeRowSql(spec, types, "NEW"));
    if (!sql.up.empty()) tests.push_back(sql.UpDiffers());
    if (!sql.fills.empty()) {
      for (const auto& fill : sql.fills) {
        tests.push_back("NEW." + fill.column + " IS NOT DISTINCT FROM NULL");
      }
    }
  }
  return Join(tests, "\n  OR ");
}

Result<std::string> SyncBody(const std::vector<SyncSpec>& specs, const ColumnTypes& types,
                             const std::string& counter) {
  // By catalog look-up: a name would ask the writer for USAGE on schema interlock, and a counter
  // that is missing must not fail an application's write.
  const std::string count =
      "      PERFORM pg_catalog.nextval(c.oid) FROM pg_catalog.pg_class AS c\n"
      "        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace\n"
      "        WHERE n.nspname = 'interlock' AND c.relname = " +
      Literal(counter) + " AND c.relkind = 'S';\n";
  std::string body = "BEGIN\n";
  for (const auto& spec : specs) {
    IL_ASSIGN(const RowSql sql, MakeRowSql(spec, types, "NEW"));
    body += "  -- " + CommentText(spec.id) + "\n";
    if (!sql.up.empty()) body += SpecBody(sql, count);
    for (const auto& fill : sql.fills) {
      body += "  IF NEW." + fill.column + " IS NOT DISTINCT FROM NULL THEN\n";
      body += Assign({fill}, "    ");
      body += "  END IF;\n";
    }
  }
  body += "  RETURN NEW;\nEND";
  IL_ASSIGN(const std::string when, SyncWhen(specs, types));
  return "\n-- interlock sync " + Sha256(when + "\n" + body) + "\n" + body + "\n";
}

std::string DollarQuote(const std::string& text) {
  std::string tag = "$interlock$";
  for (int i = 1; text.find(tag) != std::string::npos; ++i) {
    tag = "$interlock" + std::to_string(i) + "$";
  }
  return tag + text + tag;
}

}  // namespace interlock::postgres
