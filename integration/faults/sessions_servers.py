"""What environment_sessions.py needs of each server."""

import time

from environment_common import Client


class PostgreSqlSessions:
    may_end_others = "SELECT 1"
    build_index = "CREATE INDEX CONCURRENTLY users_note_idx ON users (note)"
    drop_index = "DROP INDEX users_note_idx"

    def __init__(self, shop):
        self.shop = shop

    def end_runners(self, session):
        """By somebody who has a connection; how many of interlock's sessions there were."""
        session.tell("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                     " WHERE application_name LIKE 'interlock%';")
        return int(session.stdout.readline())

    def ddl_in_vain(self):
        other = self.shop.session(self.shop.server.person)
        for text in ("BEGIN", "ALTER TABLE orders ADD COLUMN extra integer", "SELECT pg_sleep(3)",
                     "ROLLBACK"):
            other.tell(text + ";")
        other.end()

    def upkeep(self, database):
        return Autovacuum(self.shop, database)


class Autovacuum:
    """So slow a vacuum of the table that it works all the time."""

    slow = ("autovacuum_vacuum_threshold", "autovacuum_vacuum_scale_factor",
            "autovacuum_vacuum_cost_delay", "autovacuum_vacuum_cost_limit")

    def __init__(self, shop, database):
        self.shop = shop
        shop.sql("ALTER SYSTEM SET autovacuum_naptime = '1s'")
        shop.sql("SELECT pg_reload_conf()")
        shop.new_database(database)
        settings = ", ".join(f"{name} = {value}" for name, value in zip(self.slow, (1, 0, 100, 1)))
        shop.sql(f"ALTER TABLE users SET ({settings});"
                 " UPDATE users SET note = 'k=0' WHERE id % 7 = 0")
        end = time.monotonic() + 30
        while not self.at_work() and time.monotonic() < end:
            time.sleep(0.1)

    def at_work(self):
        return int(self.shop.sql("SELECT count(*) FROM pg_stat_progress_vacuum WHERE datname ="
                                 " current_database() AND relid = 'users'::regclass"))

    def end(self):
        self.shop.sql(f"ALTER TABLE users RESET ({', '.join(self.slow)})")
        self.shop.sql("ALTER SYSTEM RESET autovacuum_naptime")
        self.shop.sql("SELECT pg_reload_conf()")


class MySqlSessions:
    may_end_others = "GRANT CONNECTION_ADMIN, SYSTEM_USER ON *.* TO deploy@'%'"
    build_index = "CREATE INDEX users_note_idx ON users (note) ALGORITHM=INPLACE LOCK=NONE"
    drop_index = "DROP INDEX users_note_idx ON users"

    def __init__(self, shop):
        self.shop = shop

    def end_runners(self, session):
        session.tell("SELECT GROUP_CONCAT(id) FROM information_schema.processlist"
                     " WHERE user = 'deploy'")
        sessions = session.stdout.readline().strip().split(",")
        for number in sessions:
            session.tell(f"KILL {number}")
        return len(sessions)

    def ddl_in_vain(self):
        """It waits for a reader of the table, and is given up."""
        reader = self.shop.session(self.shop.server.person, "BEGIN", "SELECT COUNT(*) FROM orders")
        other = self.shop.session(self.shop.server.person)
        other.tell("SET lock_wait_timeout = 3")
        other.tell("ALTER TABLE orders ADD COLUMN extra INTEGER")
        other.end()
        reader.end()

    def upkeep(self, database):
        return Purge(self.shop, database)


class MariaDbSessions(MySqlSessions):
    # Its performance_schema does not tell who has a lock unless it is asked to.
    may_end_others = ("UPDATE performance_schema.setup_instruments SET enabled = 'YES' WHERE name ="
                      " 'wait/lock/metadata/sql/mdl'; GRANT CONNECTION ADMIN ON *.* TO deploy@'%'")


class Purge:
    """Former values of all rows are taken away, so slowly that it works all the time."""

    def __init__(self, shop, database):
        self.shop = shop
        shop.new_database(database)
        shop.sql("SET GLOBAL innodb_purge_batch_size = 1")
        reader = shop.session(shop.server.person, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
        with Client(shop.url()) as client:
            for number in range(1, shop.args.rows + 1):
                client.sql(f"UPDATE users SET note = 'k=0' WHERE id = {number}")
        reader.end()

    def at_work(self):
        return int(self.shop.sql("SELECT count FROM information_schema.innodb_metrics"
                                 " WHERE name = 'trx_rseg_history_len'"))

    def end(self):
        self.shop.sql("SET GLOBAL innodb_purge_batch_size = DEFAULT")


SESSIONS = {"postgresql": PostgreSqlSessions, "mariadb": MariaDbSessions, "mysql": MySqlSessions}
