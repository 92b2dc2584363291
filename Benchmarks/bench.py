"""Measures PoseVault and its peer in turn (A B A B …) and writes the medians: see README.md."""

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import backup
import exporting
import keys
import listing
import load
import pictures
import processes
import repository
import storing
from report import Report

ROOT, HERE = pictures.ROOT, Path(__file__).resolve().parent
POSEVAULT = os.environ.get("POSEVAULT", str(ROOT / ".build" / "release" / "posevault"))
# nothing of the user's configuration
PARTS = ["files", "uploads", "storing", "keys", "listing", "backup"]
# these take half an hour each, so only when they are asked for
LONG_PARTS = ["export", "repository"]
DATA = pictures.FOLDER / "data"
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def main() -> None:
    options = arguments()
    os.environ["PYTHONPATH"] = str(HERE / "peer")
    report = Report(options)
    try:
        small, large = pictures.make()
        for number in range(options.rounds):
            print(f"Round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            gemm(report)
            if "files" in options.only:
                files(report, options, small, large)
            if "uploads" in options.only:
                uploads(report, options, small)
                once(report, small)
            if "storing" in options.only and not options.peer_only:
                storing.measure(report, POSEVAULT, posevault_server, small, options.share)
            if "keys" in options.only and not options.peer_only:
                keys.measure(report, POSEVAULT, posevault_server, DATA, small, options.share)
        if not options.peer_only:
            if "listing" in options.only:
                listing.measure(report, posevault_server, DATA, 1_000_000 // options.share)
            if "export" in options.only:
                exporting.measure(report, posevault_server, DATA, 1_000_000 // options.share)
            if "backup" in options.only:
                backup.speed(report, POSEVAULT, options.share, options.rounds)
                backup.memory(report, POSEVAULT, posevault_server, options.share)
            if "repository" in options.only:
                repository.measure(report, POSEVAULT, options.share, options.rounds)
            readiness(report, options, small)
            if options.long:
                endurance(report, small)
    except processes.Failed as failure:
        sys.exit(f"bench: {failure}")
    report.show(HERE / "results.md")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (5)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the pictures: a look, not a result")
    parser.add_argument("--long", action="store_true", help="also 10,000 uploads, to see whether memory grows")
    parser.add_argument("--peer-only", action="store_true", help="without PoseVault")
    parser.add_argument("--only", nargs="+", choices=PARTS + LONG_PARTS, default=PARTS, help="some of what is measured")
    options = parser.parse_args()
    options.is_whole = not options.quick and not options.peer_only and options.only == PARTS
    options.share = 10 if options.quick else 1
    if not (options.peer_only or Path(POSEVAULT).is_file()):
        sys.exit(f"bench: {POSEVAULT} is not there; run make build first")
    return options


def gemm(report: Report) -> None:
    for threads in (1, 2):
        environment = ENVIRONMENT | {"OPENBLAS_NUM_THREADS": str(threads)}
        command = [sys.executable, str(HERE / "gemm.py")]
        output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        report.add(f"sgemm {threads}", "machine", float(output))


def files(report: Report, options: argparse.Namespace, small: list[Path], large: Path) -> None:
    folders = [
        ("640", pictures.folder_of(small, 600 // options.share, f"many-640-{options.share}")),
        ("12 MP", pictures.folder_of([large], 60 // options.share, f"many-12-megapixels-{options.share}")),
    ]
    sides = {"peer": [sys.executable, str(HERE / "peer" / "files.py")]}
    if not options.peer_only:
        sides["posevault"] = [POSEVAULT, "extract", "--format", "jsonl"]
    for name, folder in folders:
        count = len(list(folder.iterdir()))
        for side, command in sides.items():
            steady, whole = processes.lines_per_second([*command, str(folder)], count)
            report.add(f"files {name} steady", side, steady)
            report.add(f"files {name} whole", side, whole)


def uploads(report: Report, options: argparse.Namespace, small: list[Path]) -> None:
    sides = {"peer": peer_server} if options.peer_only else {"peer": peer_server, "posevault": posevault_server}
    for side, start in sides.items():
        path = "/extract-pose" if side == "peer" else "/api/extract-pose"
        with start() as (process, _, port):
            load.upload(port, path, small, requests=24)
            # a connection of its own for each request lets the idle one of FastAPI's workers take it
            for name, keep_alive in [("kept", True), ("new", False)]:
                with processes.MemoryWatch(process.pid) as memory:
                    result = load.upload(port, path, small, requests=300 // options.share, keep_alive=keep_alive)
                report.add(f"uploads {name} rate", side, result.rate)
                report.add(f"uploads {name} p50", side, result.p50)
                report.add(f"uploads {name} p99", side, result.p99)
                report.add("load client", side, result.client * 100)
                report.add("memory", side, memory.peak)


def once(report: Report, small: list[Path]) -> None:
    seconds, memory = processes.run([sys.executable, str(HERE / "peer" / "once.py"), str(small[0])])
    report.add("once", "process per picture", seconds)
    report.add("once memory", "process per picture", memory)


def readiness(report: Report, options: argparse.Namespace, small: list[Path]) -> None:
    for _ in range(options.rounds):
        with posevault_server() as (process, seconds, port):
            report.add("ready", "posevault", seconds)
            first = load.upload(port, "/api/extract-pose", small, requests=2, connections=1)
            report.add("first answer", "posevault", first.p50 / 1000)


def endurance(report: Report, small: list[Path]) -> None:
    """10,000 uploads; the memory after each 500."""
    with posevault_server() as (process, _, port):
        for batch in range(20):
            load.upload(port, "/api/extract-pose", small, requests=500)
            report.add("endurance", "posevault", processes.memory(process.pid))
            print(f"{(batch + 1) * 500} uploads, {report.last('endurance'):.1f} MiB", file=sys.stderr, flush=True)


@contextlib.contextmanager
def posevault_server(settings: dict[str, str] | None = None, *, keep: bool = False):
    """On the disk of this checkout, so that fsync costs what it costs; empty before, unless data are kept."""
    port = free_port()
    if not keep:
        shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(exist_ok=True)
    environment = ENVIRONMENT | {"PORT": str(port), "HOST": "127.0.0.1", "DATA_DIR": str(DATA)} | (settings or {})
    with processes.server([POSEVAULT, "serve"], port, "/api/health/live", env=environment, cwd=DATA) as (
        process,
        seconds,
    ):
        yield process, seconds, port


@contextlib.contextmanager
def peer_server():
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "server:app",
        "--port",
        str(port),
        "--workers",
        "2",
        "--log-level",
        "warning",
    ]
    with processes.server(command, port, "/health") as (process, seconds):
        yield process, seconds, port


def free_port() -> int:
    """BENCH_PORT if it is set, else one that the system picks."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", int(os.environ.get("BENCH_PORT", 0))))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
