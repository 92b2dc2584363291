"""What a test needs of its machine and may be lacking: a right to mount, a program.

Where POSEVAULT_STRICT is set, as in `.ci/run`, such a test fails: there, nothing may be left out. Elsewhere it is skipped.
"""

import os
import subprocess


def missing(test, what):
    """Ends `test` because `what` is not there."""
    if os.environ.get("POSEVAULT_STRICT"):
        test.fail(f"{what}; POSEVAULT_STRICT is set, so no test may be left out")
    test.skipTest(what)


def mount_disk(test, folder, options):
    """Mounts a disk in memory on `folder` until the test ends; `options` as tmpfs takes them."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        missing(test, f"no disk could be mounted: {done.stderr.strip()}")
    test.addCleanup(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
