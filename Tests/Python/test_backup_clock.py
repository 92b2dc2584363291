"""The schedule of a real server whose wall clock is set, or whose zone is another at its next start.

Seconds are those that the clock lets pass. POSEVAULT names the program, else .build/debug/posevault.
"""

import contextlib
import json
import tempfile
import unittest
from pathlib import Path

from backup_place import Place, wait_until
from fake_clock import FakeClock

# longer than the pause after a run has begun
SHORT_PAUSE = 8
# longer than two of the longest pauses: the first look after the clock was set is left out
LOOK = 70
# all that is expected here is due within so long
AHEAD = 70


class Clock(unittest.TestCase):
    SIZES = [1000] * 3
    # whether no due time has a second run
    is_once = True

    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.place = Place(folder, self.SIZES)
        self.clock = FakeClock(folder, "2025-12-10 12:00")
        self.place.environment.update(self.clock.environment, CRON_SCHEDULE="59 23 * * *")

    def expect(self, *due):
        """Lets time pass until the run of the last due time, UTC, has begun, and waits for its end."""
        end = self.clock.passed + AHEAD + LOOK
        while due[-1] not in self.runs():
            self.assertLess(self.clock.passed, end, f"{due[-1]} is not made, but {self.runs()}")
            self.clock.go_on(10)
        wait_until(lambda: self.runs()[due[-1]] != "running")
        self.assertEqual(self.runs(), dict.fromkeys(due, "proven"))

    def expect_no_more(self, *due, within=SHORT_PAUSE):
        self.clock.go_on(within)
        self.assertEqual(self.runs(), dict.fromkeys(due, "proven"))

    def listed(self):
        """The due time of each run and what became of it, the first run first."""
        lines = reversed(self.place.run("backup", "list", "--json", check=True).stdout.splitlines())
        runs = [json.loads(line) for line in lines]
        return [(run["dueAt"].removesuffix(":00.000Z").replace("T", " "), run["verdict"] or run["message"] or run["state"])
                for run in runs]

    def runs(self):
        """What became of the last run of each due time."""
        runs = self.listed()
        if self.is_once:
            self.assertEqual(len(runs), len(dict(runs)), runs)
        return dict(runs)

    def archives(self):
        return [path.name for path in self.place.archives()]


class SetClock(Clock):
    def test_forward_over_a_due_minute_and_back(self):
        self.clock.set("2025-12-09 23:58:20")
        with self.place.server():
            self.expect("2025-12-09 23:59")
            self.clock.set("2025-12-11 02:30")
            self.expect("2025-12-09 23:59", "2025-12-10 23:59")
            # the due minute comes once more
            self.clock.set("2025-12-10 23:58:50")
            self.expect_no_more("2025-12-09 23:59", "2025-12-10 23:59", within=LOOK)
        self.assertEqual(self.archives(), ["2025-12-09-backup.zip", "2025-12-10-backup.zip"])

    def test_back_by_years_and_right_again(self):
        # of two runs, nobody can tell which one's clock was right: rather one backup more than one less
        self.is_once = False
        twice = ["2025-12-10 23:59", "2020-01-01 23:59", "2025-12-10 23:59", "2025-12-11 23:59"]
        self.clock.set("2025-12-10 23:58:20")
        with self.place.server():
            self.expect("2025-12-10 23:59")
            # as that of a machine without a battery
            self.clock.set("2020-01-01 23:57:50")
            self.expect("2025-12-10 23:59", "2020-01-01 23:59")
            self.clock.set("2025-12-11 23:57:50")
            self.expect("2025-12-10 23:59", "2020-01-01 23:59", "2025-12-11 23:59")
            self.expect_no_more("2025-12-10 23:59", "2020-01-01 23:59", "2025-12-11 23:59")
            self.assertEqual([due for due, _ in self.listed()], twice)


class SetAgainAndAgain(Clock):
    # a run of some seconds
    SIZES = [20_000] * 1000

    def test_run_under_way_is_not_taken_for_a_dead_one(self):
        self.clock.set("2025-12-10 23:58:20")
        with self.place.server():
            begin = self.clock.passed
            while not self.place.partials():
                self.assertLess(self.clock.passed, begin + AHEAD + LOOK)
                self.clock.go_on(1)
            begin = self.clock.passed
            # less than a day in all
            while self.place.partials() and self.clock.passed < begin + 2 * LOOK:
                # longer than a run may be silent, and oftener than it tells of itself
                self.clock.jump(601)
                self.clock.go_on(1)
            lasted = self.clock.passed - begin
            self.expect("2025-12-10 23:59")
            self.expect_no_more("2025-12-10 23:59")
        # the schedule was looked at meanwhile
        self.assertGreater(lasted, LOOK)


class Forecast(Clock):
    LINE = (
        "The next backups are due at 2025-12-12 20:00 (2025-12-13 01:00 UTC), 2025-12-19 20:00 (2025-12-20 01:00 UTC), "
        "2025-12-26 20:00 (2025-12-27 01:00 UTC), time zone America/New_York.")

    def test_next_three_runs_are_told_by_serve_and_doctor(self):
        self.place.environment.update(CRON_SCHEDULE="0 20 * * fri", TZ="America/New_York")
        self.assertIn(f"✓ {self.LINE}", self.place.run("doctor").stdout.splitlines())
        with self.place.server():
            self.assertIn(self.LINE, self.place.log.read_text())


class OtherZone(Clock):
    def test_from_the_next_start_on(self):
        with self.server("Europe/Vienna", "2025-12-10 22:58:20") as log:
            self.assertIn("due at 2025-12-10 23:59 (22:59 UTC), ", log)
            self.expect("2025-12-10 22:59")
        # the same evening is yet to come there
        with self.server("America/New_York", "2025-12-11 04:58:20") as log:
            self.assertIn("due at 2025-12-10 23:59 (2025-12-11 04:59 UTC), ", log)
            self.assertEqual(list(self.runs()), ["2025-12-10 22:59"])
            self.expect("2025-12-10 22:59", "2025-12-11 04:59")
        # three evenings have passed, of which the last one is caught up
        with self.server("Asia/Tokyo", "2025-12-14 12:00") as log:
            self.assertIn("due at 2025-12-14 23:59 (14:59 UTC), ", log)
            self.expect("2025-12-10 22:59", "2025-12-11 04:59", "2025-12-13 14:59")
        # the latest evening there is one that has been
        with self.server("Pacific/Kiritimati", "2025-12-14 12:10") as log:
            self.assertIn("due at 2025-12-15 23:59 (09:59 UTC), ", log)
            self.expect("2025-12-10 22:59", "2025-12-11 04:59", "2025-12-13 14:59", "2025-12-14 09:59")
            self.expect_no_more("2025-12-10 22:59", "2025-12-11 04:59", "2025-12-13 14:59", "2025-12-14 09:59")
        self.assertEqual(
            self.archives(),
            ["2025-12-10-backup-2.zip", "2025-12-10-backup.zip", "2025-12-13-backup.zip", "2025-12-14-backup.zip"])

    @contextlib.contextmanager
    def server(self, zone, moment):
        self.place.environment["TZ"] = zone
        self.clock.set(moment)
        with self.place.server():
            yield self.place.log.read_text()


if __name__ == "__main__":
    unittest.main()
