"""The adversary: steps drawn from a seed, played on real processes, real disks and a clock that this file holds.

torture.py [--databases] [--steps N] SEED…: after each step it asks whether every picture and pose that was acknowledged,
and that no person deleted, is in the stores or in an archive that is kept, and whether all that is wrong is told. What
the adversary destroys itself, copy by copy, it doesn't ask for. It ends with the first fault, and says how to play its
seed again.

POSEVAULT names the program, else .build/debug/posevault.
"""

import argparse
import contextlib
import datetime
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from pathlib import Path

import archive_reader
import torture_stores
from fake_clock import FakeClock
from real_server import CACHE, CASES, PATIENCE, POSEVAULT, address

# a run asks for 64 MB at least
DISK = 160 << 20
PLAIN, FAILED, DOUBT = "Daily DB Backup - ", "Daily DB Backup FAILED - ", "Daily DB Backup IN DOUBT - "
ORDER = ["good", "accepted", "inDoubt", "overdue", "failing"]
BEGIN = "2026-03-02 12:00"


class Fault(Exception):
    """What PoseVault promises is not so."""


def require(condition, *what):
    if not condition:
        raise Fault(" ".join(map(str, what)))


def until(has_come):
    """Waits as `wait_until` does, with fewer questions to a server that logs each."""
    end = time.monotonic() + PATIENCE
    while not has_come():
        require(time.monotonic() < end, "what was waited for did not come")
        time.sleep(0.1)


class NoMount(Exception):
    """This machine lets nobody mount a disk."""


class Mount:
    """A small disk, and the folder that shows it as long as it is mounted."""

    def __init__(self, folder):
        self.disk, self.shown = folder / "disk", folder / "backups"
        self.disk.mkdir()
        self.shown.mkdir()
        self.call("mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", self.disk)
        self.mounted = False
        try:
            self.mount()
        except NoMount:
            self.end()
            raise

    def call(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoMount(done.stderr.strip())

    def mount(self):
        self.call("mount", "--bind", self.disk, self.shown)
        self.mounted = True

    def unmount(self):
        self.call("umount", "--lazy", self.shown)
        self.mounted = False

    def end(self):
        if self.mounted:
            self.unmount()
        self.call("umount", "--lazy", self.disk)


class Mails:
    """A server that plays SendGrid's API."""

    def __init__(self, folder):
        self.folder = folder / "mails"
        self.folder.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("sendgrid_server.py"), self.folder], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def subjects(self):
        files = sorted(self.folder.glob("*.json"), key=lambda path: int(path.stem))
        return [json.loads(path.read_text())["body"]["subject"] for path in files]

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class World:
    """A PoseVault with its stores, its disks and its clock, and what was acknowledged."""

    def __init__(self, folder, seed, databases=False, repository=False):
        self.folder, self.seed, self.source = folder, seed, random.Random(seed)
        self.log, self.server, self.base = folder / "log", None, None
        with contextlib.ExitStack() as ends:
            self.disk = Mount(folder)
            ends.callback(self.disk.end)
            self.mails = Mails(folder)
            ends.callback(self.mails.end)
            self.stores = (torture_stores.InDatabases if databases else torture_stores.Embedded)(folder)
            ends.callback(self.stores.end)
            ends.callback(self.abandon)
            self.ends = ends.pop_all()
        self.clock = FakeClock(folder, BEGIN)
        self.now = datetime.datetime.fromisoformat(BEGIN)
        self.environment = {
            "PATH": os.environ["PATH"], "TZ": "UTC", "BACKUP_DIR": str(self.disk.shown), "CRON_SCHEDULE": "59 23 * * *",
            "SENDGRID_API_KEY": "SG.none", "SENDGRID_BASE_URL": f"http://127.0.0.1:{self.mails.port}",
            "FROM_EMAIL": "pose@example.org", "TO_EMAIL": "a@example.org", "BACKUP_PAUSE_SECONDS": "0",
            # a second one would cost each start half of its time
            "WORKERS": "1", "BACKUP_KEEP_DAYS": "5", "BACKUP_KEEP_WEEKLY": "2", "BACKUP_KEEP_MONTHLY": "2",
            **CACHE, **self.stores.settings, **self.clock.environment,
        }
        self.pattern = "*.zip"
        if repository:
            # what is wrong in a store, or in a pack, is found the same night
            self.environment |= {"BACKUP_REPOSITORY": str(self.disk.shown), "BACKUP_REPROOF_DAYS": "1",
                                 "BACKUP_GRACE_DAYS": "1"}
            self.pattern = "runs/*.zip"
        # what was acknowledged and not deleted by a person, by picture: its digest, and its pose's number and first x;
        # numbers are no names, since an old copy of the database gives them again
        self.pictures, self.rows, self.poses = {}, {}, {}
        # digests also of what the adversary destroyed in every copy, which must still be told of
        self.digests = {}
        self.archives, self.number = {}, 0
        self.full, self.copy, self.swapped, self.hidden = False, None, False, False
        # poses of the right database while an old one is in its place; the run that has seen the stores as `seen` says
        self.poses_aside, self.examined, self.seen = {}, None, None

    # processes

    def start(self, **settings):
        with self.log.open("a") as words:
            words.write(f"\n--- a server at {self.now}\n")
            begin = words.tell()
            words.flush()
            self.server = subprocess.Popen(
                [POSEVAULT, "serve"], cwd=self.folder, stderr=words,
                env={**self.environment, **settings, "PORT": "0", "HOST": "127.0.0.1"})
        self.base = address(self.server, Tail(self.log, begin))

    def stop(self, how=signal.SIGTERM):
        if self.server:
            self.server.send_signal(how)
            require(self.server.wait(PATIENCE) in (0, -how), "the server ended with status", self.server.returncode)
        self.server = None

    def abandon(self):
        if self.server:
            self.server.kill()
            self.server.wait(PATIENCE)

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        self.start()

    def run(self, *command, **settings):
        done = subprocess.run(
            [POSEVAULT, *command], cwd=self.folder, env={**self.environment, **settings}, capture_output=True, text=True,
            timeout=PATIENCE, check=False)
        with self.log.open("a") as words:
            words.write(f"\n--- {command} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        require(done.returncode >= 0, command, "died of", -done.returncode)
        return done

    def call(self, method, path, body=None, **headers):
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as failure:
            return failure.code, json.load(failure)

    def set_clock(self, moment):
        self.now = moment
        self.clock.set(moment.isoformat(" ", "seconds"))

    # what is acknowledged

    def picture(self):
        """A picture of a person that no other is equal to: a comment is its own."""
        content = (CASES / "astronaut-160.jpg").read_bytes()
        self.number += 1
        comment = b"%d of %d" % (self.number, self.seed)
        return content[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + content[2:]

    def upload(self):
        """Whether it was acknowledged."""
        content = self.picture()
        status, answer = self.call("POST", "/api/extract-pose", content, **{"Content-Type": "image/jpeg"})
        if status != 201:
            require(status in (503, 507), "an upload was answered", status, answer)
            return False
        data = answer["data"]
        self.pictures[data["imageId"]] = self.digests[data["imageId"]] = torture_stores.digest(content)
        self.rows[data["imageId"]] = data["id"]
        self.poses[data["imageId"]] = round(data["keypoints"][0]["x"], 6)
        return True

    def forget(self, pictures):
        """A person has deleted them and their poses, or has said that they may be missing."""
        for picture in pictures:
            for known in (self.pictures, self.poses, self.digests):
                known.pop(picture, None)

    def served(self):
        """Those whose poses are in the database, with all that was acknowledged."""
        return sorted(set(self.poses) & set(self.stores.poses()))

    # what is kept

    def kept(self):
        """Digests by picture, and values by row, in each archive that is kept."""
        found = {}
        for path in self.disk.disk.glob(self.pattern):
            status = path.stat()
            key = (path.name, status.st_ino, status.st_size, status.st_mtime_ns)
            found[key] = self.archives[key] if key in self.archives else contents(path)
        self.archives = found
        return found.values()

    def missing(self):
        """The pictures that are nowhere, and those whose poses are."""
        pictures, poses = {}, {}

        def collect(all_pictures, all_poses):
            for picture, digests in all_pictures.items():
                pictures.setdefault(picture, set()).update(digests)
            for picture, x in all_poses.items():
                poses.setdefault(picture, set()).add(x)

        collect(self.stores.pictures(), self.stores.poses())
        # while an old database is in its place, the right one is in the adversary's hand
        collect({}, self.poses_aside)
        for archive in self.kept():
            collect(*archive)
        lost = [picture for picture, digest in self.pictures.items() if digest not in pictures.get(picture, ())]
        return lost, [picture for picture, x in self.poses.items() if x not in poses.get(picture, ())]

    def blame_myself(self):
        """Leaves out what the adversary has destroyed just now, in every copy."""
        pictures, poses = self.missing()
        for picture in pictures:
            del self.pictures[picture]
        for picture in poses:
            del self.poses[picture]

    def spoiled(self):
        """The pictures of rows that are not whole in the store, and the number of rows."""
        present, poses = self.stores.present(), self.stores.poses()
        wrong = {picture for picture in poses
                 if picture in self.digests and self.digests[picture] not in present.get(picture, ())}
        return wrong, len(poses)

    # what is told

    def health(self):
        return self.call("GET", "/api/health")[1]["backup"]

    def runs(self):
        status, answer = self.call("GET", "/api/backups?limit=100")
        require(status == 200, "the runs are not listed:", answer)
        return answer["data"]["backups"]

    def expect(self, least, why):
        """A state at least as bad, in health and in the list alike, with a word of what is wrong."""
        for _ in range(5):
            health, listed = self.health(), self.call("GET", "/api/backups")[1]["data"]["state"]
            # a run may have begun or ended between the two
            if listed == health["state"]:
                break
        require(listed == health["state"], "the list tells another state:", listed, health["state"])
        require(ORDER.index(health["state"]) >= ORDER.index(least), f"the state is {health['state']}, though", why)
        require(health["troubles"] or health["state"] in ("good", "accepted"), "no word of what is wrong, though", why)

    def check(self):
        pictures, poses = self.missing()
        require(not pictures, "nowhere any more are the pictures", pictures)
        require(not poses, "nowhere any more are the poses of the pictures", poses)
        if not self.server:
            return
        require(self.server.poll() is None, "the server has ended with status", self.server.returncode)
        if not self.disk.mounted:
            self.expect("failing", "the archives' disk is not mounted")
        if self.swapped or self.hidden:
            self.expect("inDoubt", "one of the two stores is another")
        self.check_last_run()

    def check_last_run(self):
        """What the last proven run has seen is told, until a later one has seen something else."""
        runs = self.runs()
        proven = next((run for run in runs if run["state"] == "proven"), None)
        if not proven or self.examined != proven["id"]:
            return
        wrong, rows = self.seen
        if len(wrong) > 5 or len(wrong) > 1 and len(wrong) * 2 >= rows:
            self.expect("accepted" if proven["acceptedAt"] else "inDoubt", f"{len(wrong)} of {rows} are damaged or lost")
        elif wrong:
            words = "\n".join([*proven["warnings"], *self.health()["troubles"]])
            unnamed = [picture for picture in wrong if picture not in words]
            require(not unnamed, "nothing names what is damaged or lost:", unnamed)

    def look(self):
        """Notes what a run that has just ended must have seen."""
        self.examined, self.seen = None, self.spoiled()
        if self.server:
            last = next(iter(self.runs()), None)
            self.examined = last["id"] if last and last["state"] == "proven" else None


class Tail:
    """What was written to a file since."""

    def __init__(self, path, begin):
        self.path, self.begin = path, begin

    def read_text(self):
        with self.path.open() as file:
            file.seek(self.begin)
            return file.read()


def contents(path):
    """Pictures and rows of an archive as another reader finds them; those that are said to be damaged left out."""
    try:
        with zipfile.ZipFile(path) as archive:
            reader = archive_reader.Archive(archive, path.parent.parent)
            manifest, rows = reader.check()
            damaged = {picture["imageId"] for picture in manifest.get("damaged", [])}
            pictures = {picture: {torture_stores.digest(content)} for picture, content in reader.contents().items()}
    except (archive_reader.Damaged, zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise Fault(f"{path.name} is no whole archive: {error}") from error
    poses = {row[1].decode().lower(): torture_stores.first(row[2]) for row in rows}
    return {picture: digests for picture, digests in pictures.items() if picture not in damaged}, poses


# The steps. Each gives what it did, in a few words, or None where it makes no sense now.

def upload(world):
    count = world.source.randint(1, 4)
    done = sum(world.upload() for _ in range(count))
    require(done == count or world.hidden or world.swapped, "uploads were refused")
    return f"{done} pictures"


def delete(world):
    served = world.served()
    if not served or world.hidden or world.swapped:
        return None
    picture = world.source.choice(served)
    status, answer = world.call("DELETE", f"/api/poses/{world.rows[picture]}")
    require(status == 200, "a pose could not be deleted:", answer)
    world.forget([picture])
    require(picture not in world.stores.poses(), "a deleted pose is there")
    return picture


def correct(world):
    served = world.served()
    if not served or world.swapped:
        return None
    picture = world.source.choice(served)
    row = world.rows[picture]
    _, answer = world.call("GET", f"/api/poses/{row}")
    keypoints = answer["data"]["keypoints"]
    world.number += 1
    keypoints[0]["x"] = world.number / 1e6
    status, answer = world.call(
        "PUT", f"/api/poses/{row}", json.dumps({"keypoints": keypoints}).encode(), **{"Content-Type": "application/json"})
    require(status == 200, "a pose could not be corrected:", answer)
    world.poses[picture] = round(world.number / 1e6, 6)
    return picture


def night(world):
    """The machine sleeps over the minute of the backup, and wakes up."""
    return pass_night(world, world.now.date() + datetime.timedelta(1))


def pass_night(world, day):
    before = len(world.mails.subjects())
    runs = world.runs() if world.server else []
    newest, latest = max((run["id"] for run in runs), default=0), next((run for run in runs if run["dueAt"]), None)
    due = f"{day - datetime.timedelta(1)}T23:59:00.000Z"
    world.stop()
    world.set_clock(datetime.datetime.combine(day, datetime.time(0, 10)))
    world.start()

    def told(*words):
        # mails that could not be sent before come first
        until(lambda: any(subject.startswith(words) for subject in world.mails.subjects()[before:]))

    if not world.disk.mounted:
        told(FAILED, DOUBT)
        return "without its disk"

    def run():
        return next((run for run in world.runs() if run["dueAt"] == due and run["id"] > newest), None)

    # under a clock that is less than a day behind, the run that was begun last is believed
    if latest and due <= latest["dueAt"] <= f"{day + datetime.timedelta(1)}":
        return f"has its run of {latest['dueAt']}"

    until(lambda: (found := run()) and found["state"] in ("proven", "failed"))
    world.look()
    until(lambda: len(world.mails.subjects()) > before)
    if run()["state"] == "failed":
        told(FAILED, DOUBT)
    elif world.health()["state"] == "inDoubt":
        told(DOUBT)
    # "full" may be only nearly so
    require(run()["state"] == "proven" or world.full, "the backup of the night failed:", run()["message"])
    return f"{run()['state']}, {world.health()['state']}"


def nights(world):
    """Three that nothing happens in between."""
    return ", ".join(night(world) for _ in range(3))


def trigger(world):
    status, answer = world.call("POST", "/api/backup/trigger")
    require(status in (200, 409) or status == 500 and (world.full or not world.disk.mounted), "asked for:", status, answer)
    if status == 200:
        world.look()
    return str(status)


def create(world, **settings):
    done = world.run("backup", "create", **settings)
    require(done.returncode in (0, 1), "backup create ended with", done.returncode, done.stderr)
    if "Another backup is running" in done.stderr:
        # such as the run of a night that a restart has interrupted
        return "another is under way"
    require(done.returncode == 0 or world.full or not world.disk.mounted, "a backup failed:", done.stderr)
    if done.returncode == 0 and not settings:
        world.look()
    return f"status {done.returncode}"


def create_killed(world):
    process = subprocess.Popen(
        [POSEVAULT, "backup", "create"], env=world.environment, cwd=world.folder, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    after = world.source.uniform(0, 0.6)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after)
    process.kill()
    process.wait()
    world.examined = None
    return f"after {after:.2f} s"


def kill(world):
    world.restart(signal.SIGKILL)
    return "and started again"


def restart(world):
    world.restart()
    return "as asked"


def kill_under_load(world):
    done = []

    def load():
        with contextlib.suppress(OSError, ValueError, Fault):
            while world.upload():
                done.append(1)

    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(world.source.uniform(0.1, 0.8))
    world.stop(signal.SIGKILL)
    thread.join()
    world.start()
    return f"{len(done)} pictures before"


def damage(world):
    present = world.stores.present()
    whole = [picture for picture in world.served() if picture in present]
    if not whole or world.hidden:
        return None
    picked = world.source.sample(whole, min(len(whole), world.source.randint(1, 2)))
    for picture in picked:
        world.stores.damage(world.source, picture)
    world.blame_myself()
    return " ".join(picked)


def massacre(world):
    whole = sorted(world.stores.present())
    if not whole or world.hidden:
        return None
    picked = world.source.sample(whole, world.source.randint((len(whole) + 1) // 2, len(whole)))
    for picture in picked:
        world.stores.damage(world.source, picture)
    world.blame_myself()
    return f"{len(picked)} of {len(whole)} pictures"


def drop_poses(world):
    poses = sorted(world.stores.poses())
    if len(poses) < 4 or world.swapped:
        return None
    picked = world.source.sample(poses, world.source.randint(len(poses) * 2 // 3 + 1, len(poses)))
    world.stop()
    world.stores.drop_poses(picked)
    world.start()
    world.blame_myself()
    world.examined = None
    return f"{len(picked)} of {len(poses)} poses"


def unmount(world):
    if not world.disk.mounted:
        return None
    world.stop()
    world.disk.unmount()
    world.start()
    # an empty folder is in its place
    require(not list(world.disk.shown.iterdir()), "something was written where no disk is")
    return "the archives' disk"


def mount(world):
    if world.disk.mounted:
        return None
    world.stop()
    require(not list(world.disk.shown.iterdir()), "something was written where no disk was")
    world.disk.mount()
    world.start()
    return "the archives' disk"


def fill(world):
    if world.full or not world.disk.mounted:
        return None
    world.full = True
    space = os.statvfs(world.disk.disk)
    left = world.source.choice([0, 0, 4096, 200_000])
    with (world.disk.disk / "ballast").open("wb") as file, contextlib.suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, max(space.f_bavail * space.f_frsize - left, 1))
    return f"the archives' disk, but for {left} bytes"


def unfill(world):
    if not world.full:
        return None
    world.full = False
    (world.disk.disk / "ballast").unlink()
    return "the archives' disk has room again"


def clock_ahead(world):
    """A year, a night under it, and back again."""
    right = world.now
    far = right + datetime.timedelta(world.source.choice([40, 366, 800]))
    told = pass_night(world, far.date())
    world.stop()
    world.set_clock(right)
    world.start()
    return f"{(far - right).days} days, {told}, and back"


def clock_back(world):
    world.stop()
    world.set_clock(world.now - datetime.timedelta(world.source.randint(1, 4)))
    world.start()
    return str(world.now)


def forgetful_settings(world):
    """Whoever sets so little to be kept means what follows, but not that the last whole copy goes."""
    settings = world.source.choice([
        {"BACKUP_KEEP": "1"}, {"BACKUP_KEEP_DAYS": "1", "BACKUP_KEEP_WEEKLY": "0", "BACKUP_KEEP_MONTHLY": "0"},
    ])
    world.stop()
    for name in ("BACKUP_KEEP_DAYS", "BACKUP_KEEP_WEEKLY", "BACKUP_KEEP_MONTHLY"):
        settings.setdefault(name, "")
    told = [create(world, **settings) for _ in range(2)]
    world.start()
    if told[-1] == "status 0":
        world.look()
    return f"{settings}: {', '.join(told)}"


def wrong_storage(world):
    """A command with a letter too many in a setting: another storage, the same archives."""
    if not world.disk.mounted:
        # a storage that has never seen the folder can't know that a disk belongs there
        return None
    done = world.run("backup", "create", **world.stores.wrong_settings(world.folder))
    world.examined = None
    return f"status {done.returncode}"


def copied_database(world):
    """A copy of the pose database is started for a test, days later, on production's pictures."""
    if world.swapped or world.hidden:
        return None
    world.stop()
    copy = world.stores.copy_database()
    world.start()
    done = sum(world.upload() for _ in range(2))
    world.stop()
    settings, now = world.stores.copied_settings(world.folder, copy), world.now
    world.set_clock(now + datetime.timedelta(3))
    with contextlib.suppress(AssertionError):
        # it may refuse to start
        world.start(**settings)
        time.sleep(0.5)
        # the state of this one tells nothing of ours
        with contextlib.suppress(urllib.error.URLError, socket.error):
            world.call("GET", "/api/health")
    world.stop()
    world.set_clock(now)
    world.stores.forget_copy(world.folder)
    world.examined = None
    world.start()
    return f"with {done} pictures since"


def old_database(world):
    """An old copy of the pose database takes its place."""
    if world.swapped or world.hidden or not world.copy:
        if not world.swapped and not world.hidden and not world.copy:
            world.stop()
            world.copy = world.stores.copy_database()
            # one more start, so that the copy falls behind
            world.start()
            world.restart()
            return "is made"
        return None
    world.stop()
    world.right, world.poses_aside = world.stores.copy_database(), world.stores.poses()
    world.stores.use_database(world.copy)
    world.swapped, world.examined = True, None
    world.start()
    return "is in place"


def right_database(world):
    if not world.swapped:
        return None
    world.stop()
    # rows that came meanwhile are in the other one alone
    strays = [picture for picture in world.poses if picture not in world.poses_aside]
    world.stores.use_database(world.right)
    world.swapped, world.copy, world.examined = False, None, None
    world.forget(strays)
    world.poses_aside = {}
    world.start()
    fix(world)
    return "is back"


def hide_pictures(world):
    """The disk with the pictures is another one: empty."""
    if world.hidden or world.swapped or not world.stores.present():
        return None
    world.stop()
    world.stores.hide_pictures()
    world.hidden, world.examined = True, None
    world.start()
    return "another disk is where the pictures were"


def show_pictures(world):
    if not world.hidden:
        return None
    world.stop()
    # what was uploaded meanwhile went to the other disk, and goes with it
    own = world.stores.present()
    world.stores.show_pictures()
    world.hidden, world.examined = False, None
    world.forget(own)
    world.start()
    fix(world)
    return "the right disk is back"


def fix(world):
    """A person is asked which side is right, and says: both; with the disk in its place, since that is asked, too."""
    mount(world)
    world.stop()
    done = world.run("doctor", "--fix", "--yes")
    require(done.returncode in (0, 1), "doctor --fix ended with", done.returncode, done.stderr)
    world.start()
    return f"status {done.returncode}"


def accept(world):
    """A person says that what is missing may be."""
    runs = world.runs()
    proven = next((run for run in runs if run["state"] == "proven"), None)
    if not proven or not proven["doubts"] or proven["acceptedAt"] or world.swapped or world.hidden:
        return None
    status, answer = world.call("POST", f"/api/backups/{proven['id']}/accept")
    require(status == 200, "could not be accepted:", status, answer)
    spoiled, _ = world.spoiled()
    world.forget([*spoiled, *(set(world.pictures) - set(world.stores.poses()))])
    return f"run {proven['id']}"


def prune(world):
    done = world.run("backup", "prune")
    require(done.returncode in (0, 1), "prune ended with", done.returncode, done.stderr)
    return f"{len(done.stdout.split())} archives"


def verify(world):
    archives = sorted(world.disk.disk.glob(world.pattern))
    if not archives:
        return None
    archive = world.source.choice(archives)
    done = world.run("backup", "verify", str(archive))
    require(done.returncode == 0, archive.name, "is not proven again:", done.stderr)
    return archive.name


def doctor(world):
    done = world.run("doctor", "--pictures")
    wrong, _ = world.spoiled()
    for picture in wrong:
        require(picture in done.stdout, "doctor does not name", picture)
    if wrong or not world.disk.mounted or world.swapped or world.hidden:
        require(done.returncode == 1, "doctor ends with", done.returncode, "though", len(wrong), "pictures are not whole")
    return f"status {done.returncode}"


def restore(world):
    """The newest archive of most pictures takes the storage's place, as a person decides after a loss."""
    archives = sorted(world.disk.shown.glob(world.pattern))
    if not archives or world.swapped or world.hidden or world.full:
        return None
    pictures, poses = max(world.kept(), key=lambda found: len(found[0]))
    archive = next(path for path in archives if contents(path) == (pictures, poses))
    world.stop()
    world.stores.clear()
    done = world.run("backup", "restore", str(archive))
    require(done.returncode == 0, "restore ended with", done.returncode, done.stderr)
    require(world.stores.poses() == poses, "other poses are restored")
    # also those whose picture the adversary has destroyed in every copy before
    world.forget([picture for picture in {*world.pictures, *world.poses}
                  if picture not in poses or picture in world.pictures and picture not in pictures])
    world.poses |= {picture: x for picture, x in poses.items() if picture in world.poses}
    world.run("backup", "adopt")
    world.copy, world.examined = None, None
    world.start()
    return archive.name


STEPS = {
    upload: 8, delete: 2, correct: 3, night: 8, nights: 1, trigger: 2, create: 1, create_killed: 2, kill: 1, restart: 1,
    kill_under_load: 2, damage: 4, massacre: 1, drop_poses: 1, unmount: 2, mount: 4, fill: 1, unfill: 3, clock_ahead: 1,
    clock_back: 1, forgetful_settings: 1, wrong_storage: 1, copied_database: 1, old_database: 2, right_database: 3,
    hide_pictures: 1, show_pictures: 3, accept: 1, prune: 1, verify: 1, doctor: 2, restore: 1,
}


def mend(world):
    """In the end all is put right, and the next night is a good one."""
    for step in (right_database, show_pictures, mount, unfill, fix):
        step(world)
        world.check()
    night(world)
    accept(world)
    world.upload()
    night(world)
    accept(world)
    night(world)
    health = world.health()
    require(health["state"] in ("good", "accepted"), "all is put right, and the state is", health)


def play(seed, steps, databases=False, repository=False, tell=lambda line: None):
    """Throws a ``Fault`` that names the step; its folder is kept then."""
    folder = Path(tempfile.mkdtemp(prefix="torture."))
    try:
        world = World(folder, seed, databases, repository)
    except NoMount:
        shutil.rmtree(folder)
        raise
    step, number = None, 0
    try:
        world.start()
        upload(world)
        while number < steps:
            [step] = world.source.choices(list(STEPS), STEPS.values())
            done = step(world)
            if done is not None:
                number += 1
                tell(f"{number:3} {step.__name__}: {done}")
                world.check()
        step = mend
        mend(world)
        world.check()
        world.stop()
    except (Fault, AssertionError, LookupError, OSError, subprocess.TimeoutExpired) as fault:
        with contextlib.suppress(Exception):
            shutil.copytree(world.disk.disk, folder / "kept")
        raise Fault(f"seed {seed}, step {number + 1} ({step.__name__ if step else 'start'}): {fault}; see {folder}") from fault
    finally:
        world.ends.close()
    shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--databases", action="store_true", help="MySQL and MongoDB instead of embedded storage")
    parser.add_argument("--repository", action="store_true", help="a repository instead of whole archives")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("seeds", type=int, nargs="+", metavar="SEED")
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        begin = time.monotonic()
        print(f"seed {seed}", flush=True)
        play(seed, arguments.steps, arguments.databases, arguments.repository,
             lambda line: arguments.quiet or print(line, flush=True))
        print(f"seed {seed}: {arguments.steps} steps in {time.monotonic() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        sys.exit(str(fault))
    except NoMount as problem:
        sys.exit(f"no disk can be mounted here: {problem}")
