"""What hostile_names.py writes in each server's SQL, what names each keeps, and what its catalog says."""

import re

from project import ident, toml
from mysql_client import quoted  # project knows where it is


def rows_of(table, rows):
    return f"INSERT INTO {table} VALUES " + ", ".join(rows) + ";"


class PostgreSql:
    longest = 63
    names = {}
    text = "text"
    too_long = {"64 bytes": "n" * 64, "64 bytes in 32 characters": "\u00e9" * 32,
                "100,000 bytes": "n" * 100000}
    cannot_keep = {}
    no_table = {}
    ledger = "SELECT to_regnamespace('interlock')"
    accepted = ("name -- ; DROP TABLE canary", "name /* ; DROP TABLE canary */", "name || $$;--$$",
                "name || '$interlock$ $body$ $a$'", "name || E'\\\\'''", "name || U&'\\0041'",
                "(name)", "name\n|| ''\n", "\"name\" || '%s {} \\'", "name || '*/' || '/*'")
    refused = ("name; DROP TABLE canary", "name); DROP TABLE canary; --", "name /*", "name */", "name'",
               "name FROM canary", "name) FROM canary --", "(SELECT name)", "name, 1", "name AS x", "$1",
               "name || (DELETE FROM canary RETURNING '')", "count(*)", "canary.name", "*", "",
               "name WHERE true", "now()::text", "name || random()", "pg_sleep(1)::text",
               "name UNION SELECT ''", "current_user", "name ORDER BY 1", "x'zz' || name")
    ident = staticmethod(ident)

    @staticmethod
    def size(name):
        """As the server counts it against `longest`."""
        return len(name.encode())

    @staticmethod
    def kept(name):
        """The name, or what the server keeps that is as near to it as can be."""
        return name

    @staticmethod
    def literal(text):
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    @staticmethod
    def database(name, _):
        return name

    @staticmethod
    def prepare(project, it):
        project.sql(f"CREATE SCHEMA {ident(it.s)}")

    @staticmethod
    def joined(*parts):
        return " || ".join(parts)

    @staticmethod
    def without_end(column, length):
        return f"left({column}, -{length})"

    @staticmethod
    def differs(left, right):
        return f"{left} IS DISTINCT FROM {right}"

    def index(self, it):
        """What it has beside its table and name."""
        n, literal = ident(it.n), self.literal(it.text)
        expression = toml(f"lower({n}) || {literal}")
        return f"""columns = [{toml(it.n)}, {{ expression = {expression}, order = "desc" }}]
include = [{toml(it.k)}]
where = {toml(f"{n} <> {literal} -- a remark")}
"""

    def view(self, it):
        """(statement, what it touches, query of whether it is there, statement that takes it back)"""
        name = f"{ident(it.s)}.{ident(it.v)}"
        return (f"CREATE VIEW {name} AS SELECT {ident(it.k)}, {self.literal(it.text)}::text AS"
                f" {ident(it.n)} FROM {ident(it.s)}.{ident(it.t)}", f"view {name}",
                f"SELECT CASE WHEN to_regclass({self.literal(name)}) IS NULL THEN 'absent' ELSE"
                " 'present' END", f"DROP VIEW {name}")

    def columns(self, project, it, table):
        """SHA-256 of the name of each, in hexadecimal."""
        return project.sql(
            "SELECT encode(sha256(convert_to(attname, 'UTF8')), 'hex') FROM pg_attribute a JOIN"
            f" pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = {self.literal(it.s)} AND"
            f" relname = {self.literal(table)} AND attnum > 0 AND NOT attisdropped").split()

    def views_and_indexes(self, project, it):
        return project.sql(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace LEFT JOIN"
            f" pg_index i ON indexrelid = c.oid WHERE nspname = {self.literal(it.s)} AND (relname ="
            f" {self.literal(it.v)} AND relkind = 'v' OR relname IN ({self.literal(it.i)},"
            f" {self.literal(it.u)}) AND indisvalid)")

    def constraints(self, project, it):
        return project.sql(
            "SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid WHERE relname ="
            f" {self.literal(it.x)} AND conname IN ({self.literal(it.c)}, {self.literal(it.f)},"
            f" {self.literal(it.u)})")

    @staticmethod
    def left_over(project):
        return project.sql("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE"
                           " '~interlock%' AND tgrelid::regclass::text NOT LIKE 'interlock%'")

    @staticmethod
    def digest(column):
        """Of that column of people, or expression over it."""
        return (f"SELECT md5(string_agg(x, ',' ORDER BY id)) FROM (SELECT id, ({column}\n) AS x"
                " FROM people) q")


class MySqlFamily:
    """A schema is a database there: the one of the release has the hostile name."""

    longest = 64
    names = {
        "backticks": "a`b``c",
        "backtick and semicolon": "x`; DROP TABLE canary; -- ",
        "a hash comment": "# x",
        "a comment that is run": "/*!50000 x */ /*M! y */",
        "a client's delimiter": "DELIMITER ;;",
        "as long as a file's name can be": "\u540d" * 49,
        "a way to another file": "../../canary",
    }
    text = "varchar(200)"
    too_long = {"65 characters": "n" * 65, "65 characters, two bytes each": "\u00e9" * 65,
                "100,000 bytes": "n" * 100000}
    cannot_keep = {"a character beyond the basic plane": "a\U0001f682", "a space at its end": "a ",
                   "a line end at its end": "a\n"}
    no_table = {"as the tool's helpers": "~interlock_x"}
    ledger = "SHOW TABLES LIKE 'interlock%'"
    accepted = ("name -- ; DROP TABLE canary", "name # ; DROP TABLE canary",
                "name /* ; DROP TABLE canary */", "concat(name, '$$;--$$')",
                "concat(name, 'a''b\\'c; DROP TABLE canary; --')", "concat(name, '\\\\')",
                "concat(name, \"x'; DROP TABLE canary; --\")", "concat(name, _utf8mb4'x')", "(name)",
                "concat(name\n, ''\n)", "concat(`name`, '%s {} \\\\')", "concat(name, '*/', '/*')",
                "concat(name, '`', '# -- ')", "NAME", "concat(people.name, '')")
    refused = ("name; DROP TABLE canary", "name); DROP TABLE canary; --", "name /*", "name */", "name'",
               'name"', "name`", "name FROM canary", "name) FROM canary --", "(SELECT name)", "name, 1",
               "name AS x", "?", "@x", "@@hostname", "(@x := name)", "count(*)", "canary.name", "*", "",
               "name WHERE true", "now()", "concat(name, rand())", "sleep(1)", "name UNION SELECT ''",
               "current_user()", "current_user", "name ORDER BY 1", "concat(name, x'zz')",
               "concat(name, uuid())", "load_file('/etc/passwd')", "name INTO OUTFILE '/tmp/x'",
               "name /*! , 1 */", "name /*!50000 FROM canary */", "name /*M! FROM canary */",
               "name -- \n; DROP TABLE canary", "get_lock(name, 1)", "last_insert_id()", "user()",
               "connection_id()", "database()", "new.name", "benchmark(1, name)", "name COLLATE utf8_no",
               "group_concat(name)", "row_count()", "name --\x01; DROP TABLE canary")

    ident = staticmethod(quoted)
    size = staticmethod(len)

    @staticmethod
    def kept(name):
        """Without what it refuses: characters beyond the basic plane, white space at the end; and what is
        no name of a table."""
        name = re.sub("[\U00010000-\U0010ffff]", "\uffee", name).replace("~interlock_", "~interlock-")
        return name + "." if name.endswith((" ", "\t", "\n", "\r", "\v", "\f")) else name

    @staticmethod
    def literal(text):
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    @staticmethod
    def database(_, it):
        return it.s

    @staticmethod
    def prepare(project, _):
        """For the view, which is a step of the user's own."""
        project.server.grant(project.database, "CREATE VIEW")

    @staticmethod
    def joined(*parts):
        return f"concat({', '.join(parts)})"

    @staticmethod
    def without_end(column, length):
        return f"left({column}, char_length({column}) - {length})"

    @staticmethod
    def differs(left, right):
        return f"NOT CAST({left} AS BINARY) <=> CAST({right} AS BINARY)"

    @staticmethod
    def index(it):
        return f'columns = [{toml(it.n)}, {{ column = {toml(it.k)}, order = "desc" }}]\n'

    def view(self, it):
        name = f"{quoted(it.s)}.{quoted(it.v)}"
        return (f"CREATE VIEW {name} AS SELECT {quoted(it.k)}, {self.literal(it.text)} AS {quoted(it.n)}"
                f" FROM {quoted(it.s)}.{quoted(it.t)}", f"view {ident(it.s)}.{ident(it.v)}",
                f"SELECT IF(COUNT(*) = 0, 'absent', 'present') FROM information_schema.views WHERE"
                f" table_schema = {self.literal(it.s)} AND table_name = {self.literal(it.v)}",
                f"DROP VIEW {name}")

    def columns(self, project, it, table):
        return project.sql(
            "SELECT SHA2(column_name, 256) FROM information_schema.columns WHERE table_schema ="
            f" {self.literal(it.s)} AND table_name = {self.literal(table)}").split()

    def views_and_indexes(self, project, it):
        return project.sql(
            "SELECT (SELECT COUNT(*) FROM information_schema.views WHERE table_schema ="
            f" {self.literal(it.s)} AND table_name = {self.literal(it.v)}) + (SELECT COUNT(DISTINCT"
            f" table_name) FROM information_schema.statistics WHERE table_schema = {self.literal(it.s)}"
            f" AND (index_name, table_name) IN (({self.literal(it.i)}, {self.literal(it.t)}),"
            f" ({self.literal(it.u)}, {self.literal(it.x)})))")

    def constraints(self, project, it):
        return project.sql(
            "SELECT COUNT(*) FROM information_schema.table_constraints WHERE table_schema ="
            f" {self.literal(it.s)} AND table_name = {self.literal(it.x)} AND constraint_name IN"
            f" ({self.literal(it.c)}, {self.literal(it.f)}, {self.literal(it.u)})")

    @staticmethod
    def left_over(project):
        return project.sql("SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema ="
                           " DATABASE() AND trigger_name LIKE '%~interlock%'")

    @staticmethod
    def digest(column):
        return (f"SELECT SHA2(GROUP_CONCAT(x ORDER BY id), 256) FROM (SELECT id, ({column}\n) AS x"
                " FROM people) q")


SERVERS = {"postgresql": PostgreSql(), "mariadb": MySqlFamily(), "mysql": MySqlFamily()}
