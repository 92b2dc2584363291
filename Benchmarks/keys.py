"""What a key costs a request: the same one of a server that asks nobody for a key, and of one that knows a hundred keys."""

import shutil
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
        load.upload(port, "/api/extract-pose", small, requests=2, connections=1)
    keyed = data.with_name(f"{data.name}-with-keys")
    shutil.rmtree(keyed, ignore_errors=True)
    shutil.copytree(data, keyed)
    for number in range(KEYS):
        role = "viewer" if number else "owner"
        command = [program, "key", "add", "--name", str(number), "--role", role]
        done = subprocess.run(command, env={"DATA_DIR": str(keyed)}, check=True, capture_output=True, text=True)
        key = done.stdout.strip()
    with (
        server({}, keep=True) as (_, _, without_keys),
        server({"DATA_DIR": str(keyed)}, keep=True) as (_, _, with_keys),
    ):
        sides = [(without_keys, ""), (with_keys, f"Authorization: Bearer {key}\r\n")]
        for name, taken in zip(("without keys", "with a key"), medians(sides, REQUESTS // share), strict=True):
            report.add("request", name, taken)
    shutil.rmtree(keyed)


def medians(sides: list[tuple[int, str]], times: int) -> list[float]:
    """In microseconds, for each port and header, over one connection each. They are asked in turn, so that whatever else
    the machine does counts for all."""
    connections = [plain.Connection(port) for port, _ in sides]
    if (status := connections[-1].request("GET", "/api/poses/1")[0]) != 401:
        raise Failed(f"without a key, the pose was answered {status}")
    taken: list[list[float]] = [[] for _ in sides]
    for turn in range(times + 100):
        for connection, (_, header), durations in zip(connections, sides, taken, strict=True):
            begin = time.perf_counter()
            status, _ = connection.request("GET", "/api/poses/1", header=header)
            if status != 200:
                raise Failed(f"the pose was answered {status}")
            # the first ones wake what rests
            if turn >= 100:
                durations.append((time.perf_counter() - begin) * 1e6)
    for connection in connections:
        connection.close()
    return [statistics.median(durations) for durations in taken]
