"""A real `posevault serve`, in a process of its own, on a free port of 127.0.0.1."""

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POSEVAULT = os.environ.get("POSEVAULT", str(ROOT / ".build" / "debug" / "posevault"))
PICTURES = ROOT / ".runtime" / "test-pictures"
READY = re.compile(r"Ready on http://127\.0\.0\.1:(\d+)")


@contextlib.contextmanager
def program_without_decoder():
    """The program where it finds its libraries and models, but no posevault-decode."""
    # as deep in the checkout as the folder that it is built in, for its libraries
    with tempfile.TemporaryDirectory(dir=ROOT / ".runtime") as place:
        program = Path(place, "bin", "posevault")
        program.parent.mkdir()
        os.link(Path(POSEVAULT).resolve(), program)
        program.with_name("models").symlink_to(ROOT / ".runtime" / "models")
        yield program


class RealServer:
    """Its data goes with it, unless it is started again in the same folder."""

    def __init__(self, program=POSEVAULT, **settings):
        self.program = program
        self.settings = settings
        self.folder = tempfile.TemporaryDirectory()
        self.port = 0
        self.process = None
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        log = Path(self.folder.name) / "log"
        environment = {"PORT": str(self.port), "DATA_DIR": self.folder.name + "/data"} | self.settings
        # compiled models
        environment["XDG_CACHE_HOME"] = str(ROOT / ".runtime" / "cache")
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [self.program, "serve"], cwd=self.folder.name, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output,
            )
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            if ready := READY.search(log.read_text()):
                self.port = int(ready[1])
                return
            time.sleep(0.02)
        raise RuntimeError("The server did not get ready:\n" + log.read_text())

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.folder.cleanup()

    def call(self, method, path, body=None, **headers):
        """The answer's JSON and its headers."""
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer), answer.headers

    def pose(self, number, include="details,world,corrected"):
        return self.call("GET", f"/api/poses/{number}?include={include}")[0]["data"]

    def upload(self, picture, name=None, most=10):
        """The ids of the people found, the best first."""
        name = name or picture
        head = f'--edge\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
        body = head.encode() + (PICTURES / picture).read_bytes() + b"\r\n--edge--\r\n"
        answer, _ = self.call(
            "POST", f"/api/extract-pose?maxPoses={most}", body, **{"Content-Type": "multipart/form-data; boundary=edge"}
        )
        return [pose["id"] for pose in answer["data"]["poses"]]

    def correct(self, number, joint, **values):
        """Saves one joint elsewhere, as another person at another screen does."""
        keypoints = self.pose(number)["keypoints"]
        for keypoint in keypoints:
            keypoint.pop("corrected", None)
            if keypoint["name"] == joint:
                keypoint.update(values)
        body = json.dumps({"keypoints": keypoints}).encode()
        self.call("PUT", f"/api/poses/{number}", body, **{"Content-Type": "application/json"})

    def exists(self, number):
        try:
            self.call("GET", f"/api/poses/{number}")
            return True
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return False
            raise
