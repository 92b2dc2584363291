"""The adversary for a few minutes; `make torture` plays it for hours.

POSEVAULT names the program, else .build/debug/posevault.
"""

import unittest

import torture
from missing import missing

SEEDS, STEPS = range(1, 5), 40
# backs up into a repository
WITH_REPOSITORY = 4


class Torture(unittest.TestCase):
    def test_nothing_that_was_acknowledged_is_lost_and_all_that_is_wrong_is_told(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                try:
                    torture.play(seed, STEPS, repository=seed == WITH_REPOSITORY)
                except torture.NoMount as problem:
                    missing(self, f"no disk can be mounted: {problem}")


if __name__ == "__main__":
    unittest.main()
