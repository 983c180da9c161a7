"""The table that meddler.py changes by hand, whatever server it is on."""

import copy


class Table:
    """users as it is now: {name: what makes it}, each part by itself.  A server's own reads it, and
    gives the statements that lead there from another state."""

    PARTS = ("columns", "constraints", "references", "indexes", "triggers")
    columns: dict
    constraints: dict
    references: dict     # of other tables to this one
    indexes: dict
    triggers: dict

    def without(self, before, meddled):
        """This state with what led from `before` to `meddled` taken back, the rest as it is."""
        out = copy.deepcopy(self)
        # Columns that a step has dropped since: what names them went with them.
        gone = (set(before.columns) & set(meddled.columns)) - set(self.columns)
        for part in self.PARTS:
            old, new, now = (getattr(table, part) for table in (before, meddled, out))
            for name in set(old) | set(new):
                if old.get(name) == new.get(name) or now.get(name) != new.get(name):
                    continue
                if part == "triggers" and any(column in old.get(name, "") for column in gone):
                    continue
                if name in old:
                    now[name] = old[name]
                else:
                    now.pop(name, None)
        return out


def old_name(table):
    return next((name for name in table.columns if name == "name" or
                 name.startswith("name_quarantined")), None)
