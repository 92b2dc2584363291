"""Pages of a million poses: PoseVault's answers over HTTP, and the same rows asked of the database as one naively would.

The naive side is timed without HTTP and JSON, which is to its advantage.
"""

import contextlib
import json
import random
import sqlite3
import statistics
import time

import databases
import pictures
import plain
import pymysql
from processes import Failed
from report import Report

LIMIT = 10
FAR_PAGE = 50_000
# naive pages take long, and about equally long each time
FAST, SLOW = 100, 5
# a count may be this old, in seconds
COUNT_AGE = 2
LANDMARKS = json.loads((pictures.ROOT / "Tests" / "Fixtures" / "examples.json").read_text())["landmarks"]

# the table of docs/migrating.md in SQLite's words
NAIVE = """
    CREATE TABLE poses (
      id INTEGER PRIMARY KEY AUTOINCREMENT, image_id TEXT NOT NULL, keypoints TEXT NOT NULL,
      created_at INTEGER, updated_at INTEGER);
    CREATE INDEX idx_image_id ON poses (image_id);
    CREATE INDEX idx_created_at ON poses (created_at);
    """


def measure(report: Report, server, data, rows: int) -> None:
    """`server(settings, keep)` starts PoseVault with its data in the folder `data`."""
    for flavor in databases.flavors():
        with databases.both(flavor) as settings:
            with server(settings):
                pass
            place = {"host": settings["MYSQL_HOST"], "port": int(settings["MYSQL_PORT"]), "user": "root"}
            with pymysql.connect(**place, database=settings["MYSQL_DATABASE"], autocommit=True) as connection:
                fill(connection.cursor(), "%s", "FROM_UNIXTIME(%s)", rows)
                with server(settings) as (_, _, port):
                    compare(report, flavor, port, connection.cursor(), rows)
    with server({}):
        pass
    with contextlib.closing(sqlite3.connect(data / "posevault.sqlite", isolation_level=None)) as connection:
        fill(connection.cursor(), "?", "?", rows)
    # the table without our indexes: SQLite would count the rows in one of them
    with contextlib.closing(sqlite3.connect(data / "naive.sqlite", isolation_level=None)) as naive:
        naive.executescript(NAIVE)
        fill(naive.cursor(), "?", "?", rows)
        with server({}, keep=True) as (_, _, port):
            compare(report, "embedded", port, naive.cursor(), rows)


def fill(cursor, place: str, moment: str, rows: int, more: dict[str, object] = {}) -> None:
    """A thousand different poses, then their copies; `more` has what is the same in all."""
    random.seed(1)
    columns = ", ".join(["image_id", "keypoints", "created_at", "updated_at", *more])
    places = ", ".join([place, place, moment, moment, *[place] * len(more)])
    for number in range(1000):
        cursor.execute(
            f"INSERT INTO poses ({columns}) VALUES ({places})",
            (f"{number:024x}", keypoints(), 1_765_000_000, 1_765_000_000, *more.values()),
        )
    count = 1000
    while count < rows:
        step = min(count, rows - count, 100_000)
        cursor.execute(f"INSERT INTO poses ({columns}) SELECT {columns} FROM poses ORDER BY id LIMIT {step}")
        count += step


def keypoints() -> str:
    """33 keypoints as PoseVault stores them: nine digits, about 3 KB."""
    number = random.random
    items = (
        f'{{"x":{number():.9f},"y":{number():.9f},"z":{number() - 1:.9f},"visibility":{number():.9f},'
        f'"name":"{name}"}}'
        for name in LANDMARKS
    )
    return f"[{','.join(items)}]"


def compare(report: Report, name: str, port: int, cursor, rows: int) -> None:
    def page(query: str):
        status, body = connection.request("GET", f"/api/poses?limit={LIMIT}&{query}")
        if status != 200 or body.count(b'"imageId"') != LIMIT:
            raise Failed(f"{name}: the page {query} is not as expected")

    def naive(number: int):
        cursor.execute("SELECT COUNT(*) FROM poses")
        cursor.fetchall()
        cursor.execute(f"SELECT * FROM poses ORDER BY id DESC LIMIT {LIMIT} OFFSET {(number - 1) * LIMIT}")
        if len(cursor.fetchall()) != LIMIT:
            raise Failed(f"{name}: the naive page {number} is not as expected")

    far = min(FAR_PAGE, rows // LIMIT // 2)
    afters = [random.randrange(LIMIT + 1, rows) for _ in range(FAST)]
    report.add(f"{name} first", "naive", timed(SLOW, lambda _: naive(1)))
    report.add(f"{name} far", "naive", timed(SLOW, lambda _: naive(far)))
    # not before: the server ends connections that rest
    connection = plain.Connection(port)
    report.add(f"{name} first", "posevault", timed(FAST, lambda _: page("page=1")))
    report.add(f"{name} far", "posevault", timed(SLOW, lambda _: page(f"page={far}")))
    # the first time they come from the disk, the second time, as the first page does, from the database's memory
    report.add(f"{name} cold", "posevault", timed(FAST, lambda turn: page(f"after={afters[turn]}")))
    report.add(f"{name} after", "posevault", timed(FAST, lambda turn: page(f"after={afters[turn]}")))
    report.add(f"{name} counted", "posevault", timed(SLOW, lambda _: page("page=1"), pause=COUNT_AGE + 0.5))
    connection.close()


def timed(times: int, body, pause: float = 0) -> float:
    """The median of the milliseconds that `body` takes."""
    taken = []
    for turn in range(times):
        time.sleep(pause)
        begin = time.perf_counter()
        body(turn)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken) * 1000
