"""What stands in a database of MySQL or MariaDB, {object: text}, read without Interlock's help."""

import re

from mysql_client import quoted

COUNTER = re.compile(r" AUTO_INCREMENT=\d+")
# A collation says it; MySQL prints it as well for a column whose collation was given by itself.
CHARSET = re.compile(r" CHARACTER SET \w+(?= COLLATE )")


def tables(client, kind="BASE TABLE"):
    """Names of the connection's database."""
    return [name for name, in client.texts(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        f" AND table_type = '{kind}' ORDER BY 1")]


def triggers(client):
    """[(name, settings of the session that made it, statement that makes it, its turn)], in the order
    in which they fire."""
    names = client.texts("SELECT trigger_name, action_order FROM information_schema.triggers"
                         " WHERE trigger_schema = DATABASE() ORDER BY event_object_table,"
                         " event_manipulation, action_timing, action_order")
    out = []
    for name, turn in names:
        (_, mode, statement, charset, collation, *_), = client.texts(
            f"SHOW CREATE TRIGGER {quoted(name)}")
        out.append((name, f"sql_mode = '{mode}', character_set_client = {charset},"
                          f" collation_connection = {collation}", statement, turn))
    return out


def table(client, name):
    """The statement that makes it, without where its numbers begin."""
    (_, statement), = client.texts(f"SHOW CREATE TABLE {quoted(name)}")
    return CHARSET.sub("", COUNTER.sub("", statement))


def view(client, name):
    return client.texts(f"SHOW CREATE VIEW {quoted(name)}")[0][1]


def read(client):
    out = {f"table {name}": table(client, name) for name in tables(client)}
    out |= {f"view {name}": view(client, name) for name in tables(client, "VIEW")}
    out |= {f"trigger {name}": f"{turn}: {settings} {statement}"
            for name, settings, statement, turn in triggers(client)}
    for kind, name, body in client.texts(
            "SELECT routine_type, routine_name, routine_definition FROM information_schema.routines"
            " WHERE routine_schema = DATABASE()"):
        out[f"{kind.lower()} {name}"] = str(body)
    for name, body in client.texts("SELECT event_name, event_definition FROM"
                                   " information_schema.events WHERE event_schema = DATABASE()"):
        out[f"event {name}"] = str(body)
    (charset,), = client.texts("SELECT CONCAT(default_character_set_name, ' ',"
                               " default_collation_name) FROM information_schema.schemata"
                               " WHERE schema_name = DATABASE()")
    out["database"] = charset
    return out
