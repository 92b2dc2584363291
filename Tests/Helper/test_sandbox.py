"""What somebody who has taken over a decoder can do: nothing. Played by builds of both programs that try."""

import os
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from clips import scenes, write_clip
from helper import CLIP_LIMITS, PICTURE_LIMITS, PROGRAMS, command, public_programs, read

# those of nobody: root is let through where others are not, so that tests as root would prove nothing
USER = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
ESCAPING = {"picture": "try-escape", "clip": "try-escape-clip"}

FORBIDDEN = ["open", "old-open", "create", "access", "socket", "local-socket", "exec", "fork", "clone", "signal-parent",
             "signal-other", "trace", "code", "turn-into-code", "ring", "raise-limit", "namespace", "root", "stop-clock"]


class Sandbox(unittest.TestCase):
    def attempt(self, kind, name, *options, **limits):
        all_limits = (PICTURE_LIMITS if kind == "picture" else CLIP_LIMITS) | {
            key.replace("_", "-"): value for key, value in limits.items()}
        words = command(kind, all_limits, ["--try", name, *options], ESCAPING[kind], public_programs())
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=100, cwd="/", **USER)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return done

    def test_whoever_runs_this_is_no_root(self):
        shown = subprocess.run(["id", "--user"], capture_output=True, text=True, check=True, **USER).stdout
        self.assertNotEqual(shown, "0\n")

    def test_every_call_out_kills_the_program(self):
        for kind in ESCAPING:
            for name in FORBIDDEN:
                with self.subTest(f"{kind} {name}"):
                    done = self.attempt(kind, name)
                    self.assertEqual((done.returncode, done.stdout, done.stderr), (-signal.SIGSYS, b"", b""))
        self.assertFalse(Path("/tmp/posevault-escaped").exists())

    def test_the_new_call_for_processes_looks_as_if_it_did_not_exist(self):
        outcome = read(*self.ended("clone3"))
        self.assertEqual((outcome.failure, outcome.words), ("sandbox", "ENOSYS"))

    def ended(self, name, *options, kind="picture", **limits):
        done = self.attempt(kind, name, *options, **limits)
        return done.returncode, done.stdout, done.stderr

    def test_without_the_filter_files_and_sockets_are_still_closed(self):
        for kind in ESCAPING:
            for name in ("open", "create", "socket", "local-socket"):
                outcome = read(*self.ended(name, "--unfiltered", kind=kind))
                self.assertEqual(outcome.failure, "sandbox", name)
                self.assertIn(outcome.words, ("EMFILE", "EACCES"), name)

    def test_memory_ends_at_its_limit(self):
        for name in ("memory", "memory-at-once"):
            for kind in ESCAPING:
                outcome = read(*self.ended(name, kind=kind, max_memory=64 << 20))
                self.assertEqual((outcome.failure, outcome.words), ("sandbox", "ENOMEM"), f"{kind} {name}")

    def test_an_endless_loop_ends_after_its_cpu_time(self):
        for name in ("loop", "loop-in-threads"):
            done = self.attempt("picture", name, max_cpu=1)
            self.assertEqual((done.returncode, done.stdout), (-signal.SIGXCPU, b""), name)
            self.assertLess(self.cpu, 2.5)

    def test_waiting_ends_after_its_time(self):
        done = self.attempt("clip", "wait", max_wall=1)
        self.assertEqual((done.returncode, done.stdout), (-signal.SIGALRM, b""))

    def test_threads_work(self):
        for kind in ESCAPING:
            self.assertEqual(self.ended("thread", kind=kind), (0, struct.pack("<4sI", b"FREE", 0), b""))

    def test_a_crash_is_told_from_a_forbidden_call(self):
        self.assertEqual(self.ended("abort"), (-signal.SIGABRT, b"", b""))

    def test_the_programs_for_users_have_no_attempts(self):
        for program in ("posevault-decode", "posevault-decode-clip"):
            words = command("clip", CLIP_LIMITS, ["--try", "open"], program)
            done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True)
            self.assertEqual((done.returncode, done.stderr), (2, b"posevault-decode: unknown option --try\n"))

    def test_descriptors_that_the_parent_forgot_are_closed(self):
        with tempfile.TemporaryFile() as secret, tempfile.TemporaryFile() as picture:
            words = command("picture", PICTURE_LIMITS | {"max-wall": 5}, ["--try", "wait"], "try-escape")
            secret.write(b"secret")
            child = subprocess.Popen(words, stdin=picture, stdout=subprocess.PIPE, pass_fds=[secret.fileno()])
            try:
                deadline = time.monotonic() + 60
                # seccomp is the last thing to be set
                while b"Seccomp:\t2" not in Path(f"/proc/{child.pid}/status").read_bytes():
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.01)
                # of a process that is closed to others, root alone may look at this
                if os.getuid() == 0:
                    self.assertEqual(sorted(os.listdir(f"/proc/{child.pid}/fd")), ["0", "1", "2"])
            finally:
                child.kill()
                child.communicate()

    def test_a_parent_that_leaves_ends_it(self):
        with tempfile.TemporaryDirectory() as folder:
            write_clip(f"{folder}/clip.mp4", scenes(8, 640, 480))
            with open(f"{folder}/clip.mp4", "rb") as file:
                child = subprocess.Popen(command("clip", CLIP_LIMITS), stdin=file, stdout=subprocess.PIPE)
                child.stdout.read(1)
                child.stdout.close()
                self.assertEqual(child.wait(timeout=60), -signal.SIGPIPE)


class Arguments(unittest.TestCase):
    def refused(self, words, message):
        done = subprocess.run([PROGRAMS / "posevault-decode", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, f"posevault-decode: {message}\n")

    def test_a_limit_that_is_missing_wrong_or_doubled_is_named(self):
        whole = command("picture", PICTURE_LIMITS)[1:]
        for i in range(1, len(whole), 2):
            self.refused(whole[:i] + whole[i + 2:], f"missing {whole[i]}")
            self.refused(whole[:i + 2] + whole[i:], f"given twice: {whole[i]}")
            for value in ("", "0", "-1", "1.5", "0x10", " 1", "99999999999999999999", "9" * 19):
                self.refused(whole[:i + 1] + [value] + whole[i + 2:], f"no number that is allowed after {whole[i]}")
        self.refused(whole[:-1], f"no value after {whole[-2]}")
        self.refused([*whole, "--max-frames", "1"], "unknown option --max-frames")
        self.refused([*command("clip", CLIP_LIMITS)[1:], "--from", "2", "--to", "2"], "--from must lie before --to")
        self.refused([], "say head, picture, clip or --version")
        self.refused(["film"], "say head, picture, clip or --version, not film")

    def test_version_says_what_is_decoded(self):
        said = subprocess.run([PROGRAMS / "posevault-decode", "--version"], capture_output=True, text=True, check=True).stdout
        lines = dict(line.split(" ", 1) for line in said.splitlines())
        self.assertEqual([lines[name] for name in ("protocol", "heic", "avif", "clip")], ["1", "yes", "yes", "yes"])

    def test_clips_are_refused_where_their_program_is_missing(self):
        with tempfile.TemporaryDirectory() as place:
            shutil.copy(PROGRAMS / "posevault-decode", place)
            done = subprocess.run(command("clip", CLIP_LIMITS, programs=place), stdin=subprocess.DEVNULL, capture_output=True)
            outcome = read(done.returncode, done.stdout)
            self.assertEqual(outcome.failure, "unsupported")
            said = subprocess.run([f"{place}/posevault-decode", "--version"], capture_output=True, text=True, check=True).stdout
            self.assertIn("clip no\n", said)


if __name__ == "__main__":
    unittest.main()
