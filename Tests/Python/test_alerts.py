"""The alerts for Prometheus are rules that it takes, and name numbers that a real server tells.

POSEVAULT names the program, else .build/debug/posevault.
"""

import re
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

from backup_place import Place
from real_server import ROOT

RULES = ROOT / "deploy" / "prometheus-rules.yaml"
STATES = ["failing", "overdue", "inDoubt"]


class Alerts(unittest.TestCase):
    def test_promtool_takes_the_rules(self):
        done = subprocess.run([ROOT / "Scripts" / "fetch-promtool"], capture_output=True, text=True, check=True)
        checked = subprocess.run([ROOT / done.stdout.strip(), "check", "rules", RULES], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_each_state_that_wants_a_person_has_its_alert(self):
        text = RULES.read_text()
        for state in STATES:
            self.assertIn(f'posevault_backup_state{{state="{state}"}} == 1', text)

    def test_every_number_is_told_by_a_server(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder), [1000] * 2)
            self.assertEqual(place.create().returncode, 0)
            with place.server() as base, urllib.request.urlopen(base + "/metrics") as answer:
                told = answer.read().decode()
        for name in sorted(set(re.findall(r"posevault_\w+", RULES.read_text()))):
            self.assertRegex(told, rf"(?m)^{name}[ {{]", name)


if __name__ == "__main__":
    unittest.main()
