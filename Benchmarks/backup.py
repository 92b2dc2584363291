"""The nightly backup: how fast a proven archive is made, beside a dump and a ZIP of the same that nobody proves, and how
much memory it takes of a server with many pictures."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import databases
import pictures
import plain
import processes
import stock
from report import Report

FOLDER = pictures.FOLDER / "backup"
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def speed(report: Report, posevault: str, share: int, rounds: int) -> None:
    """Both sides in turn, of the same rows in one MariaDB server; pictures come from MongoDB here and from files there."""
    sizes = [40_000 + number % 1000 * 100 for number in range(10_000 // share)]
    embedded = fresh("embedded")
    make_stock(posevault, embedded, sizes)
    archive = create(posevault, embedded)
    with databases.both("mariadb") as settings:
        live = {**settings, "BACKUP_DIR": str(FOLDER / "live"), "BACKUP_KEEP": "1"}
        # fills MySQL and MongoDB with what the archive holds
        run([posevault, "backup", "restore", archive], live)
        for _ in range(rounds):
            report.add("backup embedded", "posevault", seconds(lambda: create(posevault, embedded)))
            report.add("backup databases", "posevault", seconds(lambda: create(posevault, live)))
            report.add("backup databases", "peer", seconds(lambda: dump_and_zip(settings, Path(embedded["DATA_DIR"]))))
    report.add("backup megabytes", "posevault", sum(sizes) / 1e6)
    shutil.rmtree(FOLDER)


def memory(report: Report, posevault: str, server, share: int) -> None:
    """`server(settings, keep)` starts PoseVault. What a run needs above the idle server, for each number of pictures."""
    for count in (50_000 // share, 200_000 // share):
        settings = fresh("memory")
        make_stock(posevault, settings, [1000] * count)
        with server(settings, keep=True) as (process, _, port):
            # what answers need, too, is not the backup's
            trigger = plain.Connection(port)
            trigger.socket.settimeout(3600)
            trigger.request("GET", "/api/poses")
            time.sleep(2)
            idle = processes.memory(process.pid)
            with processes.MemoryWatch(process.pid) as watch:
                status, body = trigger.request("POST", "/api/backup/trigger")
            trigger.close()
        if status != 200:
            raise processes.Failed(f"the backup of {count} pictures failed: {json.loads(body).get('message')}")
        report.add(f"backup memory {count}", "posevault", watch.peak - idle)
    shutil.rmtree(FOLDER)


def fresh(name: str) -> dict[str, str]:
    """Settings of an embedded storage that is new."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {"DATA_DIR": str(folder / "data"), "BACKUP_DIR": str(folder / "backups"), "BACKUP_KEEP": "1"}


def make_stock(posevault: str, settings: dict[str, str], sizes: list[int]) -> None:
    run([posevault, "migrate"], settings)
    stock.fill(Path(settings["DATA_DIR"]), sizes)


def create(posevault: str, settings: dict[str, str]) -> str:
    """The archive's path."""
    return run([posevault, "backup", "create"], settings).strip()


def dump_and_zip(settings: dict[str, str], data: Path) -> None:
    """What one would otherwise write: the rows deflated, the pictures stored, and on the disk at the end."""
    folder = FOLDER / "peer"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "images").symlink_to(data / "images")
    command = ["mariadb-dump", "--no-defaults", "--host=127.0.0.1", f"--port={settings['MYSQL_PORT']}", "--user=root"]
    with (folder / "poses.sql").open("wb") as dump:
        done = subprocess.run([*command, "--single-transaction", settings["MYSQL_DATABASE"], "poses"], stdout=dump)
    if done.returncode:
        raise processes.Failed("mariadb-dump failed")
    run(["zip", "-q", "-r", "-n", ".jpg", "backup.zip", "poses.sql", "images"], {}, folder)
    run(["sync", "backup.zip"], {}, folder)


def run(command: list[str], settings: dict[str, str], folder: Path = FOLDER) -> str:
    done = subprocess.run(command, env=ENVIRONMENT | settings, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise processes.Failed(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def seconds(body) -> float:
    begin = time.perf_counter()
    body()
    return time.perf_counter() - begin
