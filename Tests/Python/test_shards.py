"""Gives `posevault extract` tars as Python's tarfile and GNU tar write them, whole and broken, and reads its results.

POSEVAULT names the program, else .build/debug/posevault.
"""

import bz2
import contextlib
import gzip
import hashlib
import io
import json
import lzma
import os
import resource
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POSEVAULT = os.environ.get("POSEVAULT", str(ROOT / ".build" / "debug" / "posevault"))
CASES = ROOT / ".runtime" / "test-pictures" / "cases"
PICTURES = ["astronaut-160.jpg", "astronaut-cut-below.jpg", "nobody-cat.jpg"]
BLOCK = 512


def run(*arguments, cwd, expecting=0, stdin=None):
    done = subprocess.run([POSEVAULT, "extract", *arguments], cwd=cwd, input=stdin, capture_output=True, timeout=300)
    if done.returncode != expecting:
        raise AssertionError(f"{arguments}: {done.returncode}, {done.stderr.decode()}")
    return done


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def tar(members, form=tarfile.PAX_FORMAT):
    """A tar of (name, bytes)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


class Shards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = {name: (CASES / name).read_bytes() for name in PICTURES}
        with tempfile.TemporaryDirectory() as folder:
            for name, content in cls.pictures.items():
                (Path(folder) / name).write_bytes(content)
            # what pictures give that lie in files
            told = lines(run(*PICTURES, cwd=folder).stdout)
        cls.expected = {entry.pop("file"): entry for entry in told}

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, path, content):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def shard(self, *names):
        """A tar of pictures under `names`, with a text beside each as data sets have it."""
        members = []
        for index, name in enumerate(names):
            members.append((name, self.pictures[PICTURES[index % len(PICTURES)]]))
            members.append((name.rsplit(".", 1)[0] + ".txt", b"a caption"))
        return tar(members)

    def check(self, entries, names, before=""):
        self.assertEqual([entry["file"] for entry in entries], [before + name for name in names])
        for index, entry in enumerate(entries):
            expected = self.expected[PICTURES[index % len(PICTURES)]]
            self.assertEqual({key: value for key, value in entry.items() if key != "file"}, expected)

    def test_tars_of_all_forms_give_what_their_files_give(self):
        long = "a" * 90 + "/" + "b" * 90 + ".png"
        for form in [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]:
            with self.subTest(form=form):
                names = [long, "ü.jpg", "./c.png"]
                content = tar([(name, self.pictures[PICTURES[i]]) for i, name in enumerate(names)], form)
                self.write("x.tar", content)
                self.check(lines(run("x.tar", cwd=self.folder).stdout), [long, "ü.jpg", "c.png"], before="x.tar/")

    def test_tars_of_gnu_tar_are_read_with_their_folders(self):
        for name, content in self.pictures.items():
            self.write(f"in/{name}", content)
        for form in ["v7", "ustar", "oldgnu", "gnu", "posix"]:
            with self.subTest(form=form):
                subprocess.run(
                    ["tar", "--sort=name", f"--format={form}", "-cf", "x.tar", "in"], cwd=self.folder, check=True
                )
                entries = lines(run("x.tar", cwd=self.folder).stdout)
                self.assertEqual([e["file"] for e in entries], [f"x.tar/in/{name}" for name in sorted(PICTURES)])

    def test_a_tar_from_standard_input_names_its_pictures_as_it_does(self):
        names = ["1.png", "2.jpg", "3.png"]
        done = run("-", cwd=self.folder, stdin=self.shard(*names))
        self.check(lines(done.stdout), names)

    def test_what_is_packed_is_told_in_one_line_wherever_it_comes_from(self):
        shard = self.shard("1.png")
        packed = {"gzip": gzip.compress(shard), "bzip2": bz2.compress(shard), "xz": lzma.compress(shard)}
        for name, content in packed.items():
            with self.subTest(name):
                self.write("x.tar.gz", content)
                self.write("x.tar", content)
                self.write("x.jpg", content)
                for arguments, stdin in [(["-"], content), (["x.tar.gz"], None), (["x.tar"], None), (["x.jpg"], None)]:
                    done = run(*arguments, cwd=self.folder, expecting=1, stdin=stdin)
                    [line] = done.stdout.splitlines()
                    self.assertIn(f"packed with {name}", json.loads(line)["error"]["message"], arguments)

    def test_a_list_of_paths_may_have_a_byte_order_mark(self):
        self.write("ü.jpg", self.pictures["nobody-cat.jpg"])
        self.write("b.jpg", self.pictures["nobody-cat.jpg"])
        text = "ü.jpg\r\nb.jpg\r\n"
        for encoding in ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]:
            mark = "\ufeff" if "16" in encoding else ""
            with self.subTest(encoding):
                done = run("-", cwd=self.folder, stdin=(mark + text).encode(encoding))
                self.assertEqual([e["file"] for e in lines(done.stdout)], ["ü.jpg", "b.jpg"])
        done = run("-", cwd=self.folder, expecting=1, stdin=text.encode("utf-32"))
        self.assertIn("UTF-32", lines(done.stdout)[0]["error"]["message"])

    def test_paths_on_standard_input_may_be_tars(self):
        self.write("a.tar", self.shard("1.png"))
        self.write("b.tar", self.shard("1.png"))
        done = run("-", cwd=self.folder, stdin=b"a.tar\nb.tar\n")
        self.assertEqual([e["file"] for e in lines(done.stdout)], ["a.tar/1.png", "b.tar/1.png"])

    def test_hidden_files_and_what_is_no_picture_are_passed_over(self):
        picture = self.pictures["nobody-cat.jpg"]
        names = ["._a.png", "__MACOSX/a.png", ".git/a.png", "notes.json", "a.png"]
        self.write("x.tar", tar([(name, picture) for name in names]))
        self.assertEqual([e["file"] for e in lines(run("x.tar", cwd=self.folder).stdout)], ["x.tar/a.png"])

    def test_results_lie_where_the_inputs_do_and_tell_how_they_came_about(self):
        names = ["1.png", "2.jpg", "3.png"]
        shard = self.write("data/val/00000.tar", self.shard(*names))
        self.write("data/train/00000.tar", self.shard(*names[:1]))
        self.write("data/one.png", self.pictures["astronaut-160.jpg"])
        run("--all", "--output", "out", "data", cwd=self.folder)
        results = ["one.png", "train/00000.tar", "val/00000.tar"]
        self.assertEqual(
            files_below(self.folder / "out"),
            sorted(f"{name}.{ending}" for name in results for ending in ["jsonl", "stats.json"]),
        )
        output = (self.folder / "out/val/00000.tar.jsonl").read_bytes()
        self.check(lines(output), names)
        stats = json.loads((self.folder / "out/val/00000.tar.stats.json").read_text())
        content = shard.read_bytes()
        self.assertEqual(
            (stats["input"]["bytes"], stats["input"]["sha256"]), (len(content), hashlib.sha256(content).hexdigest())
        )
        self.assertEqual(stats["output"]["file"], "00000.tar.jsonl")
        self.assertEqual(stats["output"]["sha256"], hashlib.sha256(output).hexdigest())
        self.assertEqual(stats["pictures"], 3)
        self.assertEqual(
            stats["outcomes"], {"ok": 2, "nobody": 1, "unsupported": 0, "corrupt": 0, "too_large": 0}
        )
        models = ROOT / ".runtime" / "models"
        self.assertEqual(
            stats["making"]["models"],
            {
                "detector": hashlib.sha256((models / "pose_detection.tflite").read_bytes()).hexdigest(),
                "landmarks": hashlib.sha256((models / "pose_landmark_full.tflite").read_bytes()).hexdigest(),
            },
        )
        version = subprocess.run([POSEVAULT, "--version"], check=True, capture_output=True, text=True).stdout.strip()
        self.assertEqual(stats["making"]["program"], version)

    def test_damaged_members_are_counted_and_cost_no_other(self):
        picture = self.pictures["astronaut-160.jpg"]
        members = [("a.png", picture[:-400]), ("b.png", b"no picture"), ("c.png", picture), ("d.png", b"")]
        members.append(("e.png", picture + bytes(2 * 1024 * 1024)))
        self.write("x.tar", tar(members))
        (self.folder / ".env").write_text("MAX_UPLOAD_MB=1\n")
        run("--output", "out", "x.tar", cwd=self.folder)
        entries = lines((self.folder / "out/x.tar.jsonl").read_bytes())
        self.assertEqual([e["file"] for e in entries], [name for name, _ in members])
        codes = [e.get("error", {}).get("code", "") for e in entries]
        self.assertEqual(codes[1:], ["UNSUPPORTED_IMAGE", "", "UNSUPPORTED_IMAGE", "IMAGE_TOO_LARGE"])
        stats = json.loads((self.folder / "out/x.tar.stats.json").read_text())
        self.assertEqual(sum(stats["outcomes"].values()), 5)
        self.assertEqual((stats["outcomes"]["unsupported"], stats["outcomes"]["too_large"]), (2, 1))

    def test_bad_tars_fail_alone_and_leave_no_result(self):
        picture = self.pictures["nobody-cat.jpg"]
        good = tar([("a.png", picture), ("b.png", picture)])
        end = len(tar([("a.png", picture)])) // BLOCK * BLOCK
        first = BLOCK + -(-len(picture) // BLOCK) * BLOCK
        huge = tarfile.TarInfo("huge.png")
        huge.size = 100 << 30
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "a.png"
        hard = tarfile.TarInfo("hard.png")
        hard.type, hard.linkname = tarfile.LNKTYPE, "a.png"
        pipe = tarfile.TarInfo("pipe.png")
        pipe.type = tarfile.FIFOTYPE
        start = good[:first]
        self.assertLess(first, end)
        sparse = self.folder / "sparse.png"
        with sparse.open("wb") as file:
            file.truncate(1 << 30)
            file.write(picture)
        kinds = {}
        for form in ["gnu", "posix"]:
            command = ["tar", "--sparse", f"--format={form}", "-cf", f"{form}.bin", "sparse.png"]
            subprocess.run(command, cwd=self.folder, check=True)
            kinds[f"sparse-{form}"] = (self.folder / f"{form}.bin").read_bytes(), "sparse.png is a sparse file"
        torn = bytearray(good)
        torn[first + 10] ^= 1
        kinds |= {
            "cut-in-a-picture": (good[: first + BLOCK + 100], "is truncated in b.png"),
            "cut-in-a-header": (good[: first + 100], "it has no end mark"),
            "cut-between": (start, "it has no end mark"),
            "huge": (start + huge.tobuf() + bytes(10 * BLOCK), "is truncated in huge.png"),
            "link": (start + link.tobuf() + bytes(2 * BLOCK), "link.png is a link"),
            "hard-link": (start + hard.tobuf() + bytes(2 * BLOCK), "hard.png is a link"),
            "pipe": (start + pipe.tobuf() + bytes(2 * BLOCK), "pipe.png is a device or a pipe"),
            "twice": (tar([("a.png", picture), ("./a.png", picture)]), "a.png occurs twice in the tar"),
            "torn-header": (bytes(torn), f"damaged at byte {first}"),
            "joined": (good + good, "continues after its end marker"),
            "empty": (b"", "The tar is empty"),
            "no-tar": (picture, "This is not a tar"),
        }
        for name, (content, _) in kinds.items():
            self.write(f"data/{name}.tar", content)
        self.write("data/good.tar", good)
        done = run("--all", "--output", "out", "data", cwd=self.folder, expecting=1)
        told = done.stderr.decode()
        for name, (_, message) in kinds.items():
            with self.subTest(name):
                line = next(line for line in told.splitlines() if line.startswith(f"posevault: data/{name}.tar: "))
                self.assertIn(message, line)
        self.assertEqual(files_below(self.folder / "out"), ["good.tar.jsonl", "good.tar.stats.json"])
        # and where they are shown, the error stands in its place
        done = run("data/link.tar", "data/good.tar", cwd=self.folder, expecting=1)
        entries = lines(done.stdout)
        self.assertEqual(
            [e["file"].removeprefix("data/") for e in entries],
            ["link.tar/a.png", "link.tar", "good.tar/a.png", "good.tar/b.png"],
        )
        self.assertEqual(entries[1]["error"]["code"], "CORRUPT_ARCHIVE")

    def results(self):
        return {path: (self.folder / "out" / path).stat().st_mtime_ns for path in files_below(self.folder / "out")}

    def test_what_is_done_is_passed_over_and_what_has_changed_is_done_again(self):
        for name in ["a.tar", "b.tar"]:
            self.write(f"data/{name}", self.shard("1.png"))
        self.write("data/c.png", self.pictures["nobody-cat.jpg"])
        command = ["--all", "--output", "out", "data"]
        run(*command, cwd=self.folder)
        first = self.results()
        done = run(*command, cwd=self.folder)
        self.assertEqual(self.results(), first)
        self.assertIn("0 results written, 3 already written, 0 inputs failed.", done.stderr.decode())

        # one byte of a caption, and the file's time set back
        a = self.folder / "data/a.tar"
        times = (a.stat().st_atime_ns, a.stat().st_mtime_ns)
        a.write_bytes(a.read_bytes().replace(b"a caption", b"A caption"))
        os.utime(a, ns=times)
        # a result that was cut
        with (self.folder / "out/b.tar.jsonl").open("r+b") as file:
            file.truncate(100)
        run(*command, cwd=self.folder)
        changed = {path for path, time in self.results().items() if first[path] != time}
        self.assertEqual(changed, {f"{name}.tar.{ending}" for name in "ab" for ending in ["jsonl", "stats.json"]})
        content = a.read_bytes()
        stats = json.loads((self.folder / "out/a.tar.stats.json").read_text())
        self.assertEqual(stats["input"]["sha256"], hashlib.sha256(content).hexdigest())

        # a copy with other times is the same input
        shutil.copy(a, self.folder / "copy")
        os.replace(self.folder / "copy", a)
        second = self.results()
        run(*command, cwd=self.folder)
        self.assertEqual(self.results(), second)
        run("--max-poses", "2", *command, cwd=self.folder)
        self.assertTrue(all(second[path] != time for path, time in self.results().items()))

    def test_an_input_that_has_become_bad_has_no_result_any_more(self):
        self.write("x.tar", self.shard("1.png"))
        run("--output", "out", "x.tar", cwd=self.folder)
        self.write("x.tar", self.shard("1.png")[:1000])
        run("--output", "out", "x.tar", cwd=self.folder, expecting=1)
        self.assertEqual(files_below(self.folder / "out"), [])

    def test_two_inputs_with_one_result_stop_the_start(self):
        for name in ["a/0.tar", "b/0.tar"]:
            self.write(name, self.shard("1.png"))
        for part in [[], ["--shard", "0/2"]]:
            done = run("--output", "out", *part, "a/0.tar", "b/0.tar", cwd=self.folder, expecting=64)
            self.assertIn("a/0.tar and b/0.tar would have one result, 0.tar.jsonl.", done.stderr.decode())
            self.assertFalse((self.folder / "out").exists())

    def test_parts_share_the_inputs(self):
        names = [f"{index}.png" for index in range(5)]
        for name in names:
            self.write(f"data/{name}", self.pictures["nobody-cat.jpg"])
        seen = []
        for part in range(3):
            entries = lines(run("--shard", f"{part}/3", "data", cwd=self.folder).stdout)
            seen.append([Path(entry["file"]).name for entry in entries])
            run("--shard", f"{part}/3", "--output", f"out{part}", "data", cwd=self.folder)
            found = files_below(self.folder / f"out{part}")
            self.assertEqual([f for f in found if f.endswith("jsonl")], [f"{name}.jsonl" for name in seen[-1]])
        self.assertEqual(seen, [names[0::3], names[1::3], names[2::3]])
        for wrong in ["3/3", "0/0", "-1/3", "1", "a/b", "1/2/3", "+1/3"]:
            with self.subTest(wrong):
                run(f"--shard={wrong}", "data", cwd=self.folder, expecting=64)

    def test_tars_in_folders_are_taken_only_when_asked_for(self):
        self.write("data/x.tar", self.shard("1.png"))
        self.write("data/y.png", self.pictures["nobody-cat.jpg"])
        self.assertEqual([e["file"] for e in lines(run("data", cwd=self.folder).stdout)], ["data/y.png"])
        entries = lines(run("--all", "data", cwd=self.folder).stdout)
        self.assertEqual([e["file"] for e in entries], ["data/x.tar/1.png", "data/y.png"])

    def test_a_killed_run_leaves_nothing_that_looks_done(self):
        names = [f"{index}.png" for index in range(60)]
        self.write("x.tar", tar([(name, self.pictures["astronaut-160.jpg"]) for name in names]))
        command = [POSEVAULT, "extract", "--output", "out", "x.tar"]
        partial = self.folder / "out/.x.tar.jsonl.partial"
        for end in [signal.SIGTERM, signal.SIGKILL]:
            with subprocess.Popen(command, cwd=self.folder, stderr=subprocess.DEVNULL) as process:
                while not (partial.exists() and partial.stat().st_size > 0):
                    self.assertIsNone(process.poll())
                    time.sleep(0.001)
                process.send_signal(end)
            self.assertEqual(files_below(self.folder / "out"), [partial.name] if end == signal.SIGKILL else [])
        run("--output", "out", "x.tar", cwd=self.folder)
        self.assertEqual(files_below(self.folder / "out"), ["x.tar.jsonl", "x.tar.stats.json"])
        entries = lines((self.folder / "out/x.tar.jsonl").read_bytes())
        self.assertEqual([e["file"] for e in entries], names)

    def test_two_runs_at_once_write_each_result_whole(self):
        for index in range(4):
            self.write(f"data/{index}.tar", self.shard(*[f"{n}.png" for n in range(6)]))
        command = [POSEVAULT, "extract", "--all", "--output", "out", "data"]
        with contextlib.ExitStack() as stack:
            runs = [
                stack.enter_context(subprocess.Popen(command, cwd=self.folder, stderr=subprocess.DEVNULL))
                for _ in range(2)
            ]
            self.assertTrue(all(process.wait(300) in [0, 1] for process in runs))
        run("--all", "--output", "out", "data", cwd=self.folder)
        for index in range(4):
            output = (self.folder / f"out/{index}.tar.jsonl").read_bytes()
            self.check(lines(output), [f"{n}.png" for n in range(6)])
            stats = json.loads((self.folder / f"out/{index}.tar.stats.json").read_text())
            self.assertEqual(stats["output"]["sha256"], hashlib.sha256(output).hexdigest())
        self.assertEqual(len(files_below(self.folder / "out")), 8)

    def peak(self, shard):
        """The memory of a run in KiB, at its most."""
        done = subprocess.Popen(
            [POSEVAULT, "extract", shard], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        done.stderr.close()
        _, status, usage = os.wait4(done.pid, 0)
        done.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(done.returncode, 0)
        return usage.ru_maxrss

    def test_memory_does_not_grow_with_the_tar(self):
        picture = self.pictures["nobody-cat.jpg"]
        self.write("small.tar", tar([("a.png", picture)]))
        with tarfile.open(self.folder / "large.tar", "w") as archive:
            for index in range(20_000):
                info = tarfile.TarInfo(f"{index}.txt")
                info.size = 10_000
                archive.addfile(info, io.BytesIO(bytes(info.size)))
            info = tarfile.TarInfo("film.bin")
            info.size = 300_000_000
            with open("/dev/zero", "rb") as zeros:
                archive.addfile(info, zeros)
            info = tarfile.TarInfo("a.png")
            info.size = len(picture)
            archive.addfile(info, io.BytesIO(picture))
        self.assertLess(self.peak("large.tar") - self.peak("small.tar"), 64 * 1024)

    def test_links_in_the_folder_of_results_lead_nowhere(self):
        self.write("data/album/x.tar", self.shard("1.png"))
        (self.folder / "elsewhere").mkdir()
        (self.folder / "out").mkdir()
        (self.folder / "out/album").symlink_to("../elsewhere")
        done = run("--all", "--output", "out", "data", cwd=self.folder, expecting=1)
        self.assertIn("a folder in its path is a link or a file", done.stderr.decode())
        self.assertEqual(files_below(self.folder / "elsewhere"), [])


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main()
