"""The API's reference at /docs: complete, without faults that axe-core finds, and wide enough for a phone."""

import re
import subprocess
import tempfile

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens


class Reference(BrowserCase):
    def setUp(self):
        super().setUp()
        self.page.goto("/docs")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("PoseVault")

    def test_it_has_every_call_of_the_description(self):
        description, _ = self.server.call("GET", "/api/openapi.json")
        for path, item in description["paths"].items():
            for method in {"get", "post", "put", "delete"} & item.keys():
                call = self.page.locator(f"#{item[method]['operationId']}")
                expect(call.locator(".docs-call")).to_have_text(f"{method.upper()} {path}")

    def test_each_call_is_shown_as_it_is_made_and_the_readable_ones_work(self):
        description, _ = self.server.call("GET", "/api/openapi.json")
        number = self.server.upload("cases/astronaut.jpg")[0]
        image = self.server.pose(number)["imageId"]
        shown = 0
        for path, item in description["paths"].items():
            for method in {"get", "post", "put", "delete"} & item.keys():
                command = self.page.locator(f"#{item[method]['operationId']} .docs-request").inner_text()
                self.assertTrue(command.startswith("curl"), command)
                address = re.search(r"'(http\S+)'$", command)[1]
                self.assertTrue(address.startswith(self.server.url + path.split("{")[0]), address)
                # what lies only where there are backups or a trash is left out
                if method != "get" or not re.search(r"poses|images|health|metrics|openapi", path):
                    continue
                command = command.replace("'X-API-Key: KEY'", "'X-API-Key: any'")
                command = command.replace("/poses/1", f"/poses/{number}").replace("65f1a2b3c4d5e6f708192a3b", image)
                with tempfile.TemporaryDirectory() as place:
                    done = subprocess.run(
                        ["sh", "-c", command.replace("curl", "curl --fail --silent --show-error", 1)], cwd=place,
                        capture_output=True, timeout=60)
                self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
                shown += 1
        self.assertGreater(shown, 8)

    def test_what_all_calls_have_in_common_is_said_once(self):
        rows = self.page.locator("tbody tr", has_text="the key is missing or wrong")
        self.assertLessEqual(rows.count(), 1)
        call = self.page.locator("#getPose")
        expect(call).to_contain_text("Also 400, 401, 403, 500, 503")
        call.get_by_role("link", name="failures").click()
        expect(self.page.get_by_role("heading", name="Failures")).to_be_in_viewport()

    def test_it_leads_back_to_the_page(self):
        self.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Backups").click()
        expect(self.page.get_by_role("heading", name="Backups", exact=True)).to_be_visible()

    def test_axe_finds_no_fault(self):
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = Axe().run(self.page)
            self.assertEqual(found.violations_count, 0, f"{scheme}: {found.generate_report()}")

    def test_nothing_is_wider_than_the_screen(self):
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.assertLessEqual(width, self.page.viewport_size["width"])


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Reference)
