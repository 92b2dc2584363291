"""Collects what was measured and tells it: medians, smallest and largest, and ratios."""

import datetime
import os
import platform
import statistics
from importlib.metadata import version
from pathlib import Path

# GFLOP of one picture with one person: two for each multiply-add of the detector (0.430 G) and of the landmark
# model without segmentation (0.386 − 0.035 G)
WORK = 2 * (0.430 + 0.386 - 0.035)

PEER = "MediaPipe 0.10.21, two Python processes"
# key, what it says, unit, whether more is better
ROWS = [
    ("files 640 steady", "files → JSON, 640 px", "pictures/s", True),
    ("files 640 whole", "the same with start-up", "pictures/s", True),
    ("files 12 MP steady", "files → JSON, 12 megapixels", "pictures/s", True),
    ("files 12 MP whole", "the same with start-up", "pictures/s", True),
    ("uploads kept rate", "uploads, 4 connections kept open", "requests/s", True),
    ("uploads kept p50", "– answered within, half of them", "ms", False),
    ("uploads kept p99", "– answered within, 99 %", "ms", False),
    ("uploads new rate", "uploads, 4 at once, a connection each", "requests/s", True),
    ("uploads new p50", "– answered within, half of them", "ms", False),
    ("uploads new p99", "– answered within, 99 %", "ms", False),
    ("memory", "server's memory under that load", "MiB", False),
    ("load client", "– the load client's share of a core", "%", None),
]


STORAGES = {
    "embedded": "SQLite and files",
    "mariadb": "MariaDB and MongoDB",
    "mysql9": "MySQL 9 and MongoDB",
}


class Report:
    def __init__(self, options):
        self.options = options
        self.values: dict[tuple[str, str], list[float]] = {}
        self.busy = os.getloadavg()[0]

    def add(self, key: str, side: str, value: float) -> None:
        self.values.setdefault((key, side), []).append(value)

    def last(self, key: str) -> float:
        return self.values[key, "posevault"][-1]

    def median(self, key: str, side: str) -> float | None:
        values = self.values.get((key, side))
        return statistics.median(values) if values else None

    def cell(self, key: str, side: str) -> str:
        values = self.values.get((key, side))
        if not values:
            return "–"
        return f"{digits(statistics.median(values))} ({digits(min(values))}–{digits(max(values))})"

    def ratio(self, key: str, more_is_better: bool | None) -> str:
        ours, theirs = self.median(key, "posevault"), self.median(key, "peer")
        if ours is None or theirs is None or more_is_better is None:
            return "–"
        return f"{ours / theirs if more_is_better else theirs / ours:.2f}"

    def show(self, results: Path) -> None:
        text = "\n".join(self.lines())
        print(text)
        if self.options.is_whole:
            results.write_text(f"# Results\n\n{text}\n")

    def lines(self):
        yield from self.circumstances()
        yield from self.table()
        yield from self.against_better_peer()
        yield from self.storing()
        yield from self.keys()
        yield from self.listing()
        yield from self.exporting()
        yield from self.backup()
        yield from self.repository()
        yield from self.machine_share()
        yield from self.start()
        yield from self.endurance()
        side = "process per picture"
        if ("once", side) in self.values:
            yield (
                f"- For scale, one Python process per picture: {self.cell('once', side)} s a picture, "
                f"{self.cell('once memory', side)} MiB."
            )

    def table(self):
        measured = {key for key, _ in self.values}
        rows = [row for row in ROWS if row[0] in measured]
        if not rows:
            return
        yield f"| what | unit | PoseVault | {PEER} | PoseVault is better by |"
        yield "| --- | --- | --- | --- | --- |"
        for key, name, unit, more_is_better in rows:
            cells = [self.cell(key, "posevault"), self.cell(key, "peer"), self.ratio(key, more_is_better)]
            yield f"| {name} | {unit} | {' | '.join(cells)} |"
        yield ""

    def circumstances(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        yield (
            f"{now:%Y-%m-%d %H:%M} UTC, {processor()}, {os.cpu_count()} cores, Linux {platform.release()}, "
            f"Python {platform.python_version()}, MediaPipe {version('mediapipe')}, "
            f"OpenCV {version('opencv-contrib-python')}, FastAPI {version('fastapi')}."
        )
        yield f"Medians of {self.options.rounds} rounds taken in turn, smallest and largest in brackets."
        if self.busy > 0.5:
            yield f"**The machine was busy with something else (load {self.busy:.1f}): these numbers say little.**"
        if self.options.quick:
            yield "**Quick: few pictures, so these numbers say little.**"
        yield ""

    def against_better_peer(self):
        ours, theirs = (
            [self.median(f"uploads {name} rate", side) for name in ("kept", "new")] for side in ("posevault", "peer")
        )
        if None not in ours + theirs:
            yield (
                f"- Uploads, the better way of each: {digits(max(ours))} against {digits(max(theirs))} requests/s, "
                f"{max(ours) / max(theirs):.2f} times."
            )

    def storing(self):
        """The cost of an upload beyond decoding and inference."""
        extract, fsync = (self.median(f"storing {what}", "posevault") for what in ("extract", "fsync"))
        if extract is None or fsync is None:
            return
        yield (
            f"- One upload at a time; decoding and inference alone, one after the other, take {digits(extract)} ms, "
            f"an fsync {digits(fsync)} ms:"
        )
        for name, title in STORAGES.items():
            if whole := self.median(f"storing {name}", "posevault"):
                rest = self.median(f"storing {name} rest", "posevault")
                yield (
                    f"  - {title}: {digits(whole)} ms, of these {digits(rest)} ms not for decoding and inference: "
                    f"four fsyncs and {rest - 4 * fsync:+.2f} ms."
                )

    def keys(self):
        """What a key costs."""
        without, with_key = self.median("request", "without keys"), self.median("request", "with a key")
        if without and with_key:
            yield (
                f"- A pose by its id is answered within {digits(with_key)} µs where a key is asked for, of a hundred, and "
                f"{digits(without)} µs where none is: {with_key - without:+.0f} µs."
            )

    def repository(self):
        """Runs of a repository beside whole archives of the same."""
        titles = {"first": "first run of a repository", "night": "a night with 1 % new pictures", "zip": "whole archive",
                  "rows": "whole archive of the same rows, with pictures of a byte"}
        for side, title in titles.items():
            if self.median(f"repository {side} seconds", "posevault") is None:
                continue
            what = ", ".join(
                f"{self.cell(f'repository {side} {key}', 'posevault')} {unit}"
                for key, unit in (("seconds", "s"), ("written", "MB written"), ("read", "MB read"), ("memory", "MiB"))
            )
            yield f"- Backup, {title}: {what}."
        for side, title in (("repository", "a repository"), ("zip", "a whole archive")):
            if self.median(f"repository restore {side}", "posevault") is not None:
                yield f"- Restore from {title}: {self.cell(f'repository restore {side}', 'posevault')} s."

    def listing(self):
        """Pages of many poses."""
        for name, title in STORAGES.items():
            first, far = self.median(f"{name} first", "posevault"), self.median(f"{name} far", "posevault")
            after, cold, counted = (self.median(f"{name} {what}", "posevault") for what in ("after", "cold", "counted"))
            naive_first, naive_far = self.median(f"{name} first", "naive"), self.median(f"{name} far", "naive")
            if first and naive_first:
                yield (
                    f"- Lists of many poses, {title}: first page {digits(first)} ms, naively {digits(naive_first)} "
                    f"({naive_first / first:.0f} times); counted anew {digits(counted)} ms; the page in the middle {digits(far)} ms, "
                    f"naively {digits(naive_far)} ({naive_far / far:.1f} times); after any id {digits(after)} ms "
                    f"({after / first:.2f} of the first page), {digits(cold)} ms the first time."
                )

    def exporting(self):
        """Many poses as a file."""
        for name, title in STORAGES.items():
            for form in ("jsonl", "csv", "coco"):
                rate, early, peak = (self.median(f"{name} {form} {what}", "posevault") for what in ("rate", "early", "peak"))
                if rate:
                    yield (
                        f"- Many poses as {form}, {title}: {digits(rate)} rows/s; the server's memory {digits(early)} MiB "
                        f"after a tenth, at most {digits(peak)} MiB."
                    )

    def backup(self):
        """A proven archive, and what it costs."""
        ours, theirs = self.median("backup databases", "posevault"), self.median("backup databases", "peer")
        if ours and theirs:
            size = self.median("backup megabytes", "posevault")
            embedded = self.median("backup embedded", "posevault")
            yield (
                f"- A backup of {size:.0f} MB of pictures: proven from MariaDB and MongoDB in {digits(ours)} s, from the "
                f"embedded storage in {digits(embedded)} s; mariadb-dump and zip, of pictures that lie in files "
                f"already and without any proof, take {digits(theirs)} s. Ours take {ours / theirs:.2f} and "
                f"{embedded / theirs:.2f} times as long."
            )
        for (key, _), values in self.values.items():
            if key.startswith("backup memory "):
                count = int(key.split()[-1])
                yield (
                    f"- Memory for a backup of {count} pictures, above the idle server: {values[0]:.1f} MiB; 64 MB and 400 "
                    f"bytes a picture would be {(64e6 + 400 * count) / 2**20:.1f}."
                )

    def machine_share(self):
        one, two = self.median("sgemm 1", "machine"), self.median("sgemm 2", "machine")
        yield f"- The machine multiplies matrices at {one:.0f} GFLOP/s on one core, {two:.0f} on two (sgemm, 2048², OpenBLAS)."
        for side, name in [("posevault", "PoseVault"), ("peer", "the peer")]:
            if rate := self.median("files 640 steady", side):
                yield (
                    f"- At {WORK:.2f} GFLOP a picture, {name} does {rate * WORK:.0f} GFLOP/s in the files of "
                    f"640 px: {rate * WORK / two:.0%} of the two-core sgemm rate."
                )

    def start(self):
        if ready := self.median("ready", "posevault"):
            yield (
                f"- PoseVault answers {ready:.2f} s after its start; the first two pictures take "
                f"{self.median('first answer', 'posevault') * 1000:.0f} ms each."
            )

    def endurance(self):
        if values := self.values.get(("endurance", "posevault")):
            early, late = statistics.median(values[1:6]), statistics.median(values[-5:])
            yield (
                f"- Memory over {len(values) * 500} uploads: {early:.1f} MiB after the first thousands, {late:.1f} MiB "
                f"at the end ({late - early:+.1f}), highest {max(values):.1f}."
            )


def digits(value: float) -> str:
    """About three digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
