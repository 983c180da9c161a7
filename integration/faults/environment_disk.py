#!/usr/bin/env python3
"""The ledger home is a SQLite file whose disk fills up, or turns read-only, under a release.

Mounts small file systems of its own, which needs root."""

import collections
import os
import subprocess
import sys

from environment_common import Lab, crash, run_parts


class Disk:
    """A small file system at `folder`: in memory, or ext4 in a file (which can be aborted)."""

    def __init__(self, shop, name, size, ext4=False):
        self.folder = shop.project / name
        self.folder.mkdir()
        if os.geteuid() != 0:
            sys.exit("environment_disk.py: mounting a file system needs root")
        if ext4:
            image = shop.work / f"{name}.image"
            with open(image, "wb") as file:
                file.truncate(size)
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
            self.mount("-o", "loop", str(image), str(self.folder))
        else:
            self.mount("-t", "tmpfs", "-o", f"size={size}", "none", str(self.folder))
        shop.disks.append(self)

    def mount(self, *args):
        subprocess.run(["mount", *args], check=True)

    def remount(self, options):
        self.mount("-o", f"remount,{options}", str(self.folder))

    def fill(self):
        """Takes every byte that is left."""
        try:
            with open(self.folder / "others-file", "wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4096)
        except OSError:
            pass

    def make_room(self):
        (self.folder / "others-file").unlink()

    def end(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)


class DiskLab(Lab):
    def __init__(self, args, checks, **options):
        self.disks = []
        super().__init__(args, checks, **options)

    def close(self):
        for disk in self.disks:
            disk.end()
        self.disks = []
        super().close()

    def home_on(self, name, size="64m", ext4=False):
        """A database without applications, the release chain on a disk of its own."""
        self.quiet()
        self.uninterrupted()
        disk = Disk(self, name, size, ext4)
        self.quiet(more=f'\n[ledger]\nurl = "sqlite:{name}/ledger.db"\n')
        self.new_database(name)
        return disk

    def stopped(self, run, exits, words):
        self.checks.that(f"exit of deploy: {run.exit}", run.exit in exits, run.text)
        self.says(run, words)


def full_before_the_release(shop: DiskLab, checks):
    disk = shop.home_on("full_before")
    disk.fill()
    shop.stopped(shop.deploy().wait(), (10,), ["IL-Q03", "make room"])
    checks.that("nothing was changed", shop.columns() == "id,name,email,created_at,note",
                shop.columns())
    disk.make_room()
    shop.is_whole(shop.deploy().wait())
    shop.rows_are_right()


def full_in_mid_release(shop, checks):
    disk = shop.home_on("full_within")
    run = shop.deploy()
    if not checks.that("the backfill runs", run.until(crash.backfill_rows()), run.text):
        return
    disk.fill()
    shop.stopped(run.wait(), (10,), ["IL-Q03", "make room"])
    again = shop.deploy().wait()
    shop.stopped(again, (10,), ["IL-Q03", "make room"])
    disk.make_room()
    shop.is_whole(shop.deploy().wait())
    shop.rows_are_right()


def full_at_every_entry(shop, checks):
    """Two pages of room more each time, from none, until a release comes through: it stops at one
    entry after the other."""
    disk = shop.home_on("full_at_each")
    disk.fill()
    others = disk.folder / "others-file"
    last_steps = collections.Counter()
    for stops in range(120):
        run = shop.deploy().wait()
        if run.exit == 0:
            break
        if run.exit != 10 or "IL-Q03" not in run.out + run.err:
            checks.that(f"exit at stop {stops + 1}: {run.exit}", False, run.text)
            return
        last = [event["step"] or event["event"] for event in run.events][-1:]
        last_steps[last[0] if last else "before the first event"] += 1
        os.truncate(others, max(0, others.stat().st_size - 8192))
    print(f"stops: {dict(last_steps)}")
    checks.that(f"the disk was full {stops} times, at {len(last_steps)} places",
                len(last_steps) > 2)
    disk.make_room()
    shop.is_whole(shop.deploy().wait())
    shop.rows_are_right()


def read_only_before_the_release(shop, checks):
    disk = shop.home_on("read_only_before")
    disk.remount("ro")
    shop.stopped(shop.deploy().wait(), (4,), ["IL-Q05", "writable"])
    checks.that("nothing was changed", shop.columns() == "id,name,email,created_at,note",
                shop.columns())
    disk.remount("rw")
    shop.is_whole(shop.deploy().wait())
    shop.rows_are_right()


def read_only_between_runs(shop, checks):
    disk = shop.home_on("read_only_between")
    shop.expect(0, "deploy", "plans/names.toml", "--until", "expanded")
    disk.remount("ro")
    shop.stopped(shop.deploy().wait(), (4,), ["IL-Q05", "writable"])
    run = shop.interlock("status", crash.RELEASE)
    checks.equal("exit of status", 0, run.exit, run.text)
    disk.remount("rw")
    shop.is_whole(shop.deploy().wait())
    shop.rows_are_right()


def read_only_in_mid_release(shop, checks):
    """As a kernel does it when the disk fails: files that are open for writing turn read-only."""
    disk = shop.home_on("failing", size=64 << 20, ext4=True)
    run = shop.deploy()
    if not checks.that("the backfill runs", run.until(crash.backfill_rows()), run.text):
        return
    disk.remount("abort")
    shop.stopped(run.wait(), (4, 10), ["IL-Q"])
    disk.end()
    shop.disks.remove(disk)
    disk.mount("-o", "loop", str(shop.work / "failing.image"), str(disk.folder))
    shop.disks.append(disk)
    shop.is_whole(shop.goes_on(shop.deploy().wait()))
    shop.rows_are_right()


if __name__ == "__main__":
    run_parts(__doc__, [full_before_the_release, full_in_mid_release, full_at_every_entry,
                        read_only_before_the_release, read_only_between_runs,
                        read_only_in_mid_release], lab=DiskLab, servers=tuple(crash.SERVERS))
