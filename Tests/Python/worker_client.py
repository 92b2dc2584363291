"""Has `posevault extract --worker` look at pictures: see docs/worker.md. The standard library is all that it needs."""

import json
import struct
import subprocess
import threading
from dataclasses import dataclass

STATUS = ["ok", "nobody", "unsupported", "corrupt", "too_large", "crashed"]


@dataclass
class Record:
    status: str
    width: int
    height: int
    message: str
    # for each person the score, 33 landmarks of (x, y, z, visibility, presence), and 33 of (x, y, z) in metres
    poses: list


class Worker:
    def __init__(self, program, *options, **how):
        command = [program, "extract", "--worker", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **how)
        if self.process.stdout.read(8) != b"PVWORK01":
            raise RuntimeError(f"the worker did not start: {self.process.wait()}")
        self.greeting = json.loads(self.frame())

    def frame(self):
        (length,) = struct.unpack("<I", self.process.stdout.read(4))
        return self.process.stdout.read(length)

    def send(self, pictures):
        with self.process.stdin as pipe:
            for picture in pictures:
                pipe.write(struct.pack("<I", len(picture)) + picture)
                pipe.flush()

    def record(self):
        body = self.frame()
        status, width, height, people, length = struct.unpack_from("<5I", body)
        numbers = struct.iter_unpack("<265f", body[20 + length :])
        poses = [
            (p[0], [p[i : i + 5] for i in range(1, 166, 5)], [p[i : i + 3] for i in range(166, 265, 3)]) for p in numbers
        ]
        assert len(poses) == people
        return Record(STATUS[status], width, height, body[20 : 20 + length].decode(), poses)

    def extract(self, pictures):
        """A record for each of a list of pictures, in their order; the worker ends with the last one."""
        sender = threading.Thread(target=self.send, args=[pictures])
        sender.start()
        yield from (self.record() for _ in pictures)
        sender.join()
        if self.process.wait() != 0:
            raise RuntimeError(f"the worker failed: {self.process.returncode}")
