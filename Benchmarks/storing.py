"""What an upload to MySQL and MongoDB costs beyond decoding and inference, in fsyncs of the same disk."""

import os
import statistics
import time
from pathlib import Path

import databases
import load
import pictures
import plain
import processes
from report import Report

FSYNCS = 200
WARMING = 24


def measure(report: Report, posevault: str, server, small: list[Path], share: int) -> None:
    """`server(settings)` starts PoseVault. One upload at a time, so that a request's time is its cost."""
    requests = 300 // share
    report.add("storing extract", "posevault", extract(posevault, small, requests))
    report.add("storing fsync", "posevault", fsync())
    with server({}) as (_, _, port):
        report.add("storing embedded", "posevault", upload(port, small, requests))
    for flavor in databases.flavors():
        with databases.both(flavor) as settings, server(settings) as (_, _, port):
            report.add(f"storing {flavor}", "posevault", upload(port, small, requests))
    report.add("storing fsync", "posevault", fsync())


def upload(port: int, small: list[Path], requests: int) -> float:
    """Milliseconds from the first byte sent to the last received, the median."""
    connection, times = plain.Connection(port), []
    bodies = [load.body(picture) for picture in small]
    header = f"Content-Type: multipart/form-data; boundary={load.BOUNDARY}\r\n"
    for number in range(WARMING + requests):
        begin = time.perf_counter()
        status, _ = connection.request("POST", "/api/extract-pose", bodies[number % len(bodies)], header)
        times.append(time.perf_counter() - begin)
        if status != 201:
            raise processes.Failed(f"port {port} answered {status}")
    connection.close()
    return statistics.median(times[WARMING:]) * 1000


def extract(posevault: str, small: list[Path], count: int) -> float:
    """Milliseconds that decoding and inference of a picture take, one after the other."""
    folder = pictures.folder_of(small, count, f"many-640-storing-{count}")
    command = [posevault, "extract", "--format", "jsonl", str(folder)]
    steady, _ = processes.lines_per_second(command, count, env=os.environ | {"WORKERS": "1"})
    return 1000 / steady


def fsync() -> float:
    """Milliseconds that writing 4 KiB to the end of a file and syncing it takes, the median of many."""
    path = pictures.FOLDER / "fsync"
    times = []
    with path.open("wb", buffering=0) as file:
        for _ in range(FSYNCS):
            begin = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begin)
    path.unlink()
    return statistics.median(times) * 1000
