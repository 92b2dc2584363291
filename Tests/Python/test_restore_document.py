"""Follows docs/restore.md word by word: its very commands, on real servers, in an order that a reader would take.

POSEVAULT names the program, else .build/debug/posevault.
"""

import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

import stores
from database_servers import start_databases, wait_until_ready
from real_server import PATIENCE, POSEVAULT, ROOT, address, wait_until

DOCUMENT = (ROOT / "docs" / "restore.md").read_text()
DATABASES = (ROOT / "docs" / "databases.md").read_text()
ARCHIVE = "2025-12-10-backup.zip"


def section(title):
    """What stands below a heading, up to the next."""
    return re.search(rf"^##+ {re.escape(title)}\n(.*?)(?=^##|\Z)", DOCUMENT, re.M | re.S)[1]


def blocks(language, text):
    """Without the indentation that they have inside of lists."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.M | re.S)
    return [re.sub(f"^{indent}", "", block, flags=re.M) for indent, block in found]


class Reader(unittest.TestCase):
    """Someone with a shell in `folder`, where the `.env` is, and posevault in the path."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "posevault").symlink_to(POSEVAULT)
        # the script's first line asks for the python3 that pymongo was installed for
        (self.folder / "bin" / "python3").symlink_to(sys.executable)
        (self.folder / "Scripts").symlink_to(ROOT / "Scripts")
        self.environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "HOME": str(self.folder), "LANG": "C.UTF-8",
            "VIRTUAL_ENV": sys.prefix, "PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path),
        }

    def shell(self, commands, status=0, answer=""):
        done = subprocess.run(
            ["bash", "-euc", commands], env=self.environment, cwd=self.folder, input=answer, capture_output=True,
            text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, status, f"{commands}\n{done.stdout}{done.stderr}")
        return done.stdout

    def commands(self, block):
        """A block's commands; the last, which serves, is left to `serving`."""
        *commands, last = block.splitlines()
        self.assertEqual(last, "posevault serve")
        self.shell("\n".join(commands))
        return self.serving()

    def serving(self):
        """What the server answers of each pose, and of its picture."""
        (self.folder / "log").unlink(missing_ok=True)
        with (self.folder / "log").open("w") as log:
            server = subprocess.Popen(
                ["posevault", "serve"], env={**self.environment, "PORT": "0"}, cwd=self.folder, stderr=log)
        try:
            base, answers = address(server, self.folder / "log"), {}
            for number in [pose["id"] for pose in json.loads(fetch(f"{base}/api/poses?limit=100"))["data"]["poses"]]:
                pose = json.loads(fetch(f"{base}/api/poses/{number}"))["data"]
                answers[number] = pose, fetch(pose.pop("imageUrl"))
            return answers
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE)

    def settle(self, text):
        (self.folder / ".env").write_text(text)

    def original(self):
        """An embedded storage in `data` with an archive of it, and what is in it."""
        self.shell("posevault migrate")
        stores.fill(self.folder / "data")
        made = self.shell("posevault backup create").strip()
        shutil.copy(made, self.folder / ARCHIVE)
        return stores.embedded(self.folder / "data")


def fetch(address):
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        return answer.read()


class Embedded(Reader):
    def test_check_restore_and_serve(self):
        expected = self.original()
        shutil.move(self.folder / "data", self.folder / "damaged")
        [check] = blocks("sh", section("Before you begin"))
        self.assertIn("proven", self.shell(check))
        answers = self.commands(blocks("sh", section("Into the embedded storage"))[0])
        self.assertEqual(len(answers), len(expected[0]))
        stores.expect_same(self, stores.embedded(self.folder / "data"), expected)
        kept = self.shell(f"posevault backup restore {ARCHIVE} --replace")
        [folder] = re.findall(r"is kept in (.+?);", kept)
        stores.expect_same(self, stores.embedded(folder), expected)

    def test_try_it_now(self):
        expected = self.original()
        [block] = blocks("sh", section("Try it now"))
        *commands, serve = block.replace("/path/to", str(self.folder)).splitlines()
        self.assertTrue(serve.endswith("posevault serve"))
        self.shell("\n".join(commands))
        stores.expect_same(self, stores.embedded(self.folder / "try-restore" / "data"), expected)

    def test_broken_off_gives_up_only_after_asking(self):
        """Neither the interrupt key nor a No gives it up."""
        expected = self.original()
        shutil.move(self.folder / "data", self.folder / "damaged")
        self.break_off()
        [discard] = blocks("sh", section("A restore that was interrupted"))
        self.assertIn("terminal", self.terminal_missing(discard))
        for answer, status, says in ((b"\x03", 130, "Not finished."), (b"n\n", 0, ""), (b"y\n", 0, "was discarded")):
            with self.subTest(answer):
                self.assertTrue((self.folder / "data" / "restoring").exists())
                words, ended = self.terminal(discard, answer)
                self.assertEqual(ended, status, words)
                self.assertIn(says, words)
        self.assertFalse((self.folder / "data" / "restoring").exists())
        self.break_off()
        self.shell(f"posevault backup restore {ARCHIVE}")
        stores.expect_same(self, stores.embedded(self.folder / "data"), expected)

    def break_off(self):
        for _ in range(20):
            process = subprocess.Popen(
                [POSEVAULT, "backup", "restore", ARCHIVE], env=self.environment, cwd=self.folder,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_until(lambda: (self.folder / "data" / "restoring").exists() or process.poll() is not None)
            process.kill()
            process.wait(timeout=PATIENCE)
            if (self.folder / "data" / "restoring").exists():
                return
            # it was faster
            shutil.rmtree(self.folder / "data")
        self.fail("no restore was killed on its way")

    def terminal_missing(self, command):
        done = subprocess.run(
            command.split(), env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 64)
        return done.stderr

    def terminal(self, command, answer):
        """What a terminal shows that gets this answer to the question, and the exit status."""
        child, terminal = pty.fork()
        if not child:
            # what begins in a shell's background would not heed it
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.chdir(self.folder)
            os.execvpe("posevault", command.split(), self.environment)
        words, end = b"", time.monotonic() + 60
        status = None
        while status is None:
            if select.select([terminal], [], [], 0.05)[0]:
                try:
                    words += os.read(terminal, 65_536)
                except OSError:
                    pass  # closed by the other end
            if b"[y/N] " in words and answer:
                os.write(terminal, answer)
                answer = b""
            ended, found = os.waitpid(child, os.WNOHANG)
            status = os.waitstatus_to_exitcode(found) if ended else None
            if status is None and time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
        # what it said at its very end may have come since the last look
        while select.select([terminal], [], [], 0)[0]:
            try:
                words += os.read(terminal, 65_536)
            except OSError:
                break
        os.close(terminal)
        return words.decode(), status


class Servers(Reader):
    @classmethod
    def setUpClass(cls):
        settings = start_databases(cls, "mariadb")
        wait_until_ready(settings)
        cls.databases = stores.Eyes(settings)
        cls.addClassCleanup(cls.databases.client.close)

    def grant(self, poses, images):
        """As databases.md has it, for databases of these names; returns the `.env` of that page."""
        statements = blocks("sql", DATABASES)[0].replace("posevault.*", f"{poses}.*")
        statements = statements.replace("DATABASE posevault", f"DATABASE {poses}").replace("CREATE USER", "CREATE USER IF NOT EXISTS")
        self.databases.sql(statements)
        call = re.search(r'use\("\w+"\)\s+db\.createUser\((\{.*?\})\)', blocks("js", DATABASES)[0], re.S)[1]
        user = json.loads(call.replace("pose_images_db", images))
        self.databases.client[images].command("createUser", user.pop("user"), **user)
        self.addCleanup(self.databases.sql, f"DROP DATABASE {poses}")
        self.addCleanup(self.databases.client.drop_database, images)
        self.addCleanup(self.databases.client[images].command, "dropUser", "posevault")
        env = blocks("sh", DATABASES)[0]
        env = env.replace("MYSQL_PORT=3306", f"MYSQL_PORT={self.databases.mysql}")
        return self.here(env)

    def here(self, text):
        return text.replace(":27017/", f":{self.databases.mongodb}/")


class Moving(Servers):
    def test_to_databases_and_back(self):
        text = section("Moving from one storage to another")
        create, *others = re.findall(r"`(posevault [a-z ]+(?:FILE)?)`", text)
        self.assertEqual(create, "posevault backup create")
        self.assertEqual(others, ["posevault backup restore FILE", "posevault doctor", "posevault serve"])
        expected = self.original()
        answers = self.serving()

        # the step that changes the .env
        archive = self.shell(create).strip()
        trail = self.trail("data")
        self.settle(self.grant("posevault", "pose_images_db"))
        for command in others[:-1]:
            self.shell(command.replace("FILE", archive))
        stores.expect_same(self, self.databases.contents("posevault", "pose_images_db"), expected)
        self.assertEqual(self.serving(), answers)
        stores.expect_same(self, stores.embedded(self.folder / "data"), expected)

        archive = self.shell(create).strip()
        self.settle("DATA_DIR=./new\n")
        for command in others[:-1]:
            self.shell(command.replace("FILE", archive))
        stores.expect_same(self, stores.embedded(self.folder / "new"), expected)
        self.assertEqual(self.serving(), answers)
        # who did what moves along, hashes included, and goes on
        moved = self.trail("new")
        self.assertEqual(moved[:len(trail)], trail)
        self.assertEqual([action for _, action, *_ in moved[len(trail):]], [
            "backup restore", "backup create", "backup restore"])
        self.assertRegex(self.shell("posevault doctor"), f"✓ The audit trail of .+ is intact: {len(moved)} entries")

    def trail(self, folder):
        connection = sqlite3.connect(self.folder / folder / "posevault.sqlite")
        try:
            return connection.execute("SELECT id, action, number, hash FROM posevault_audit ORDER BY id").fetchall()
        finally:
            connection.close()

    def test_into_new_names_beside_live_ones(self):
        expected = self.original()
        live = self.grant("posevault", "pose_images_db")
        text = section("Into MySQL and MongoDB")
        names, commands = blocks("sh", text)
        self.settle(live)
        self.shell(f"posevault backup restore {ARCHIVE}")
        self.shell(f"posevault backup restore {ARCHIVE}", status=1)
        self.grant("posevault_restored", "posevault_restored")
        # what comes last goes before what was there
        self.settle("\n".join(line for line in live.splitlines() if line.split("=")[0] not in names) + "\n" + self.here(names))
        answers = self.commands(commands)
        self.assertEqual(len(answers), len(expected[0]))
        for poses, images in (("posevault", "pose_images_db"), ("posevault_restored", "posevault_restored")):
            stores.expect_same(self, self.databases.contents(poses, images), expected)


class WithoutPoseVault(Servers):
    def test_stock_clients(self):
        expected = self.original()
        unpack, poses, pictures, mongoimport, use = blocks("sh", section("Without PoseVault"))
        self.assertIn("mongoimport", mongoimport)
        self.shell(unpack)

        poses = poses.replace("-h HOST -u ROOT -p", f"-h 127.0.0.1 -P {self.databases.mysql} -u root")
        self.addCleanup(self.databases.sql, "DROP DATABASE posevault_restored")
        counted = self.shell(poses).splitlines()[-1].split()
        manifest = json.loads((self.folder / "backup" / "manifest.json").read_text())
        self.assertEqual(manifest["leftOut"], [])
        self.assertEqual(counted, [str(manifest["tables"][0]["rows"][name]) for name in ("count", "sumOfIds", "lastId")])
        # the dump ends with an error before it changes anything
        before = self.databases.everything()
        self.shell(poses.splitlines()[1], status=1)
        self.assertEqual(self.databases.everything(), before)

        pictures = pictures.replace("USER:PASSWORD@HOST:27017", f"127.0.0.1:{self.databases.mongodb}")
        self.addCleanup(self.databases.client.drop_database, "posevault_restored")
        self.assertIn(f"{len(expected[1])} pictures", self.shell(pictures))
        self.shell(pictures, status=1)
        stores.expect_same(self, self.databases.contents("posevault_restored", "posevault_restored"), expected)

        self.settle(
            f"MYSQL_HOST=127.0.0.1\nMYSQL_PORT={self.databases.mysql}\nMYSQL_USER=root\nMYSQL_DATABASE=posevault_restored\n"
            f"MONGODB_URI=mongodb://127.0.0.1:{self.databases.mongodb}/posevault_restored\n")
        self.shell(use)
        [update] = blocks("sql", section("Without PoseVault"))
        self.databases.sql(update.replace("DATASET_ID", manifest["datasetId"]), "posevault_restored")
        self.assertEqual(len(self.serving()), len(expected[0]))
        stores.expect_same(self, self.databases.contents("posevault_restored", "posevault_restored"), expected)
        # and back into the embedded storage, by an archive of what the stock clients restored
        archive = self.shell("posevault backup create").strip()
        self.settle("DATA_DIR=./again\n")
        self.shell(f"posevault backup restore {archive}")
        stores.expect_same(self, stores.embedded(self.folder / "again"), expected)

    def test_with_a_passphrase(self):
        self.settle("BACKUP_PASSPHRASE='correct horse'\n")
        self.original()
        [unpack] = re.findall(r"`(7z [^`]+)`", section("Without PoseVault"))
        self.shell(unpack, answer="correct horse\n")
        self.assertTrue((self.folder / "backup" / "mysql" / "poses.sql").read_text().endswith("-- Dump completed\n"))


if __name__ == "__main__":
    unittest.main()
