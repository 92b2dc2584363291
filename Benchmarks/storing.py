"""What an upload to MySQL and MongoDB costs beyond decoding and inference, in fsyncs of the same disk."""

import os
import statistics
import time
from pathlib import Path

import databases
import load
import pictures
import processes
from report import Report

FSYNCS = 200


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
    load.upload(port, "/api/extract-pose", small, requests=24, connections=1)
    return load.upload(port, "/api/extract-pose", small, requests=requests, connections=1).p50


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
