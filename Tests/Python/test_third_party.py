"""THIRD_PARTY.md against what is resolved and loaded, and the bill of materials against CycloneDX's own schema."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from real_server import POSEVAULT, ROOT

PROGRAM = Path(POSEVAULT)


def run_sbom(root):
    return subprocess.run([root / "Scripts" / "sbom", PROGRAM], capture_output=True, text=True)


class ThirdParty(unittest.TestCase):
    def test_bill_of_materials_has_all_and_is_valid(self):
        made = run_sbom(ROOT)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.assertIsNone(JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.stdout))
        names = {component["name"] for component in json.loads(made.stdout)["components"]}
        self.assertLessEqual({"swift-nio", "libopenvino.so.2641", "pose_detection.tflite", "libarchive13"}, names)

    def test_each_missing_line_is_noticed(self):
        text = (ROOT / "THIRD_PARTY.md").read_text()
        for name in ("swift-nio", "libtbb.so.12", "pose_detection.tflite", "libwebp.so.7"):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                copy = Path(folder)
                for part in (".runtime", "Package.resolved"):
                    (copy / part).symlink_to(ROOT / part)
                (copy / "Scripts").mkdir()
                (copy / "Scripts" / "sbom").write_bytes((ROOT / "Scripts" / "sbom").read_bytes())
                (copy / "Scripts" / "sbom").chmod(0o755)
                lines = [line for line in text.splitlines(True) if not line.startswith(f"| {name} |")]
                (copy / "THIRD_PARTY.md").write_text("".join(lines))
                made = run_sbom(copy)
                self.assertEqual(made.returncode, 1)
                self.assertIn(name, made.stderr)

    def test_every_resolved_package_is_pinned(self):
        pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
        manifest = (ROOT / "Package.swift").read_text()
        for pin in pins:
            self.assertRegex(manifest, rf'/{pin["identity"]}(\.git)?", exact: "{pin["state"]["version"]}"'.replace(
                "/grdb.swift", "/GRDB.swift"))


class Versions(unittest.TestCase):
    def test_version_verbose_names_what_debian_has_installed(self):
        said = subprocess.run([PROGRAM, "--version", "--verbose"], capture_output=True, text=True, check=True).stdout
        for name, package in (
            ("SQLite", "libsqlite3-0"), ("libwebp", "libwebp7"), ("libmongoc", "libmongoc-1.0-0"),
            ("libspng", "libspng0"), ("libarchive", "libarchive13"), ("libcurl", "libcurl4"),
        ):
            version = subprocess.run(
                ["dpkg-query", "--show", "--showformat=${Version}", package], capture_output=True, text=True).stdout
            (line,) = [line for line in said.splitlines() if line.startswith(f"{name}: ")]
            self.assertIn(version.split("-")[0], line)
        self.assertIn("OpenVINO: 2026.4.1", said)
        self.assertIn("libjpeg-turbo: libjpeg.so.62.", said)


if __name__ == "__main__":
    unittest.main()
