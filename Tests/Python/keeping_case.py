"""What the tests of docs/keeping.md stand on: places on embedded storage and on databases, and every place that tells.

A row that means the same on both is a class without a store, from which a class for each is made.
"""

import functools
import itertools
import json
import tempfile
import time
import unittest
import urllib.request

from backup_place import PATIENCE, call, get
from database_servers import Databases
from test_backup_notices import Case
from torture_stores import InDatabases

SIZES = [2000] * 12


@functools.cache
def servers():
    """Those that all tests of a file share."""
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    unittest.addModuleCleanup(folder.cleanup)
    servers = Databases(folder.name)
    unittest.addModuleCleanup(servers.end)
    return servers


class Keeping(Case):
    def place(self, sizes=SIZES, answers=(), **settings):
        """One whose mails are given these answers, by default that they are taken."""
        self.requests, mail = self.sendgrid(*answers)
        return super().place(sizes, **mail, **settings)

    def subjects(self):
        return [request["body"]["subject"] for request in self.requests()]

    def backup(self, place, status=0):
        done = place.create()
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def expect(self, base, place, name, trouble=None):
        """One state, and the words for it, in every place that tells of it."""
        health = get(base, "/api/health")["backup"]
        self.assertEqual(health["state"], name, health["troubles"])
        self.assertEqual(get(base, "/api/backups")["data"]["state"], name)
        self.assertEqual(health["inTrouble"], name not in ("good", "accepted"))
        with urllib.request.urlopen(base + "/metrics") as answer:
            self.assertIn(f'posevault_backup_state{{state="{name}"}} 1', answer.read().decode())
        self.assertIn(trouble or "", " ".join(health["troubles"]))
        self.diagnose(place, name, trouble)

    def diagnose(self, place, name, trouble=None):
        """The same, by doctor alone, which needs no server."""
        doctor = place.run("doctor")
        self.assertIn(f'The state of the backups is "{name}"', doctor.stdout)
        self.assertIn(trouble or "", doctor.stdout)
        if name not in ("good", "accepted"):
            self.assertEqual(doctor.returncode, 1)

    def list(self, place):
        """The runs, the last one first."""
        return [json.loads(line) for line in place.run("backup", "list", "--json").stdout.splitlines()]


class OnDatabases(Keeping):
    numbers = itertools.count(1)

    def store(self, folder):
        store = InDatabases(folder, servers(), f"keeping{next(self.numbers)}")
        self.addCleanup(store.end)
        return store


def state(base):
    # a store that is slow to answer is not what is asked for
    return call(base, "GET", "/api/health")[1]["backup"]["state"]


def until(has_come):
    """As `wait_until`, for what is asked of a server, and costs it something."""
    end = time.monotonic() + PATIENCE
    while not has_come():
        if time.monotonic() > end:
            raise AssertionError("what was waited for did not come")
        time.sleep(0.05)
