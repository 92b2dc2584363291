"""The tests that the tables of docs/limits.md, docs/keeping-tests.md and docs/threat-model.md name are there, and every row
has some."""

import importlib
import re
import unittest

from real_server import ROOT

SOURCES = [path.read_text() for path in (ROOT / "Tests").rglob("*.swift")]
STORAGES = ("Embedded", "OnDatabases")


def rows(name):
    """The cells of each row of the tables in a page whose last column has tests."""
    for line in (ROOT / "docs" / name).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" |")]
        if line.startswith("| ") and not line.startswith("| ---"):
            yield cells


def names(cell):
    return re.findall(r"`([\w.]+)`", cell)


def python(name):
    """The test, or the class or file of tests, of that name."""
    module, *parts = name.split(".")
    found = importlib.import_module(module)
    for part in parts:
        found = getattr(found, part)
    return found


class Named(unittest.TestCase):
    def expect(self, name):
        if name.startswith("test_"):
            with self.subTest(name):
                python(name)
            return
        suite, _, function = name.partition(".")
        files = [source for source in SOURCES if re.search(rf"\b(struct|class|enum|extension) {suite}\b", source)]
        self.assertTrue(files, name)
        if function:
            self.assertTrue(any(re.search(rf"\bfunc {function}\b", source) for source in files), name)

    def test_each_limit_names_tests_that_are_there(self):
        limits = [(limit, tests) for limit, *_, tests in rows("limits.md") if tests != "test"]
        self.assertGreater(len(limits), 30)
        for limit, tests in limits:
            self.assertTrue(names(tests), limit)
            for name in names(tests):
                self.expect(name)

    def test_each_promise_of_the_threat_model_names_tests_and_a_command_that_tries_it(self):
        promises = [cells for cells in rows("threat-model.md") if cells[0] != "promise" and self.is_promise(cells)]
        self.assertGreater(len(promises), 20)
        for promise, command, tests in promises:
            self.assertTrue(names(tests), promise)
            for name in names(tests):
                self.expect(name)
            with self.subTest(promise):
                self.assertTrue(command, promise)

    @staticmethod
    def is_promise(cells):
        """Its table has a promise, how to try it, and tests; of the others, none has a sentence at its beginning."""
        return len(cells) == 3 and cells[0].endswith(".")

    def test_each_setting_of_a_limit_has_the_default_that_is_told(self):
        """As .env.example has it, which a test compares with the program's settings."""
        example = (ROOT / ".env.example").read_text()
        told = {}
        for _, default, setting, *_ in rows("limits.md"):
            for key in re.findall(r"`([A-Z][A-Z0-9_]+)`", setting):
                told.setdefault(key, set()).update(
                    int(number) * (1024 if unit else 1) for number, unit in re.findall(r"(\d+)( KB)?", default))
        for key, numbers in told.items():
            default = re.search(rf"^# {key}=(.*)$", example, re.MULTILINE)[1]
            if default.isdecimal() and int(default) and numbers:
                self.assertIn(int(default), numbers, key)
        # what bounds something is in the table
        bounds = set(re.findall(r"^# ((?:MAX_|MIN_)\w+|\w+_(?:SECONDS|RESERVE_MB|LIMIT_MB|CONNECTIONS|GB)|WORKERS)=",
                                example, re.MULTILINE))
        self.assertGreater(len(bounds), 15)
        self.assertEqual(bounds - set(told), set())

    def test_each_row_of_keeping_has_tests_that_are_there(self):
        text = (ROOT / "docs" / "keeping.md").read_text()
        table = text.split("## What can fail")[1].split("\n## ")[0]
        failures = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")][2:]
        _, *played = rows("keeping-tests.md")
        # what stands in brackets there are examples
        self.assertEqual([what for what, *_ in played], [re.sub(r" \(.*\)$", "", failure) for failure in failures])
        for what, both, parts in played:
            self.assertTrue(names(both) + names(parts), what)
            for name in names(parts):
                self.expect(name)

    def test_what_is_said_to_run_on_both_storages_does(self):
        _, *played = rows("keeping-tests.md")
        for _, both, _ in played:
            for name in names(both):
                module, row, test = name.split(".")
                python(name)
                for storage in STORAGES:
                    case = python(f"{module}.{row}{storage}")
                    self.assertTrue(issubclass(case, python(f"{module}.{row}")), name)
                    self.assertIn(test, unittest.defaultTestLoader.getTestCaseNames(case))


if __name__ == "__main__":
    unittest.main()
