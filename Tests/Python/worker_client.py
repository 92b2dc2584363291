"""Has `posevault extract --worker` look at pictures (docs/worker.md). The standard library is all that it needs."""

import json
import struct
import subprocess
import threading
from collections import namedtuple

STATUS = ["ok", "nobody", "unsupported", "corrupt", "too_large", "crashed"]
# poses: for each person the score, 33 landmarks of (x, y, z, visibility, presence), and 33 of (x, y, z) in metres
Record = namedtuple("Record", "status width height message poses")


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

    def record(self):
        body = self.frame()
        status, width, height, people, length = struct.unpack_from("<5I", body)
        start, poses = 20 + length, []
        for score, points, metres in struct.iter_unpack("<f660s396s", body[start : start + 1060 * people]):
            poses.append((score, list(struct.iter_unpack("<5f", points)), list(struct.iter_unpack("<3f", metres))))
        return Record(STATUS[status], width, height, body[20:start].decode(), poses)

    def send(self, pictures):
        with self.process.stdin as pipe:
            for picture in pictures:
                pipe.write(struct.pack("<I", len(picture)) + picture)

    def extract(self, pictures):
        """A record for each of a list of pictures, in their order; the worker ends with the last one."""
        threading.Thread(target=self.send, args=[pictures], daemon=True).start()
        yield from (self.record() for _ in pictures)
