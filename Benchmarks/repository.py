"""A repository beside whole archives: what a night with few new pictures costs, and what memory a run takes."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import backup
import stock
from processes import Failed, MemoryWatch
from report import Report


def measure(report: Report, posevault: str, share: int, rounds: int) -> None:
    """Both in turn, of the same pictures of 90 KB; each night brings one new picture in a hundred."""
    count = 50_000 // share
    whole = backup.fresh("whole")
    backup.make_stock(posevault, whole, [90_000] * count)
    data = Path(whole["DATA_DIR"])
    repository = whole | {"BACKUP_REPOSITORY": str(backup.FOLDER / "repository")}
    shutil.rmtree(repository["BACKUP_REPOSITORY"], ignore_errors=True)
    rows = backup.fresh("rows")
    backup.make_stock(posevault, rows, [1] * count)
    for side, settings in (("first", repository), ("zip", whole), ("rows", rows)):
        add(report, side, settings, posevault)
    for _ in range(rounds):
        stock.fill(data, [90_000] * (count // 100), begin=count)
        count += count // 100
        for side, settings in (("night", repository), ("zip", whole)):
            add(report, side, settings, posevault)
    runs = sorted(Path(repository["BACKUP_REPOSITORY"], "runs").glob("*.zip"))
    zips = sorted(Path(whole["BACKUP_DIR"]).glob("*.zip"))
    for side, archive in (("repository", runs[-1]), ("zip", zips[-1])):
        restored = backup.fresh("restored")
        began = time.perf_counter()
        backup.run([posevault, "backup", "restore", str(archive)], restored)
        report.add(f"repository restore {side}", "posevault", time.perf_counter() - began)
    shutil.rmtree(backup.FOLDER)


def add(report: Report, side: str, settings: dict[str, str], posevault: str) -> None:
    """Seconds, megabytes written to the disk and read from it, and memory, of one run."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [posevault, "backup", "create"], env=backup.ENVIRONMENT | settings, cwd=backup.FOLDER,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with MemoryWatch(process.pid) as watch:
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"the backup ({side}) ended with {process.returncode}")
    report.add(f"repository {side} seconds", "posevault", time.perf_counter() - began)
    report.add(f"repository {side} written", "posevault", usage.ru_oublock * 512 / 1e6)
    report.add(f"repository {side} read", "posevault", usage.ru_inblock * 512 / 1e6)
    report.add(f"repository {side} memory", "posevault", watch.peak)
