#include "engine/mysql/sync_body.h"

#include "base/text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sync_sql.h"

namespace interlock::mysql {
namespace {

/// One line of a comment: what could end it is left out.
std::string CommentText(const std::string& text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return out;
}

/// A counter that is missing must not fail an application's write.
std::string CountSql(const TableName& table, const std::string& indent) {
  std::string out = indent + "BEGIN\n";
  out += indent + "  DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;\n";
  out += indent + "  INSERT INTO " + Quote(kOldWrites) + " (table_name, session, writes) VALUES (" +
         Literal(table.name) +
         ", CONNECTION_ID(), 1) ON DUPLICATE KEY UPDATE writes = writes + 1;\n";
  return out + indent + "END;\n";
}

/// One spec's statements.  Values go through variables of the columns' exact types; a moment does
/// not: a variable would send it through the session's time zone.
class SpecBody {
 public:
  SpecBody(RowSql sql, std::size_t number, const TableName& table)
      : sql_(std::move(sql)), table_(table) {
    up_ = Variables(sql_.up, "up", number);
    down_ = Variables(sql_.down, "down", number);
  }

  std::string Declarations() const {
    std::string out;
    for (const auto* variables : {&up_, &down_})
      for (const auto& variable : *variables)
        if (variable.declared)
          out += "  DECLARE " + variable.name + " " + variable.value.type.name + ";\n";
    return out;
  }

  std::string Statements(TriggerEvent event) const {
    std::string out;
    if (!sql_.up.empty()) {
      out += Compute(up_, "  ");
      out += "  IF NOT (" + HoldsAll(up_) + ") THEN\n";
      out += event == TriggerEvent::kInsert ? OnInsert() : OnUpdate();
      out += "  END IF;\n";
    }
    for (const auto& fill : sql_.fills) {
      out += "  IF NEW." + fill.column + " IS NULL THEN\n";
      out += "    SET NEW." + fill.column + " = " + fill.value + ";\n";
      out += "  END IF;\n";
    }
    return out;
  }

 private:
  struct Variable {
    SyncValue value;
    bool declared = true;
    std::string name;  ///< or the value itself
  };

  static std::vector<Variable> Variables(const std::vector<SyncValue>& values,
                                         const std::string& side, std::size_t number) {
    std::vector<Variable> out;
    for (const auto& value : values) {
      const bool declared = value.type.kind != TypeKind::kTimestamp;
      const std::string name =
          "interlock_" + side + std::to_string(number) + "_" + std::to_string(out.size() + 1);
      out.push_back({value, declared, declared ? name : value.value});
    }
    return out;
  }

  static std::string Compute(const std::vector<Variable>& variables, const std::string& indent) {
    std::string out;
    for (const auto& variable : variables)
      if (variable.declared)
        out += indent + "SET " + variable.name + " = " + variable.value.value + ";\n";
    return out;
  }

  static std::string Assign(const std::vector<Variable>& variables, const std::string& indent) {
    std::string out;
    for (const auto& variable : variables)
      out += indent + "SET NEW." + variable.value.column + " = " + variable.name + ";\n";
    return out.empty() ? indent + "BEGIN END;\n" : out;
  }

  static std::string HoldsAll(const std::vector<Variable>& variables) {
    std::vector<std::string> tests;
    for (const auto& variable : variables)
      tests.push_back(Same("NEW." + variable.value.column, variable.name, variable.value.type));
    return Join(tests, " AND ");
  }

  static std::string Kept(const std::string& column, const ColumnType& type) {
    return Same("NEW." + column, "OLD." + column, type);
  }

  std::string NewKept() const {
    std::vector<std::string> tests;
    for (const auto& value : sql_.up) tests.push_back(Kept(value.column, value.type));
    return Join(tests, " AND ");
  }

  std::string OldKept() const {
    std::vector<std::string> tests;
    for (std::size_t i = 0; i < sql_.old_columns.size(); ++i)
      tests.push_back(Kept(sql_.old_columns[i], sql_.old_types[i]));
    return Join(tests, " AND ");
  }

  std::string OnInsert() const {
    std::string out = "    IF NOT " + sql_.NewIsNull() + " THEN\n";
    out += Compute(down_, "      ") + Assign(down_, "      ");
    out += "    ELSE\n";
    out += Assign(up_, "      ") + CountSql(table_, "      ");
    return out + "    END IF;\n";
  }

  std::string OnUpdate() const {
    std::string out = "    IF NOT (" + NewKept() + ") THEN\n";
    out += Compute(down_, "      ") + Assign(down_, "      ");
    if (!sql_.old_columns.empty()) {
      out += "    ELSEIF NOT (" + OldKept() + ") THEN\n";
      out += Assign(up_, "      ") + CountSql(table_, "      ");
    }
    out += "    ELSE\n" + Compute(down_, "      ");
    const std::string agrees =
        down_.empty() ? "NOT " + sql_.NewIsNull() : "(" + HoldsAll(down_) + ")";
    out += "      IF NOT " + agrees + " THEN\n" + Assign(up_, "        ") + "      END IF;\n";
    return out + "    END IF;\n";
  }

  RowSql sql_;
  const TableName& table_;
  std::vector<Variable> up_;
  std::vector<Variable> down_;
};

}  // namespace

Result<std::string> SyncBody(const TableName& table, const std::vector<SyncSpec>& specs,
                             const ColumnTypes& types, TriggerEvent event) {
  std::string declarations;
  std::string statements;
  std::size_t number = 0;
  for (const auto& spec : specs) {
    IL_ASSIGN(RowSql sql, MakeRowSql(spec, types, "NEW"));
    const SpecBody body(std::move(sql), ++number, table);
    declarations += body.Declarations();
    statements += "  -- " + CommentText(spec.id) + "\n" + body.Statements(event);
  }
  return "BEGIN\n" + declarations + statements + "END";
}

}  // namespace interlock::mysql
