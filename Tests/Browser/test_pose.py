"""One pose, looked at: its joints over the picture, closely, in space, as numbers, and taken home."""

import json
import urllib.request
from pathlib import Path

from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens, shared_server
from real_server import PICTURES

LEFT_WRIST = 15


class Pose(BrowserCase):
    @classmethod
    def setUpClass(cls):
        cls.alone = shared_server().upload("astronaut.png")[0]
        cls.both = shared_server().upload("cases/two.png")

    def setUp(self):
        super().setUp()
        self.keypoints = self.server.pose(self.alone)["keypoints"]

    def picture(self):
        """Where the picture lies in the frame: its corner and its scale."""
        return self.page.locator(".frame .picture.loaded").evaluate(
            "node => { const { e, f, a } = new DOMMatrix(getComputedStyle(node).transform); return [e, f, a]; }"
        )

    def test_joints_lie_where_the_server_says_coloured_by_side_and_faded_by_visibility(self):
        self.open_pose(self.alone)
        x, y, scale = self.picture()
        joints = self.page.locator(".person.active circle.joint")
        expect(joints).to_have_count(33)
        for index, keypoint in enumerate(self.keypoints):
            joint = joints.nth(index)
            place = joint.evaluate("node => [node.cx.baseVal.value, node.cy.baseVal.value, Number(node.getAttribute('opacity'))]")
            self.assertAlmostEqual(place[0], x + keypoint["x"] * 512 * scale, delta=0.1)
            self.assertAlmostEqual(place[1], y + keypoint["y"] * 512 * scale, delta=0.1)
            self.assertAlmostEqual(place[2], 0.25 + 0.75 * keypoint["visibility"], delta=0.001)
            side = next((side for side in ("left", "right") if side in keypoint["name"]), "middle")
            self.assertIn(side, joint.get_attribute("class").split())

    def test_a_joints_name_is_shown_where_the_pointer_is(self):
        self.open_pose(self.alone)
        if self.is_phone:
            self.page.touchscreen.tap(*self.joint_place(0))
        else:
            self.page.mouse.move(*self.joint_place(0))
        expect(self.page.locator(".joint-label")).to_contain_text("nose")

    def test_zoom_and_pan_by_buttons_wheel_keys_and_mouse(self):
        self.open_pose(self.alone)
        fitted = self.picture()
        self.page.get_by_role("button", name="Zoom in").click()
        self.assertAlmostEqual(self.picture()[2], fitted[2] * 1.4, places=3)
        self.page.get_by_role("button", name="Fit").click()
        self.assertEqual(self.picture(), fitted)
        frame = self.page.locator(".frame")
        box = frame.bounding_box()
        corner = (box["x"] + 30, box["y"] + 60)
        if not self.is_phone:
            self.page.mouse.move(*corner)
            self.page.mouse.wheel(0, -400)
            self.assertGreater(self.picture()[2], fitted[2] * 1.5)
        frame.focus()
        self.page.keyboard.press("+")
        x, y, scale = self.picture()
        self.page.keyboard.press("ArrowLeft")
        self.assertGreater(self.picture()[0], x)
        self.page.keyboard.press("0")
        self.assertEqual(self.picture(), fitted)
        self.page.keyboard.press("+")
        self.page.keyboard.press("+")
        x, y, scale = self.picture()
        self.drag(corner, (25, 15))
        moved = self.picture()
        self.assertAlmostEqual(moved[0] - x, 25, delta=6)
        self.assertAlmostEqual(moved[1] - y, 15, delta=6)
        self.assertEqual(moved[2], scale)

    def test_two_fingers_zoom(self):
        if not self.is_phone:
            self.skipTest("a desk has no touch screen")
        self.open_pose(self.alone)
        before = self.picture()[2]
        box = self.page.locator(".frame").bounding_box()
        x, y = box["x"] + 60, box["y"] + 80
        self.touch("touchStart", (x, y), (x + 60, y))
        for width in (80, 120, 180):
            self.touch("touchMove", (x, y), (x + width, y))
        self.touch("touchEnd")
        self.assertAlmostEqual(self.picture()[2] / before, 3, delta=0.2)

    def test_people_of_a_picture_lead_to_each_other(self):
        first, second = self.both
        self.open_pose(first)
        expect(self.page.locator(".person")).to_have_count(2)
        self.page.get_by_role("link", name="Person 2").click()
        expect(self.page).to_have_url(f"{self.server.url}/#/poses/{second}")
        expect(self.page.get_by_role("link", name="Person 2")).to_have_attribute("aria-current", "true")
        # and by the other one's joints in the picture
        other = self.page.locator(".person:not(.active) circle.joint").nth(25)
        place = other.evaluate("node => { const box = node.getBoundingClientRect(); return [box.x + 3, box.y + 3]; }")
        if self.is_phone:
            self.page.touchscreen.tap(*place)
        else:
            self.page.mouse.click(*place)
        expect(self.page).to_have_url(f"{self.server.url}/#/poses/{first}")

    def test_a_small_person_is_shown_closely_on_a_phone(self):
        self.open_pose(self.server.upload("bus.jpg")[0])
        joints = self.page.locator(".person.active circle.joint")
        places = lambda: joints.evaluate_all("nodes => nodes.map((node) => [node.cx.baseVal.value, node.cy.baseVal.value])")
        reach = lambda: max(y for _, y in places()) - min(y for _, y in places())
        first = reach()
        frame = self.page.locator(".frame").bounding_box()
        self.assertTrue(all(0 < x < frame["width"] and 0 < y < frame["height"] for x, y in places()))
        self.page.get_by_role("button", name="Fit").click()
        if self.is_phone:
            self.assertGreater(first, 1.2 * reach())
        else:
            self.assertEqual(first, reach())

    def test_it_can_be_put_on_a_home_screen(self):
        self.open_gallery()
        address = self.page.locator("link[rel=manifest]").evaluate("link => link.href")
        manifest = self.page.request.get(address)
        self.assertEqual(manifest.headers["content-type"], "application/manifest+json")
        # Chromium's own list of what is wrong with it
        devtools = self.context.new_cdp_session(self.page)
        self.assertEqual(devtools.send("Page.getAppManifest")["errors"], [])
        problems = {one["errorId"] for one in devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]}
        self.assertEqual(problems - {"in-incognito"}, set())
        icons = [icon["src"] for icon in manifest.json()["icons"]]
        touch = self.page.locator("link[rel=apple-touch-icon]").get_attribute("href")
        for icon in [*icons, touch, "favicon.ico"]:
            self.assertTrue(self.page.request.get(f"/{icon}").ok, icon)

    def test_left_and_right_are_told_and_the_skeleton_can_be_hidden(self):
        self.open_pose(self.alone)
        expect(self.page.locator(".legend")).to_contain_text("person’s left")
        colour = lambda kind: self.page.locator(f".legend .{kind}").evaluate(
            "node => getComputedStyle(node, '::before').backgroundColor")
        drawn = lambda kind: self.page.locator(f".person.active circle.{kind}").first.evaluate(
            "node => getComputedStyle(node).fill")
        for side in ("left", "right"):
            self.assertEqual(colour(side), drawn(side))
        hide = self.page.get_by_role("button", name="Hide skeleton")
        hide.click()
        expect(hide).to_have_attribute("aria-pressed", "true")
        expect(self.page.locator(".person.active circle.joint").first).to_be_hidden()
        # what is not seen is not moved
        self.drag(self.joint_place(0), (30, 0))
        expect(self.page.locator(".save-bar")).not_to_contain_text("changed")
        self.page.locator(".frame").focus()
        self.page.keyboard.press("h")
        expect(self.page.locator(".person.active circle.joint").first).to_be_visible()

    def test_on_paper_stands_what_is_known_and_nothing_to_press(self):
        self.open_pose(self.alone)
        self.page.emulate_media(media="print")
        expect(self.page.locator(".frame .picture.loaded")).to_be_visible()
        expect(self.page.locator(".values tbody tr").last).to_be_visible()
        # the joints' names in the table are buttons, too
        expect(self.page.locator("button:visible, a.button:visible, input:visible")).to_have_count(33)
        expect(self.page.locator(".values button:visible")).to_have_count(33)

    def test_the_table_shows_every_value(self):
        self.open_pose(self.alone)
        rows = self.page.locator(".values tbody tr")
        expect(rows).to_have_count(33)
        for index, keypoint in enumerate(self.keypoints):
            cells = rows.nth(index).locator("th button, td").all_inner_texts()
            name = keypoint["name"].replace("_", " ")
            values = [f"{keypoint[field]:.3f}" for field in ("x", "y", "z")]
            self.assertEqual(cells[0], name)
            for shown, value in zip(cells[1:4], values):
                self.assertAlmostEqual(float(shown), float(value), delta=0.0011)
            self.assertEqual(cells[4], f"{round(keypoint['visibility'] * 100)} %")

    def test_the_pose_turns_in_space(self):
        self.open_pose(self.alone)
        canvas = self.page.locator(".world canvas")
        canvas.scroll_into_view_if_needed()
        look = lambda: canvas.evaluate("node => node.toDataURL()")
        # who wants less motion sees it standing still
        self.assertEqual(look(), look())
        before = look()
        painted = canvas.evaluate(
            "node => node.getContext('2d').getImageData(0, 0, node.width, node.height).data.some((value) => value > 0)"
        )
        self.assertTrue(painted)
        canvas.focus()
        self.page.keyboard.press("ArrowRight")
        self.assertNotEqual(look(), before)
        before = look()
        box = canvas.bounding_box()
        self.page.mouse.move(box["x"] + 100, box["y"] + 100)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 160, box["y"] + 100)
        self.page.mouse.up()
        self.assertNotEqual(look(), before)
        before = look()
        self.page.get_by_role("button", name="Turn").click()
        self.page.wait_for_timeout(200)
        self.assertNotEqual(look(), before)
        self.page.get_by_role("button", name="Stop turning").click()

    def test_the_pose_in_space_moves_only_when_asked_to_and_seen(self):
        # the tests' pages want no motion, this one has no objection
        self.page.emulate_media(reduced_motion="no-preference")
        self.page.add_init_script(
            """let clear = CanvasRenderingContext2D.prototype.clearRect;
            window.redraws = 0;
            CanvasRenderingContext2D.prototype.clearRect = function (...box) {
              window.redraws += 1;
              return clear.apply(this, box);
            };"""
        )

        def redraws_in_30_frames():
            return self.page.evaluate(
                """() => new Promise((resolve) => {
                  let [frames, before] = [0, 0];
                  const step = () => {
                    // observers are heard some frames after a change
                    if (frames === 10) before = window.redraws;
                    if ((frames += 1) > 40) resolve(window.redraws - before);
                    else requestAnimationFrame(step);
                  };
                  step();
                })"""
            )

        self.open_pose(self.alone)
        canvas = self.page.locator(".world canvas")
        canvas.scroll_into_view_if_needed()
        self.assertEqual(redraws_in_30_frames(), 0)
        self.page.get_by_role("button", name="Turn").click()
        self.assertGreater(redraws_in_30_frames(), 20)
        self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": 300})
        self.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        expect(canvas).not_to_be_in_viewport()
        self.assertEqual(redraws_in_30_frames(), 0)
        canvas.scroll_into_view_if_needed()
        self.assertGreater(redraws_in_30_frames(), 20)

    def test_picture_overlay_and_json_can_be_taken_home(self):
        self.open_pose(self.alone)
        self.assertEqual(self.download("Picture", "astronaut.png"), (PICTURES / "astronaut.png").read_bytes())
        answer = json.loads(self.download("JSON", f"astronaut-{self.alone}.json"))
        self.assertEqual(answer["data"]["keypoints"], self.keypoints)
        self.assertEqual(len(answer["data"]["worldKeypoints"]), 33)
        self.assertTrue(self.download("Overlay", "astronaut-overlay.png").startswith(b"\x89PNG"))

    def test_everybody_is_in_the_overlay_that_is_taken_home(self):
        [first, second] = self.server.upload("cases/two.png", "pair.png")
        self.open_pose(second)
        taken = self.download("Overlay", "pair-overlay.png")

        def drawn(query):
            with urllib.request.urlopen(f"{self.server.url}/api/poses/{second}/overlay{query}", timeout=60) as answer:
                return answer.read()

        self.assertNotEqual(taken, drawn(""))
        self.assertEqual(taken, drawn("?people=all"))

    def download(self, link, name):
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=link, exact=True).click()
        self.assertEqual(download.value.suggested_filename, name)
        return Path(download.value.path()).read_bytes()

    def test_a_pose_that_is_gone_says_so(self):
        self.expected = ["404"]
        self.page.goto("/#/poses/999999")
        expect(self.page.get_by_role("heading", name="This pose is gone")).to_be_visible()
        self.page.goto("/#/nowhere")
        expect(self.page.get_by_role("heading", name="Page not found")).to_be_visible()

    def test_a_lost_picture_leaves_the_pose(self):
        self.expected = ["404"]
        self.page.route("**/api/images/**", lambda route: route.fulfill(status=404, body="{}"))
        self.page.goto(f"/#/poses/{self.alone}")
        expect(self.page.locator(".stage-message")).to_contain_text("can’t be shown")
        expect(self.page.locator(".person.active circle.joint")).to_have_count(33)


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Pose)
