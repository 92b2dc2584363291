"""A million poses as a file: rows a second, and whether the server's memory grows on the way."""

import contextlib
import http.client
import sqlite3
import sys
import time

import databases
import listing
import pymysql
from processes import Failed, MemoryWatch, memory
from report import Report

# lines a row: COCO has one for the picture and one for the person
FORMATS = {"jsonl": 1, "csv": 1, "coco": 2}
DETAILS = {"picture_width": 640, "picture_height": 425}
PIECE = 1 << 20


def measure(report: Report, server, data, rows: int) -> None:
    """`server(settings, keep)` starts PoseVault with its data in the folder `data`."""
    with server({}):
        pass
    with contextlib.closing(sqlite3.connect(data / "posevault.sqlite", isolation_level=None)) as connection:
        listing.fill(connection.cursor(), "?", "?", rows, DETAILS)
    with server({}, keep=True) as (process, _, port):
        export(report, "embedded", process.pid, port, rows)
    for flavor in databases.flavors():
        with databases.both(flavor) as settings:
            with server(settings):
                pass
            place = {"host": settings["MYSQL_HOST"], "port": int(settings["MYSQL_PORT"]), "user": "root"}
            with pymysql.connect(**place, database=settings["MYSQL_DATABASE"], autocommit=True) as connection:
                listing.fill(connection.cursor(), "%s", "FROM_UNIXTIME(%s)", rows, DETAILS)
            with server(settings) as (process, _, port):
                export(report, flavor, process.pid, port, rows)


def export(report: Report, name: str, pid: int, port: int, rows: int) -> None:
    """Adds the rate, the memory once a tenth has come, and the highest one."""
    for form, lines_per_row in FORMATS.items():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        begin = time.perf_counter()
        connection.request("GET", f"/api/poses/export?format={form}")
        answer, lines, early = connection.getresponse(), 0, None
        with MemoryWatch(pid, 1) as watch:
            while piece := answer.read(PIECE):
                lines += piece.count(b"\n")
                if early is None and lines > rows * lines_per_row / 10:
                    early = memory(pid)
        seconds = time.perf_counter() - begin
        connection.close()
        # beside the rows there are a few lines of head and tail
        if early is None or not 0 <= lines - rows * lines_per_row < 10:
            raise Failed(f"{name}: the export as {form} has {lines} lines for {rows} rows")
        report.add(f"{name} {form} rate", "posevault", rows / seconds)
        report.add(f"{name} {form} early", "posevault", early)
        report.add(f"{name} {form} peak", "posevault", watch.peak)
        print(f"{name} {form}: {rows} rows in {seconds:.0f} s, {early:.0f} then {watch.peak:.0f} MiB", file=sys.stderr, flush=True)
