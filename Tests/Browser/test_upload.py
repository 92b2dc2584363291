"""Pictures come in: by dialogue, drop, paste and camera, and each is told what became of it."""

import json
import tempfile
from pathlib import Path

from playwright.sync_api import expect

from browser_case import BrowserCase, fresh, fresh_file, on_both_screens
from real_server import PICTURES, ROOT, RealServer, program_without_decoder

DECODE = ROOT / "Tests" / "Fixtures" / "decode"


class Uploads(BrowserCase):
    def setUp(self):
        super().setUp()
        self.open_gallery()
        expect(self.page.locator(".gallery .card, .welcome").first).to_be_visible()

    def choose(self, *files):
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Add pictures").click()
        chooser.value.set_files([file if isinstance(file, dict) else fresh_file(file) for file in files])

    def row(self, name):
        return self.page.locator(".tray-row", has_text=name)

    def test_several_files_at_once_each_get_a_word(self):
        self.expected = ["422"]
        self.choose("astronaut.png", "chelsea.png", "cases/two.png")
        expect(self.row("astronaut.png")).to_contain_text("1 person found")
        expect(self.row("two.png")).to_contain_text("2 people found")
        expect(self.row("chelsea.png")).to_contain_text("No person was found in this picture")
        expect(self.page.locator(".tray h2")).to_have_text("2 pictures added, 1 without a person")
        # both people of a picture share a card, with a skeleton each
        card = self.page.locator(".card", has_text="two.png").first
        expect(card).to_contain_text("2")
        expect(card.locator(".skeleton > g")).to_have_count(2)
        self.row("two.png").get_by_role("link", name="Show").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("two.png")

    def test_pictures_that_were_not_kept_are_counted_stand_first_and_stay_until_dismissed(self):
        self.expected = ["422"]
        self.choose(*["cases/astronaut.jpg"] * 6, "chelsea.png", "cases/astronaut.jpg")
        expect(self.page.locator(".tray h2")).to_have_text("7 pictures added, 1 without a person")
        expect(self.page.locator(".tray-row").first).to_contain_text("No person was found in this picture")
        expect(self.page.locator(".tray-row").first).to_be_in_viewport()
        self.page.locator(".tray-row").get_by_role("link", name="Show").first.click()
        expect(self.page.locator(".frame .picture.loaded")).to_be_attached()
        expect(self.page.locator(".tray h2")).to_have_text("No picture added, 1 without a person")
        # out of the way of the picture, but a press away
        expect(self.row("chelsea.png")).to_be_hidden()
        self.page.get_by_role("button", name="List of uploads", exact=True).click()
        expect(self.row("chelsea.png")).to_be_visible()
        self.page.get_by_role("link", name="Poses", exact=True).click()
        self.page.get_by_role("link", name="Backups").click()
        expect(self.page.locator(".tray h2")).to_contain_text("1 without a person")
        self.page.get_by_role("button", name="Close the list of uploads").press("Enter")
        expect(self.page.locator(".tray")).to_have_count(0)
        expect(self.page.locator("main")).to_be_focused()

    def test_a_picture_that_is_there_already_is_told_skipped_and_added_again_on_demand(self):
        total = lambda: self.server.call("GET", "/api/poses?limit=1")[0]["data"]["pagination"]["total"]
        picture = fresh_file("cases/astronaut.jpg")
        # twice at once, and under another name
        self.choose(picture, {**picture, "name": "copy.jpg"})
        expect(self.page.locator(".tray h2")).to_have_text("1 picture added, 1 already there")
        before = total()
        self.choose({**picture, "name": "IMG_0001 (1).jpg"})
        row = self.row("IMG_0001 (1).jpg")
        expect(row.locator(".words")).to_have_text("Already there, so it was not added again.")
        expect(self.page.locator(".tray h2")).to_have_text("1 picture added, 2 already there")
        self.assertEqual(total(), before)
        expect(row.get_by_role("link", name="Show")).to_be_visible()
        row.get_by_role("button", name="Add again").click()
        expect(row).to_contain_text("1 person found")
        expect(self.page.locator(".tray h2")).to_have_text("2 pictures added, 1 already there")
        self.assertEqual(total(), before + 1)
        # what was skipped is told until it is dismissed, but keeps nobody here
        self.page.locator(".tray-row").get_by_role("link", name="Show").first.click()
        expect(self.page.locator(".tray h2")).to_have_text("No picture added, 1 already there")
        self.page.goto("/docs")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("PoseVault")

    def test_files_that_are_no_pictures_are_told_until_dismissed(self):
        self.page.clock.install()
        self.send_event("drop", "DragEvent", "dataTransfer", "notes.txt", "text/plain")
        toast = self.page.locator(".toast", has_text="notes.txt isn’t supported")
        expect(toast).to_be_visible()
        self.page.clock.run_for(60_000)
        expect(toast).to_be_visible()
        toast.get_by_role("button", name="Dismiss").click()
        expect(toast).to_have_count(0)

    def test_dropped_files_are_taken(self):
        self.send_event("dragenter", "DragEvent", "dataTransfer", "dropped.jpg")
        expect(self.page.locator(".drop-hint")).to_be_visible()
        self.send_event("drop", "DragEvent", "dataTransfer", "dropped.jpg")
        expect(self.page.locator(".drop-hint")).to_be_hidden()
        expect(self.row("dropped.jpg")).to_contain_text("1 person found")

    def test_pasted_pictures_are_taken(self):
        self.send_event("paste", "ClipboardEvent", "clipboardData", "pasted.jpg")
        expect(self.row("pasted.jpg")).to_contain_text("1 person found")

    def test_a_dropped_text_is_refused_with_a_word(self):
        self.send_event("drop", "DragEvent", "dataTransfer", "notes.txt", "text/plain")
        expect(self.page.get_by_role("alert")).to_contain_text("notes.txt isn’t supported")

    def test_of_several_files_those_that_are_no_pictures_are_named(self):
        picture = fresh("astronaut.png")
        self.choose(
            {"name": "astronaut.png", "mimeType": "image/png", "buffer": picture},
            {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"notes"},
        )
        expect(self.page.get_by_role("alert")).to_contain_text("notes.txt isn’t supported. Use JPEG, PNG or WebP.")
        expect(self.row("astronaut.png")).to_contain_text("1 person found")

    def test_the_camera_takes_a_picture(self):
        self.page.get_by_role("button", name="Camera").first.click()
        self.page.get_by_role("button", name="Take picture").click()
        self.page.get_by_role("button", name="Use picture").click()
        expect(self.row("camera-")).to_contain_text("1 person found", timeout=20_000)
        expect(self.page.locator("dialog")).to_have_count(0)

    def test_progress_is_shown_while_a_picture_is_sent(self):
        devtools = self.context.new_cdp_session(self.page)
        slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
        devtools.send("Network.emulateNetworkConditions", slow)
        self.choose("astronaut.png")
        expect(self.row("astronaut.png").locator(".words")).to_contain_text("Sending, ")
        expect(self.row("astronaut.png").get_by_role("progressbar")).to_be_visible()
        expect(self.row("astronaut.png")).to_contain_text("1 person found")

    def test_what_only_claims_to_be_a_picture_is_refused_in_the_servers_words(self):
        self.expected = ["415"]
        self.choose({"name": "false.png", "mimeType": "image/png", "buffer": b"no picture at all"})
        expect(self.row("false.png").locator(".words")).to_contain_text("picture")

    def test_a_busy_server_is_asked_again(self):
        self.expected = ["503", "409"]
        # full, or at work still on what was sent before a connection broke
        busy = json.dumps({"success": False, "message": "Not now.", "error": {"code": "QUEUE_FULL"}})
        refusals = [409, 503]
        self.page.route(
            "**/api/extract-pose*",
            lambda route: route.fulfill(status=refusals.pop(), headers={"Retry-After": "1"}, body=busy),
            times=2,
        )
        self.choose("cases/astronaut.jpg")
        expect(self.row("astronaut.jpg")).to_contain_text("trying again soon")
        expect(self.row("astronaut.jpg")).to_contain_text("1 person found")

    def test_what_can_not_help_is_not_offered(self):
        self.expected = ["415"]
        tiff = b"II*\0" + bytes(200)
        self.choose(
            {"name": "scan.tif", "mimeType": "image/tiff", "buffer": tiff},
        )
        expect(self.row("scan.tif").locator(".words")).to_contain_text("isn't supported. Use JPEG, PNG or WebP.")
        expect(self.page.get_by_role("button", name="Try again")).to_have_count(0)
        # no browser's sign of a broken picture
        expect(self.row("scan.tif").locator("img")).to_have_count(0)
        expect(self.row("scan.tif").locator(".no-preview")).to_be_visible()

    def test_a_picture_as_an_iphone_writes_it_is_taken_and_shown(self):
        chooser = self.page.locator("input[type=file][multiple]")
        expect(chooser).to_have_attribute(
            "accept", "image/jpeg,image/png,image/webp,image/heic,.heic,.heif,image/avif,.avif")
        heic = fresh(DECODE / "person.heic")
        self.choose({"name": "IMG_0002.HEIC", "mimeType": "", "buffer": heic})
        expect(self.row("IMG_0002.HEIC")).to_contain_text("1 person found")
        self.row("IMG_0002.HEIC").get_by_role("link", name="Show").click()
        # Chromium can't show the original
        picture = self.page.locator(".frame .picture.loaded").last
        expect(picture).to_be_attached()
        self.assertEqual(picture.evaluate("image => [image.naturalWidth, image.naturalHeight]"), [512, 512])

    def test_a_video_is_called_one(self):
        self.send_event("drop", "DragEvent", "dataTransfer", "clip.MOV", "video/quicktime")
        expect(self.page.get_by_role("alert")).to_contain_text("clip.MOV is a video. Videos aren’t supported.")

    def test_a_dropped_folder_gives_its_pictures_and_those_of_its_folders(self):
        self.expected = ["422"]
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work) / "holiday"
            (folder / "day 2").mkdir(parents=True)
            (folder / "one.jpg").write_bytes(fresh("cases/astronaut.jpg"))
            (folder / "day 2" / "two.jpg").write_bytes(fresh("cases/astronaut-64.jpg"))
            (folder / ".DS_Store").write_bytes(b"x")
            (folder / "notes.txt").write_bytes(b"x")
            expect(self.page.get_by_role("heading", name="All poses")).to_be_visible()
            # as a file manager drops it: Chromium gives what is a folder on the disk an entry of that kind
            devtools = self.context.new_cdp_session(self.page)
            data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
            for kind in ("dragEnter", "dragOver", "drop"):
                devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 200, "y": 300, "data": data})
            expect(self.row("one.jpg")).to_contain_text("1 person found")
            expect(self.row("two.jpg").locator(".words")).to_contain_text("found")
        expect(self.page.locator(".tray-row")).to_have_count(2)
        expect(self.page.get_by_role("alert")).to_contain_text("notes.txt isn’t supported.")

    def test_what_a_lost_connection_cost_is_sent_again_by_itself_and_stored_once(self):
        self.expected = ["ERR_CONNECTION_RESET"]
        before = self.server.call("GET", "/api/poses?limit=1")[0]["data"]["pagination"]["total"]

        def lose_the_answer(route):
            route.fetch()
            route.abort("connectionreset")

        self.page.route("**/api/extract-pose*", lose_the_answer, times=1)
        self.choose("cases/astronaut.jpg")
        expect(self.row("astronaut.jpg")).to_contain_text("1 person found")
        total = lambda: self.server.call("GET", "/api/poses?limit=1")[0]["data"]["pagination"]["total"]
        self.assertEqual(total(), before + 1)

    def test_all_that_failed_is_tried_again_at_once(self):
        self.expected = ["500"]
        failure = json.dumps({"success": False, "message": "Something went wrong.", "error": {"code": "INTERNAL"}})
        self.page.route("**/api/extract-pose*", lambda route: route.fulfill(status=500, body=failure), times=2)
        self.choose("cases/astronaut.jpg", "cases/astronaut-64.jpg")
        expect(self.page.locator(".tray h2")).to_have_text("No picture added, 2 failed")
        self.page.get_by_role("button", name="Try all again").click()
        expect(self.page.locator(".tray h2")).to_have_text("2 pictures added")
        expect(self.page.get_by_role("button", name="Try all again")).to_be_hidden()

    def test_the_camera_has_a_timer_another_try_and_the_other_side(self):
        self.expected = ["422"]
        # Chromium has one camera where it plays a film; which one was asked for is kept
        self.page.evaluate(
            """() => {
              const devices = navigator.mediaDevices;
              const [list, open] = [devices.enumerateDevices.bind(devices), devices.getUserMedia.bind(devices)];
              devices.enumerateDevices = async () => [...await list(), { kind: "videoinput" }];
              window.asked = [];
              devices.getUserMedia = (wanted) => {
                asked.push(wanted.video.facingMode);
                return open(wanted);
              };
            }"""
        )
        self.page.get_by_role("button", name="Camera").first.click()
        dialog = self.page.get_by_role("dialog", name="Camera")
        expect(dialog.get_by_role("button", name="Take picture")).to_be_enabled()
        self.page.clock.install()
        dialog.get_by_label("Timer").select_option("3 s timer")
        dialog.get_by_role("button", name="Take picture").click()
        expect(dialog.get_by_role("timer")).to_have_text("3")
        self.page.clock.run_for(2000)
        expect(dialog.get_by_role("timer")).to_have_text("1")
        dialog.get_by_role("button", name="Stop timer").click()
        self.page.clock.run_for(5000)
        expect(dialog.get_by_role("button", name="Use picture")).to_have_count(0)
        dialog.get_by_role("button", name="Take picture").click()
        self.page.clock.run_for(3000)
        expect(dialog.get_by_alt_text("The picture that was taken")).to_be_visible()
        dialog.get_by_role("button", name="Retake").click()
        expect(dialog.get_by_role("button", name="Take picture")).to_be_focused()
        dialog.get_by_role("button", name="Other camera").click()
        expect(dialog.get_by_role("button", name="Take picture")).to_be_enabled()
        self.assertEqual(self.page.evaluate("asked"), ["environment", "user"])
        dialog.get_by_label("Timer").select_option("No timer")
        self.page.clock.resume()
        # one on which nobody is leads back to the camera
        nobody = json.dumps({"success": False, "message": "No person.", "error": {"code": "NO_PERSON_FOUND"}})
        self.page.route("**/api/extract-pose*", lambda route: route.fulfill(status=422, body=nobody), times=1)
        dialog.get_by_role("button", name="Take picture").click()
        dialog.get_by_role("button", name="Use picture").click()
        name = self.page.locator(".tray-row .name").inner_text()
        # by the reader's clock
        now = self.page.evaluate("new Date().toLocaleDateString('sv') + '-' + String(new Date().getHours()).padStart(2, '0')")
        self.assertIn(f"camera-{now}", name)
        self.page.get_by_role("button", name="Retake").click()
        expect(dialog).to_be_visible()


class WithoutDecoder(BrowserCase):
    def make_server(self):
        server = RealServer(self.enterContext(program_without_decoder()))
        self.addCleanup(server.close)
        return server

    def test_what_an_iphone_writes_is_refused_with_the_way_to_read_it_and_the_way_around(self):
        self.expected = ["415"]
        self.open_gallery()
        chooser = self.page.locator("input[type=file][multiple]")
        # an iPhone makes a JPEG of it, where this is asked for
        expect(chooser).to_have_attribute("accept", "image/jpeg,image/png,image/webp")
        chooser.set_input_files(
            {"name": "IMG_0001.HEIC", "mimeType": "", "buffer": (DECODE / "person.heic").read_bytes()})
        words = self.page.locator(".tray-row", has_text="IMG_0001.HEIC").locator(".words")
        expect(words).to_contain_text("HEIC isn't supported here. `make decode`, or the package posevault-decode, adds it.")
        expect(words).to_contain_text("Most Compatible")


def load_tests(loader, tests, pattern):
    suite = on_both_screens(__name__, Uploads)
    suite.addTests(loader.loadTestsFromTestCase(WithoutDecoder))
    return suite
