#!/usr/bin/env python3
"""The role's and the database's own settings are hostile or odd; the release comes out the same."""

import os

from environment_common import Lab, crash, run_parts
from settings_servers import SETTINGS


class OddLab(Lab):
    def __init__(self, args, checks, **options):
        self.settings = SETTINGS[args.server](self)
        super().__init__(args, checks, **options)

    def release_url(self, database=None):
        return self.settings.release_url(super().release_url(database))


def hostile_timeouts_of_the_role(shop: OddLab, checks):
    shop.uninterrupted()
    shop.new_database("hostile")
    shop.settings.hostile("hostile")
    shop.start_all()
    run = shop.deploy().wait()
    shop.is_whole(run)
    shop.traffic_was_right()
    shop.settings.plain()


def odd_settings_of_the_database(shop, checks):
    """Every session has them, the applications' too: the trigger works in those."""
    shop.uninterrupted()
    shop.new_database("odd_database")
    shop.settings.odd_for_all()
    shop.start_all()
    run = shop.deploy().wait()
    shop.is_whole(run)
    shop.settings.plain()
    shop.traffic_was_right()


def shadowed_names(shop, checks):
    """What is called as the server's own is found first, by every session."""
    shop.uninterrupted()
    shop.new_database("shadowed")
    shop.settings.shadow()
    shop.start_all()
    run = shop.deploy().wait()
    shop.is_whole(run, shop.settings.own_words)
    shop.settings.plain()
    shop.traffic_was_right()


def same_text_for_every_session(shop, checks):
    """The catalog's text and its fingerprint, before and after a release, by a role with every
    setting odd, and by one with none."""
    shop.quiet()
    shop.new_database("same_text")
    for statement in shop.settings.odd_objects:
        shop.sql(statement)
    plain = shop.schema()
    shop.settings.hostile("odd_text", odd=True)
    got = shop.schema()
    checks.that("the text is the same", got == plain,
                "\n".join(sorted(set(got.splitlines()) ^ set(plain.splitlines()))))
    shop.expect(0, "deploy", "plans/names.toml", "--until", "expanded")
    shop.settings.plain()
    shop.expect(0, "drift")
    shop.expect(0, "deploy", "plans/names.toml")
    shop.settings.hostile("odd_text", odd=True)
    shop.expect(0, "drift")
    shop.ledger_verifies()
    shop.settings.plain()
    shop.rows_are_right()


def another_locale(shop, checks):
    """A database with another locale or character set; the machine's language is another one."""
    before = {name: os.environ.get(name) for name in shop.settings.locale}
    shop.uninterrupted()
    shop.settings.create_with_other_locale("other_locale")
    os.environ.update(shop.settings.locale)
    try:
        shop.fill("other_locale")
        shop.start_all()
        run = shop.deploy().wait()
        shop.is_whole(run, shop.settings.locale_words)
        shop.traffic_was_right()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


if __name__ == "__main__":
    run_parts(__doc__, [hostile_timeouts_of_the_role, odd_settings_of_the_database, shadowed_names,
                        same_text_for_every_session, another_locale], lab=OddLab,
              servers=tuple(crash.SERVERS))
