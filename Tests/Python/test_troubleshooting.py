"""docs/troubleshooting.md: each message stands in it as one sees it, that is, as it stands in the sources, in libcurl or in
the dynamic loader."""

import re
import unittest
from pathlib import Path

from real_server import ROOT

LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
# what stands for something else: words in capitals, "…", what is told between quotes or in brackets; a library's name
PLACEHOLDER = re.compile(r": lib\w+\.so|\b[A-Z][A-Z_]*[A-Z]\b|…|[`'\",()]|\b\d{3} ")
# shorter pieces are found anywhere
SHORTEST = 9


def sources():
    text = "".join(path.read_text() for path in sorted((ROOT / "Sources").rglob("*.swift")))
    text += "".join(path.read_text() for path in sorted((ROOT / "Scripts").iterdir()) if path.is_file())
    # texts that go over several lines
    text = re.sub(r'"\s*\+\s*"|\\\n\s*', "", text)
    return text.replace('\\"', '"')


def libraries():
    files = [*LIBRARIES.glob("libcurl*.so.4"), *LIBRARIES.glob("ld-linux-*.so.*")]
    return "".join(file.read_bytes().decode("latin-1") for file in files)


class Troubleshooting(unittest.TestCase):
    def test_messages_are_the_programs(self):
        known, count = sources() + libraries(), 0
        for line in (ROOT / "docs" / "troubleshooting.md").read_text().splitlines():
            # the first column of the tables; a message in backticks has its own in double ones
            for message in re.findall(r"``? ?(.+?) ?`?`(?!`)", line.split(" | ")[0] if line.startswith("| ") else ""):
                for piece in (piece.strip(" .:;") for piece in PLACEHOLDER.split(message)):
                    if len(piece) < SHORTEST:
                        continue
                    count += 1
                    with self.subTest(message):
                        # not assertIn, which would print all sources
                        self.assertTrue(piece in known, f"nobody says “{piece}”")
        self.assertGreater(count, 100)


if __name__ == "__main__":
    unittest.main()
