"""Makes an archive of more than 4 GiB and more than 65,535 entries, and opens it with unzip, 7-Zip and Python.

large_archive.py [PICTURES [BYTES]]: how many pictures, of how many bytes each on average. See Scripts/test-large.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import stock

ROOT = Path(__file__).resolve().parents[2]
POSEVAULT = os.environ.get("POSEVAULT", str(ROOT / ".build" / "release" / "posevault"))
# beyond what ZIP could hold before ZIP64
ENTRIES, LENGTH = (1 << 16) - 1, (1 << 32) - 1
# what each picture takes as row, spool, dump and in the throwaway database
ROW = 50_000


def main(pictures: int = 66_000, average: int = 70_000) -> None:
    # all sizes about it, and one that is larger than what is read at once
    sizes = [average // 2 + number * average // pictures for number in range(pictures - 1)] + [20_000_000]
    needed = 2 * sum(sizes) + pictures * ROW
    if shutil.disk_usage(tempfile.gettempdir()).free < needed:
        sys.exit(f"test-large: {tempfile.gettempdir()} needs {needed >> 30} GB of free space")
    with tempfile.TemporaryDirectory(prefix="posevault-large-") as folder:
        prove(Path(folder), sizes)


def prove(folder: Path, sizes: list[int]) -> None:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(folder)}
    environment |= {"DATA_DIR": str(folder / "data"), "BACKUP_DIR": str(folder / "backups")}

    def run(title: str, *command: str) -> str:
        begin = time.monotonic()
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"test-large: {title} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
        print(f"{title}: {time.monotonic() - begin:.0f} s", flush=True)
        return done.stdout

    run("tables", POSEVAULT, "migrate")
    stock.fill(folder / "data", sizes)
    archive = run("backup create", POSEVAULT, "backup", "create").strip()
    # the space is needed no longer
    shutil.rmtree(folder / "data")
    with zipfile.ZipFile(archive) as opened:
        begin = time.monotonic()
        entries = len(opened.namelist())
        if broken := opened.testzip():
            sys.exit(f"test-large: Python's zipfile finds {broken} broken")
        print(f"zipfile: {time.monotonic() - begin:.0f} s", flush=True)
    run("unzip -t", "unzip", "-tqq", archive)
    run("7z t", "7z", "t", "-bd", archive)
    run("backup verify", POSEVAULT, "backup", "verify", archive)
    length = os.path.getsize(archive)
    print(f"{entries} entries and {length} bytes opened in all of them")
    if entries <= ENTRIES or length <= LENGTH:
        sys.exit("test-large: but that is within what ZIP could always hold")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
