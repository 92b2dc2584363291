"""Starting, watching and ending the programs that are measured."""

import contextlib
import http.client
import subprocess
import tempfile
import threading
import time
from pathlib import Path


class Failed(Exception):
    """A program did not do what was measured; the message is for a person."""


def tree(pid: int) -> list[int]:
    """The process and all that come from it."""
    found = [pid]
    for process in found:
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found


def memory(pid: int) -> float:
    """MiB of the process tree, each shared page counted once (PSS)."""
    total = 0
    for process in tree(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


class MemoryWatch:
    """The highest memory of a process tree while the block runs."""

    def __init__(self, pid: int, interval: float = 0.25):
        self.pid, self.interval, self.peak, self.done = pid, interval, 0.0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self) -> None:
        while not self.done.wait(self.interval):
            self.peak = max(self.peak, memory(self.pid))

    def __enter__(self) -> "MemoryWatch":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.done.set()
        self.thread.join()


def lines_per_second(command: list[str], count: int, **options) -> tuple[float, float]:
    """Runs a program that prints a line per picture; pictures per second once it is going, and with its start.

    The first is taken from the lines after the first tenth, so that start-up does not count.
    """
    begin = time.perf_counter()
    times, people = [], 0
    with tempfile.TemporaryFile() as words:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, **options) as process:
            for line in process.stdout:
                times.append(time.perf_counter())
                people += b'"nose"' in line
        end = time.perf_counter()
        if process.returncode != 0 or people != count:
            raise Failed(
                f"{' '.join(command)} found people in {people} of {count} pictures; status "
                f"{process.returncode}, {last_line(words)}"
            )
    skipped = max(1, count // 10)
    return (count - skipped) / (times[-1] - times[skipped - 1]), count / (end - begin)


@contextlib.contextmanager
def server(command: list[str], port: int, health: str, **options):
    """Starts a server and ends it; gives its process and the seconds until it answered at `health`."""
    words = tempfile.TemporaryFile()
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=words, **options)
    try:
        while not answers(port, health):
            if process.poll() is not None or time.perf_counter() - begin > 60:
                raise Failed(f"{' '.join(command)} did not answer on port {port}: {last_line(words)}")
            time.sleep(0.005)
        yield process, time.perf_counter() - begin
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        words.close()


def last_line(words) -> str:
    """What a program said last on standard error."""
    words.seek(0)
    return (words.read().decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def run(command: list[str]) -> tuple[float, float]:
    """Runs a program to its end; its seconds and its highest memory in MiB."""
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        with MemoryWatch(process.pid, 0.05) as memory:
            process.wait()
            seconds = time.perf_counter() - begin
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, memory.peak
