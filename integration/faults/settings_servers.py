"""The settings of each server that environment_settings.py makes hostile or odd, and how."""

# For every session of the database: interlock's and the applications'.
ODD_FOR_ALL = {
    "DateStyle": "'German, DMY'",
    "IntervalStyle": "'sql_standard'",
    "TimeZone": "'Pacific/Chatham'",
    "search_path": "public, odd",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "escape_string_warning": "off",
    "bytea_output": "'escape'",
    "extra_float_digits": "-15",
    "quote_all_identifiers": "on",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "xmloption": "'document'",
    "lc_messages": "'C'",
    "lc_monetary": "'C.UTF-8'",
    "lc_numeric": "'C.UTF-8'",
    "lc_time": "'C.UTF-8'",
    "check_function_bodies": "off",
    "plan_cache_mode": "'force_generic_plan'",
    "enable_seqscan": "off",
    "synchronous_commit": "off",
    "row_security": "off",
    "default_statistics_target": "1",
    "client_min_messages": "'debug5'",
    "client_encoding": "'LATIN1'",
}

# For the role that interlock uses alone.
HOSTILE = {
    "statement_timeout": "'2ms'",
    "lock_timeout": "'1ms'",
    "idle_in_transaction_session_timeout": "'50ms'",
    "idle_session_timeout": "'2s'",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "default_transaction_isolation": "'serializable'",
    "session_replication_role": "'replica'",
    "deadlock_timeout": "'10ms'",
    "temp_file_limit": "'0'",
    "work_mem": "'64kB'",
}

# Objects that shadow those of pg_catalog for whoever has this path.
SHADOWS = """
CREATE SCHEMA odd;
CREATE FUNCTION odd.split_part(text, text, integer) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT 'shadow'::text $$;
CREATE FUNCTION odd.strpos(text, text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 7 $$;
CREATE TABLE odd.users (LIKE public.users);
CREATE TABLE odd.pg_class (oid oid, relname text);
"""


class PostgreSqlSettings:
    odd_objects = (
        "CREATE TABLE odd_defaults (id integer PRIMARY KEY, at timestamptz NOT NULL"
        " DEFAULT '2026-01-02 03:04:05+00', span interval DEFAULT '1 day 02:03:04',"
        " amount float8 DEFAULT 0.1, bytes bytea DEFAULT '\\x00ff', path text DEFAULT"
        " E'a\\\\b''c', CHECK (at > '2020-01-01 00:00:00+00'::timestamptz))",
        "CREATE VIEW odd_view AS SELECT u.id, o.at::date AS day FROM users u, odd_defaults o"
        " WHERE o.path <> E'x\\\\y'")
    locale = dict(LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8", TZ="Pacific/Chatham",
                  PGTZ="Asia/Kathmandu", PGDATESTYLE="German",
                  PGOPTIONS="-c standard_conforming_strings=off", PGCLIENTENCODING="LATIN1")
    own_words = ()          # in the schema's lines about what shadows
    locale_words = ()       # in those about the locale

    def __init__(self, shop):
        self.shop = shop
        self.role = None

    def release_url(self, url):
        return url.replace("//postgres@", f"//{self.role}@") if self.role else url

    def hostile(self, role, odd=False):
        """For the role that releases; `odd`: what may be odd for all is for it."""
        settings = {**HOSTILE, **(ODD_FOR_ALL if odd else {})}
        if not self.shop.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
            self.shop.sql(f"CREATE ROLE {role} LOGIN SUPERUSER")
            for setting, value in settings.items():
                self.shop.sql(f"ALTER ROLE {role} SET {setting} = {value}")
        self.role = role

    def set(self, setting, value):
        """For every session of the database."""
        self.shop.sql(f"ALTER DATABASE {self.shop.database} SET {setting} = {value}", "postgres")

    def odd_for_all(self):
        self.shop.sql(SHADOWS)
        for setting, value in ODD_FOR_ALL.items():
            self.set(setting, value)

    def shadow(self):
        """A path that puts other functions before pg_catalog's, for every session."""
        self.shop.sql(SHADOWS)
        self.shop.sql("DROP TABLE odd.users")
        self.set("search_path", "odd, pg_catalog, public")

    def plain(self):
        self.role = None
        self.shop.sql(f"ALTER DATABASE {self.shop.database} RESET ALL", "postgres")

    def create_with_other_locale(self, database):
        """With ICU."""
        self.shop.sql(f"CREATE DATABASE {database} TEMPLATE template0 LOCALE_PROVIDER icu"
                      " ICU_LOCALE 'tr-TR' LOCALE 'C.UTF-8'", "postgres")


class MySqlSettings:
    """A session's settings there are the server's, and what init_connect gives it: that is not
    carried out for accounts that may administer connections, so for interlock's alone here."""

    modes = ("ANSI_QUOTES,PIPES_AS_CONCAT,IGNORE_SPACE,NO_BACKSLASH_ESCAPES,ONLY_FULL_GROUP_BY,"
             "PAD_CHAR_TO_FULL_LENGTH,NO_UNSIGNED_SUBTRACTION,HIGH_NOT_PRECEDENCE,REAL_AS_FLOAT,"
             "NO_AUTO_VALUE_ON_ZERO,NO_DIR_IN_CREATE,ALLOW_INVALID_DATES")
    odd = {
        "sql_mode": f"'{modes}'",
        "time_zone": "'+12:45'",
        "character_set_server": "'latin1'",
        "collation_server": "'latin1_german2_ci'",
        "lc_time_names": "'de_DE'",
        "lc_messages": "'de_DE'",
        "default_week_format": "7",
        "div_precision_increment": "0",
        "group_concat_max_len": "4",
        "max_sort_length": "64",
        "max_error_count": "0",
        "explicit_defaults_for_timestamp": "0",
        "default_storage_engine": "'MyISAM'",
        "default_tmp_storage_engine": "'MEMORY'",
        "innodb_strict_mode": "0",
        "binlog_row_image": "'MINIMAL'",
        "join_buffer_size": "128",
        "tmp_table_size": "1024",
        "max_heap_table_size": "16384",
        "sql_notes": "0",
    }
    hostile_ones = {
        "lock_wait_timeout": "1",
        "innodb_lock_wait_timeout": "1",
        "wait_timeout": "2",
        "interactive_timeout": "2",
        "autocommit": "0",
        "completion_type": "'CHAIN'",
        "sql_safe_updates": "1",
        "sql_select_limit": "1",
        "max_join_size": "1",
        "sql_big_selects": "0",
        "foreign_key_checks": "0",
        "unique_checks": "0",
        "timestamp": "86400",
        "auto_increment_increment": "7",
        "auto_increment_offset": "3",
    }
    locale = dict(LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8", TZ="Pacific/Chatham",
                  MYSQL_TCP_PORT="1", MYSQL_UNIX_PORT="/nowhere", MYSQL_HOST="nowhere",
                  MYSQL_HOME="/nowhere", USER="nobody")
    odd_objects = (
        "CREATE TABLE odd_defaults (id INT PRIMARY KEY, at TIMESTAMP NOT NULL DEFAULT"
        " '2026-01-02 03:04:05', day DATETIME(6) DEFAULT '2026-01-02 03:04:05.5',"
        " amount DOUBLE DEFAULT 0.1, bytes VARBINARY(9) DEFAULT x'00ff', path VARCHAR(20) DEFAULT"
        " 'a\\\\b''c', kind ENUM('a', 'b''\\\\c'), doubled DOUBLE AS (amount / 3) STORED,"
        " CHECK (at > '2020-01-01 00:00:00'), INDEX (path(3)))",
        "CREATE VIEW odd_view AS SELECT u.id, DATE(o.at) AS day, u.note || 'x\"y' AS either FROM"
        " users u, odd_defaults o WHERE o.path <> 'x\\\\y'",
        "CREATE TRIGGER odd_trigger BEFORE INSERT ON odd_defaults FOR EACH ROW SET NEW.path ="
        " CONCAT('\\\\', \"b\")")
    shadows = (
        "CREATE FUNCTION substring_index (a TEXT, b TEXT, c INT) RETURNS TEXT NO SQL DETERMINISTIC"
        " RETURN 'shadow'",
        "CREATE FUNCTION locate (a TEXT, b TEXT) RETURNS INT NO SQL DETERMINISTIC RETURN 7",
        "CREATE FUNCTION concat (a TEXT, b TEXT) RETURNS TEXT NO SQL DETERMINISTIC"
        " RETURN 'shadow'",
        *(f"CREATE TABLE {name} (id INT PRIMARY KEY, shadow INT)"
          for name in ("processlist", "innodb_trx", "metadata_locks", "tables", "triggers")))
    own_words = ("substring_index", "locate", "concat", "processlist", "innodb_trx",
                 "metadata_locks", "tables", "triggers")
    locale_words = ("schema shop: charset",)

    def __init__(self, shop):
        self.shop = shop
        self.account = None
        self.were = {}

    def release_url(self, url):
        return url.replace("//deploy@", f"//{self.account}@") if self.account else url

    def hostile(self, account, odd=False):
        server = self.shop.server
        everywhere = [right for right in server.everywhere if not right.startswith("CONNECTION")]
        server.admin(
            f"CREATE USER IF NOT EXISTS {account}@'%'; GRANT {', '.join(everywhere)} ON *.* TO"
            f" {account}@'%'; GRANT SELECT ON performance_schema.* TO {account}@'%';"
            f" GRANT {server.in_database} ON {self.shop.database}.* TO {account}@'%'")
        settings = ", ".join(f"{name} = {value}" for name, value in self.hostile_ones.items())
        self.set("init_connect", '"SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY;'
                                 f' SET SESSION {settings}"')
        self.account = account
        if odd:
            self.odd_for_all()

    def set(self, setting, value):
        """For every session from now on."""
        server = self.shop.server
        self.were.setdefault(setting, server.admin(f"SELECT @@global.{setting}"))
        server.admin(f"SET GLOBAL {setting} = {value}")

    def odd_for_all(self):
        for setting, value in self.odd.items():
            self.set(setting, value)

    def shadow(self):
        """Functions and tables of the database that are called as the server's own are."""
        self.shop.server.admin(f"GRANT {self.sees_routines} TO deploy@'%'")
        for statement in self.shadows:
            self.shop.sql(statement)

    def plain(self):
        self.account = None
        server = self.shop.server
        server.admin("SET GLOBAL sql_mode = DEFAULT, time_zone = 'SYSTEM'")
        for setting, value in reversed(self.were.items()):  # some change others
            number = value.replace(".", "").isdigit()
            back = value if number else repr(value) if value else "DEFAULT"
            server.admin(f"SET GLOBAL {setting} = {back}")
        self.were = {}

    def create_with_other_locale(self, database):
        self.shop.server.create(database)
        self.shop.server.admin(f"ALTER DATABASE {database} CHARACTER SET latin5"
                               " COLLATE latin5_turkish_ci")


class MariaDbSettings(MySqlSettings):
    sees_routines = "SELECT ON mysql.proc"
    odd = {
        **MySqlSettings.odd,
        "sql_mode": f"'{MySqlSettings.modes},EMPTY_STRING_IS_NULL,SIMULTANEOUS_ASSIGNMENT,"
                    "TIME_ROUND_FRACTIONAL'",
        "alter_algorithm": "'COPY'",
        "max_recursive_iterations": "0",
    }
    hostile_ones = {
        **MySqlSettings.hostile_ones,
        "max_statement_time": "0.05",
        "idle_transaction_timeout": "1",
        "idle_write_transaction_timeout": "1",
        "idle_readonly_transaction_timeout": "1",
        "check_constraint_checks": "0",
    }


class MySql9Settings(MySqlSettings):
    sees_routines = "SHOW_ROUTINE ON *.*"
    odd = {
        **MySqlSettings.odd,
        "sql_require_primary_key": "1",
        "sql_generate_invisible_primary_key": "1",
        "show_gipk_in_create_table_and_information_schema": "0",
        "default_collation_for_utf8mb4": "'utf8mb4_general_ci'",
        "cte_max_recursion_depth": "0",
        "internal_tmp_mem_storage_engine": "'MEMORY'",
        "session_track_gtids": "'ALL_GTIDS'",
        "session_track_state_change": "1",
    }
    hostile_ones = {**MySqlSettings.hostile_ones, "max_execution_time": "50"}


SETTINGS = {"postgresql": PostgreSqlSettings, "mariadb": MariaDbSettings, "mysql": MySql9Settings}
