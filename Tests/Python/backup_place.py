"""A place with a storage, backups and copies of its own, for tests with real processes.

POSEVAULT names the program, else .build/debug/posevault.
"""

import contextlib
import datetime
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
import zoneinfo

from real_server import CACHE, NEVER, PATIENCE, POSEVAULT, address, wait_until
from torture_stores import Embedded

SIZES = [20_000] * 150 + [3_000_000]


class Place:
    """A storage with poses in it, BACKUP_DIR and BACKUP_COPY_DIR."""

    def __init__(self, folder, sizes=SIZES, store=None):
        """`store` is one of those in torture_stores.py; without it, the storage is embedded."""
        self.folder, self.backups, self.copies = folder, folder / "backups", folder / "copies"
        self.log = folder / "log"
        self.environment = {
            **CACHE, "PATH": os.environ["PATH"], "BACKUP_DIR": str(self.backups), "BACKUP_COPY_DIR": str(self.copies),
            "CRON_SCHEDULE": NEVER, "TZ": "UTC",
            # models are read for each, and no picture is looked into here
            "WORKERS": "1",
        }
        self.store = store or Embedded(folder)
        self.environment.update(self.store.settings)
        self.run("migrate", check=True)
        self.store.fill(sizes)

    def run(self, *command, check=False):
        return subprocess.run(
            [POSEVAULT, *command], env=self.environment, cwd=self.folder, capture_output=True, text=True,
            timeout=PATIENCE, check=check)

    def create(self):
        return self.run("backup", "create")

    def start(self):
        return subprocess.Popen(
            [POSEVAULT, "backup", "create"], env=self.environment, cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    @contextlib.contextmanager
    def server(self, words="Ready on"):
        """Gives the address of a server on this storage, which writes to `log`, once it has written those words."""
        with self.log.open("w") as log:
            environment = {**self.environment, "PORT": "0", "HOST": "127.0.0.1"}
            process = self.serving = subprocess.Popen(
                [POSEVAULT, "serve"], cwd=self.folder, env=environment, stderr=log)
        try:
            yield address(process, self.log, words)
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)

    def kill(self, has_come):
        """Whether the run was killed, once that moment had come, before it ended."""
        process = self.start()
        wait_until(lambda: has_come(self) or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def partials(self):
        return list(self.backups.glob("*.partial"))

    def packed(self):
        """How many bytes of an unfinished archive are written."""
        return sum(partial.stat().st_size for partial in self.partials())

    def archives(self):
        return sorted(self.backups.glob("*.zip"))

    def leftovers(self):
        return [path.name for path in self.backups.iterdir() if path.suffix != ".zip" and path.name not in ("filler", ".posevault-backups")]


def post(base, path, headers=None):
    return call(base, "POST", path, headers=headers)


def get(base, path):
    status, answer = call(base, "GET", path)
    assert status == 200, answer
    return answer


def call(base, method, path, body=None, headers=None):
    """An answer's status, and what its JSON says."""
    request = urllib.request.Request(base + path, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as failure:
        return failure.code, json.load(failure)


def day_in(zone):
    return datetime.datetime.now(zoneinfo.ZoneInfo(zone)).strftime("%Y-%m-%d")


