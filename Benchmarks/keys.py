"""What a key costs a request: the same one of a server that asks nobody for a key, and of one that knows a hundred keys."""

import statistics
import subprocess
import time
from pathlib import Path

import load
import plain
from processes import Failed
from report import Report

REQUESTS = 3000
KEYS = 100


def measure(report: Report, program: str, server, data: Path, small: list[Path], share: int) -> None:
    """`server(settings, keep)` starts PoseVault with its data in the folder `data`."""
    with server({}) as (_, _, port):
        load.upload(port, "/api/extract-pose", small, requests=1, connections=1)
        report.add("request", "without keys", median(port, "", REQUESTS // share))
    for number in range(KEYS):
        role = "viewer" if number else "owner"
        command = [program, "key", "add", "--name", str(number), "--role", role]
        done = subprocess.run(command, env={"DATA_DIR": str(data)}, check=True, capture_output=True, text=True)
        key = done.stdout.strip()
    with server({}, keep=True) as (_, _, port):
        report.add("request", "with a key", median(port, f"Authorization: Bearer {key}\r\n", REQUESTS // share))


def median(port: int, header: str, times: int) -> float:
    """In microseconds, over one connection."""
    connection = plain.Connection(port)
    taken = []
    for turn in range(times + 100):
        begin = time.perf_counter()
        status, _ = connection.request("GET", "/api/poses/1", header=header)
        if status != 200:
            raise Failed(f"the pose was answered {status}")
        # the first ones wake what rests
        if turn >= 100:
            taken.append((time.perf_counter() - begin) * 1e6)
    connection.close()
    return statistics.median(taken)
