"""unittest, as `python -m unittest`; where TEST_TIMES names a file, each test's seconds and name are added to it."""

import os
import sys
import time
import unittest

# as with -m
sys.path.insert(0, "")


class TimedResult(unittest.TextTestResult):
    def startTest(self, test):
        self.begin = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        if path := os.environ.get("TEST_TIMES"):
            # one write for each line: files of tests run side by side
            with open(path, "a", buffering=1) as times:
                times.write(f"{time.monotonic() - self.begin:.1f}\t{unittest.TestCase.id(test)}\n")


unittest.main(module=None, testRunner=unittest.TextTestRunner(resultclass=TimedResult))
