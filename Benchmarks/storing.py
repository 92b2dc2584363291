"""What an upload to MySQL and MongoDB costs beyond decoding and inference, in fsyncs of the same disk."""

import os
import re
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
        measure_uploads(report, "embedded", port, small, requests)
    for flavor in databases.flavors():
        with databases.both(flavor) as settings, server(settings) as (_, _, port):
            measure_uploads(report, flavor, port, small, requests)
    report.add("storing fsync", "posevault", fsync())


def measure_uploads(report: Report, name: str, port: int, small: list[Path], requests: int) -> None:
    """The median of an upload, from the first byte sent to the last received, and of it what is no decoding or
    inference: beside databases, and after each wait for the disk, these find colder caches than one after the other."""
    connection, wholes, rests = plain.Connection(port), [], []
    bodies = [load.body(picture) for picture in small]
    header = f"Content-Type: multipart/form-data; boundary={load.BOUNDARY}\r\n"
    worked = work(connection)
    for number in range(WARMING + requests):
        begin = time.perf_counter()
        status, _ = connection.request("POST", "/api/extract-pose", bodies[number % len(bodies)], header)
        whole = (time.perf_counter() - begin) * 1000
        if status != 201:
            raise processes.Failed(f"port {port} answered {status}")
        before, worked = worked, work(connection)
        wholes.append(whole)
        rests.append(whole - (worked - before))
    connection.close()
    report.add(f"storing {name}", "posevault", statistics.median(wholes[WARMING:]))
    report.add(f"storing {name} rest", "posevault", statistics.median(rests[WARMING:]))


def work(connection: plain.Connection) -> float:
    """Milliseconds that the server's workers have spent with pictures so far."""
    _, numbers = connection.request("GET", "/metrics")
    found = re.search(rb"^posevault_inference_seconds_sum (\S+)$", numbers, re.MULTILINE)
    return 1000 * float(found[1]) if found else 0


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
