"""Wrong joints are put right, saved, taken back; nothing is lost when two people do so at once."""

from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens

NOSE = 0
LEFT_ELBOW = 13


class Correction(BrowserCase):
    def setUp(self):
        super().setUp()
        screen = "phone" if self.is_phone else "desk"
        self.id = self.server.upload("cases/astronaut.jpg", f"{self._testMethodName[5:25]}-{screen}.jpg")[0]
        self.detected = self.keypoint(NOSE)
        self.open_pose(self.id)

    def keypoint(self, index):
        return self.server.pose(self.id)["keypoints"][index]

    def drag_joint(self, index, by=(40, 20)):
        """Drags it and gives back where it is shown to be."""
        self.drag(self.joint_place(index), by)
        expect(self.page.locator(".save-bar")).to_contain_text("changed")
        return [float(self.page.get_by_label(axis, exact=True).input_value()) for axis in ("x", "y")]

    def save(self):
        self.page.get_by_role("button", name="Save", exact=True).click()

    def expect_saved(self):
        expect(self.page.locator(".toast", has_text="Saved.").last).to_be_visible()
        expect(self.page.locator(".save-bar")).to_contain_text("Saved")
        expect(self.page.locator(".save-bar")).not_to_contain_text("Saving")

    def choose_joint(self, name):
        self.page.get_by_label("Name").select_option(name)

    def test_a_joint_is_dragged_saved_reloaded_and_reverted(self):
        before = self.joint_place(NOSE)
        x, y = self.drag_joint(NOSE)
        after = self.joint_place(NOSE)
        self.assertAlmostEqual(after[0] - before[0], 40, delta=1)
        self.assertAlmostEqual(after[1] - before[1], 20, delta=1)
        self.save()
        self.expect_saved()
        self.assertAlmostEqual(self.keypoint(NOSE)["x"], x, delta=0.0001)
        self.assertAlmostEqual(self.keypoint(NOSE)["y"], y, delta=0.0001)
        self.page.reload()
        expect(self.page.locator(".pose-head .mark")).to_have_text("corrected")
        expect(self.page.locator(".values tbody tr").nth(NOSE)).to_contain_text("corrected")
        self.page.get_by_role("button", name="Revert to detection").click()
        self.page.get_by_role("button", name="Discard corrections").click()
        expect(self.page.locator(".pose-head .mark")).to_have_count(0)
        self.assertEqual(self.keypoint(NOSE), self.detected)

    def test_the_keyboard_alone_corrects_and_saves(self):
        frame = self.page.locator(".frame")
        frame.focus()
        self.page.keyboard.press("n")
        expect(self.page.get_by_label("Name")).to_have_value(str(NOSE))
        before = self.joint_place(NOSE)
        for _ in range(3):
            self.page.keyboard.press("Shift+ArrowRight")
        self.page.keyboard.press("ArrowUp")
        after = self.joint_place(NOSE)
        self.assertAlmostEqual(after[0] - before[0], 30, delta=0.1)
        self.assertAlmostEqual(after[1] - before[1], -1, delta=0.1)
        for _ in range(3):
            self.page.keyboard.press("[")
        self.page.keyboard.press("Control+s")
        self.expect_saved()
        self.assertAlmostEqual(self.keypoint(NOSE)["visibility"], self.detected["visibility"] - 0.3, places=4)
        self.assertGreater(self.keypoint(NOSE)["x"], self.detected["x"])

    def test_no_joint_lies_under_what_saves_it(self):
        sizes = [(390, 844), (844, 390), (720, 450)] if self.is_phone else [(1440, 900), (1280, 720), (1000, 700)]
        self.drag_joint(NOSE, (5, 5))
        for width, height in sizes:
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.locator(".frame").evaluate("node => node.scrollIntoView({ block: 'end' })")
            covered = self.page.evaluate(
                """() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
                  const frame = document.querySelector(".frame").getBoundingClientRect();
                  const joints = [...document.querySelectorAll(".frame .person.active circle.joint")];
                  const places = joints.map((joint) => joint.getBoundingClientRect());
                  resolve(places.filter(({ x, y, width, height }) => {
                    const [left, top] = [x + width / 2, y + height / 2];
                    if (top > Math.min(frame.bottom, innerHeight) || top < Math.max(frame.top, 0)) return false;
                    return !document.elementFromPoint(left, top)?.closest(".frame, .stage-tools, .bar");
                  }).length);
                })))"""
            )
            self.assertEqual(covered, 0, f"{width}x{height}")
            if not self.is_phone:
                # without scrolling; on a phone that lies on its side, below the picture
                expect(self.page.get_by_role("button", name="Save", exact=True)).to_be_in_viewport(ratio=1)
        if self.is_phone:
            self.page.set_viewport_size({"width": 390, "height": 844})
            self.page.evaluate("scrollTo(0, 0)")
            expect(self.page.get_by_role("button", name="Save", exact=True)).to_be_in_viewport(ratio=1)

    def test_the_focus_stays_with_the_work(self):
        frame = self.page.locator(".frame")
        undo = self.page.get_by_role("button", name="Undo")
        self.drag_joint(NOSE)
        undo.press("Enter")
        expect(self.page.locator(".save-bar")).to_contain_text("No changes")
        expect(undo).to_be_focused()
        self.page.get_by_role("button", name="Redo").press("Enter")
        self.page.get_by_role("button", name="Discard").press("Enter")
        expect(self.page.locator(".save-bar")).not_to_have_class("save-bar visible")
        expect(frame).to_be_focused()
        self.drag_joint(NOSE)
        save = self.page.get_by_role("button", name="Save", exact=True)
        save.press("Enter")
        self.expect_saved()
        expect(save).to_be_focused()
        # a toast gives the focus back
        self.page.get_by_role("link", name="JSON").focus()
        self.page.locator(".toast", has_text="Saved.").get_by_role("button", name="Dismiss").press("Enter")
        expect(self.page.locator(".toast")).to_have_count(0)
        expect(self.page.get_by_role("link", name="JSON")).to_be_focused()
        # what is redrawn keeps it
        self.page.evaluate("scrollTo(0, 0)")
        self.drag_joint(NOSE)
        self.page.get_by_role("link", name="JSON").focus()
        self.page.keyboard.press("Control+s")
        self.expect_saved()
        expect(self.page.get_by_role("link", name="JSON")).to_be_focused()
        # and what is gone gives it to the picture
        self.page.get_by_role("button", name="Revert to detection").press("Enter")
        self.page.get_by_role("button", name="Discard corrections").press("Enter")
        expect(self.page.locator(".pose-head .mark")).to_have_count(0)
        expect(frame).to_be_focused()

    def test_back_in_the_gallery_the_focus_is_on_the_card_that_was_opened(self):
        self.page.get_by_role("link", name="Back to all poses").click()
        link = self.page.locator(f'.card a[href="#/poses/{self.id}"]')
        link.press("Enter")
        expect(self.page.locator(".frame")).to_be_visible()
        self.page.go_back()
        expect(link).to_be_focused()

    def test_a_toast_waits_while_the_focus_is_on_it(self):
        self.page.clock.install()
        self.page.get_by_role("button", name="Delete").click()
        toast = self.page.locator(".toast", has_text="Pose deleted.")
        toast.get_by_role("button", name="Undo").focus()
        self.page.clock.run_for(60_000)
        expect(toast).to_be_visible()
        toast.get_by_role("button", name="Undo").press("Enter")
        expect(self.page.locator(".frame")).to_be_visible()
        self.assertTrue(self.server.exists(self.id))

    def test_every_keyboard_has_the_keys(self):
        devtools = self.context.new_cdp_session(self.page)
        alt, control = 1, 2

        def press(key, code, modifiers=0):
            event = {"key": key, "code": code, "modifiers": modifiers, "text": key if modifiers != control else ""}
            devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", **event})
            devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

        def visibility():
            return round(float(self.page.get_by_label("Visibility").input_value()), 2)

        self.page.locator(".frame").focus()
        # Greek and Bulgarian
        press("ν", "KeyN")
        expect(self.page.get_by_label("Name")).to_have_value(str(NOSE))
        press("з", "KeyP")
        expect(self.page.get_by_label("Name")).to_have_value("32")
        press("n", "KeyN")
        expect(self.page.get_by_label("Name")).to_have_value(str(NOSE))
        self.page.get_by_label("Visibility").fill("0.5")
        self.page.locator(".frame").focus()
        self.page.keyboard.press("v")
        self.assertEqual(visibility(), 0.6)
        self.page.keyboard.press("Shift+V")
        self.page.keyboard.press("Shift+V")
        self.assertEqual(visibility(), 0.4)
        # German on Windows, where AltGr is Ctrl and Alt, and on a Mac, where Option is Alt
        press("]", "Digit9", alt | control)
        self.assertEqual(visibility(), 0.5)
        press("[", "Digit5", alt)
        self.assertEqual(visibility(), 0.4)
        # a shortcut of the browser stays one
        press("]", "BracketRight", control)
        self.assertEqual(visibility(), 0.4)
        # French: 0 is a character with Shift
        press("+", "Equal")
        expect(self.page.locator(".frame")).to_have_class("frame zoomed")
        press("à", "Digit0")
        expect(self.page.locator(".frame")).to_have_class("frame")
        # Bulgarian again
        press("з", "KeyZ", control)
        expect(self.page.get_by_role("button", name="Redo")).to_be_enabled()

    def test_values_can_be_typed_and_visibility_set(self):
        self.choose_joint("left elbow")
        self.page.get_by_label("x", exact=True).fill("0.25")
        self.page.get_by_label("y", exact=True).fill("0.75")
        self.page.get_by_label("Visibility").fill("0.5")
        self.save()
        self.expect_saved()
        elbow = self.keypoint(LEFT_ELBOW)
        self.assertEqual((elbow["x"], elbow["y"], elbow["visibility"]), (0.25, 0.75, 0.5))
        self.assertTrue(elbow["corrected"])
        self.assertFalse(self.keypoint(NOSE)["corrected"])

    def test_undo_redo_and_discard(self):
        start = self.joint_place(NOSE)
        self.drag_joint(NOSE)
        first = self.joint_place(NOSE)
        self.drag_joint(NOSE)
        second = self.joint_place(NOSE)
        self.page.get_by_role("button", name="Undo").click()
        self.assertEqual(self.joint_place(NOSE), first)
        self.page.keyboard.press("Control+z")
        self.assertEqual(self.joint_place(NOSE), start)
        expect(self.page.locator(".save-bar")).to_contain_text("No changes")
        self.page.get_by_role("button", name="Redo").click()
        self.page.keyboard.press("Control+Shift+z")
        self.assertEqual(self.joint_place(NOSE), second)
        self.page.get_by_role("button", name="Discard").click()
        self.assertEqual(self.joint_place(NOSE), start)
        self.assertEqual(self.keypoint(NOSE), self.detected)

    def test_saving_does_not_end_the_way_back(self):
        start = self.joint_place(NOSE)
        self.drag_joint(NOSE)
        moved = self.joint_place(NOSE)
        self.save()
        self.expect_saved()
        self.page.get_by_role("button", name="Undo").click()
        self.assertEqual(self.joint_place(NOSE), start)
        expect(self.page.locator(".save-bar")).to_contain_text("1 joint changed")
        self.save()
        self.expect_saved()
        self.assertAlmostEqual(self.keypoint(NOSE)["x"], self.detected["x"], delta=0.0001)
        self.page.get_by_role("button", name="Redo").click()
        self.assertEqual(self.joint_place(NOSE), moved)

    def test_what_is_changed_while_it_is_saved_is_not_lost(self):
        self.drag_joint(NOSE)
        waiting = []
        self.page.route("**/api/poses/*", lambda route: waiting.append(route), times=1)
        self.save()
        expect(self.page.locator(".save-bar")).to_contain_text("Saving")
        self.choose_joint("left elbow")
        self.page.get_by_label("x", exact=True).fill("0.25")
        self.page.get_by_label("y", exact=True).focus()
        waiting[0].continue_()
        expect(self.page.locator(".save-bar")).to_contain_text("1 joint changed")
        self.save()
        self.expect_saved()
        self.assertEqual(self.keypoint(LEFT_ELBOW)["x"], 0.25)
        self.assertNotEqual(self.keypoint(NOSE)["x"], self.detected["x"])

    def test_one_joint_goes_back_to_where_it_was_detected_which_can_be_seen(self):
        self.server.correct(self.id, "nose", x=0.25)
        self.server.correct(self.id, "left_elbow", x=0.125)
        self.page.reload()
        expect(self.page.locator(".pose-head .mark")).to_have_text("corrected")
        self.choose_joint("nose")
        frame = self.page.locator(".frame")
        frame.focus()
        self.page.keyboard.down("d")
        expect(self.page.locator(".ghost circle.joint")).to_have_count(33)
        ghost = self.page.locator(".ghost circle.joint").nth(NOSE).evaluate("node => node.cx.baseVal.value")
        self.page.keyboard.up("d")
        expect(self.page.locator(".ghost")).to_have_count(0)
        self.page.get_by_role("button", name="Show detection").click()
        expect(self.page.locator(".ghost")).to_have_count(1)
        self.page.get_by_role("button", name="Back to detection").click()
        x, _ = self.joint_place(NOSE)
        self.assertAlmostEqual(x - frame.bounding_box()["x"], ghost, delta=0.1)
        expect(self.page.get_by_role("button", name="Back to detection")).to_be_hidden()
        self.save()
        self.expect_saved()
        self.assertAlmostEqual(self.keypoint(NOSE)["x"], self.detected["x"], delta=0.00001)
        self.assertEqual(self.keypoint(LEFT_ELBOW)["x"], 0.125)
        # by key, too
        self.choose_joint("left elbow")
        frame.focus()
        self.page.keyboard.press("r")
        self.save()
        self.expect_saved()
        self.assertNotEqual(self.keypoint(LEFT_ELBOW)["x"], 0.125)

    def test_what_saves_is_not_under_a_message(self):
        self.expected = ["ERR_CONNECTION_REFUSED"]
        self.drag_joint(NOSE)
        self.page.route("**/api/poses/*", lambda route: route.abort("connectionrefused"), times=1)
        self.save()
        toast = self.page.locator(".toast.error").bounding_box()
        bar = self.page.locator(".save-bar").bounding_box()
        isBeside = toast["y"] + toast["height"] <= bar["y"] or toast["y"] >= bar["y"] + bar["height"]
        self.assertTrue(isBeside, f"{toast} over {bar}")

    def test_moves_by_key_and_places_outside_are_told(self):
        frame = self.page.locator(".frame")
        frame.focus()
        self.page.keyboard.press("n")
        self.page.keyboard.press("Shift+ArrowRight")
        x, y = (float(self.page.get_by_label(axis, exact=True).input_value()) for axis in ("x", "y"))
        told = self.page.get_by_text(f"nose, {round(x * 100)} % from the left, {round(y * 100)} % from the top")
        expect(told).to_be_attached()
        self.page.get_by_label("x", exact=True).fill("5")
        self.page.get_by_label("y", exact=True).focus()
        expect(self.page.locator(".joint-panel")).to_contain_text("This joint lies outside the picture")
        self.page.get_by_label("x", exact=True).fill("0.5")
        self.page.get_by_label("y", exact=True).focus()
        expect(self.page.locator(".joint-panel")).not_to_contain_text("outside")

    def test_a_finger_sees_what_it_covers(self):
        loupe = self.page.locator(".loupe")
        expect(loupe).to_be_hidden()
        if not self.is_phone:
            self.drag_joint(NOSE)
            expect(loupe).to_be_hidden()
            expect(self.page.locator(".joint-panel")).to_contain_text("arrow keys")
            return
        expect(self.page.locator(".joint-panel")).not_to_contain_text("arrow keys")
        x, y = self.joint_place(NOSE)
        self.touch("touchStart", (x, y))
        self.touch("touchMove", (x + 20, y + 5))
        self.touch("touchMove", (x + 30, y + 5))
        expect(loupe).to_be_visible()
        box = loupe.bounding_box()
        self.assertFalse(box["x"] < x + 30 < box["x"] + box["width"] and box["y"] < y + 5 < box["y"] + box["height"])
        # the picture around the joint, and not something else
        colours = loupe.evaluate(
            """node => {
              const picture = document.querySelector(".frame .picture.loaded");
              const [x, y] = ["joint-x", "joint-y"].map((id) => Number(document.getElementById(id).value));
              const sample = document.createElement("canvas");
              sample.width = sample.height = 1;
              const context = sample.getContext("2d");
              context.drawImage(picture, -x * picture.naturalWidth, -y * picture.naturalHeight);
              const middle = node.getContext("2d").getImageData(node.width / 2, node.height / 2, 1, 1).data;
              return [[...context.getImageData(0, 0, 1, 1).data], [...middle]];
            }"""
        )
        for there, seen in zip(*colours):
            self.assertAlmostEqual(there, seen, delta=40)
        self.touch("touchEnd")
        expect(loupe).to_be_hidden()

    def test_who_saves_second_may_put_his_joints_onto_the_newer_pose(self):
        self.expected = ["412"]
        x, _ = self.drag_joint(NOSE)
        self.server.correct(self.id, "left_elbow", x=0.125)
        self.save()
        dialog = self.page.get_by_role("dialog", name="Someone else saved first")
        dialog.get_by_role("button", name="Keep my changes").click()
        expect(self.page.locator(".values tbody tr").nth(LEFT_ELBOW)).to_contain_text("0.125")
        expect(self.page.locator(".save-bar")).to_contain_text("1 joint changed")
        self.save()
        self.expect_saved()
        self.assertAlmostEqual(self.keypoint(NOSE)["x"], x, delta=0.0001)
        self.assertEqual(self.keypoint(LEFT_ELBOW)["x"], 0.125)

    def test_who_saves_second_may_take_the_newer_pose(self):
        self.expected = ["412"]
        self.drag_joint(NOSE)
        self.server.correct(self.id, "nose", x=0.25)
        self.save()
        self.page.get_by_role("button", name="Use theirs").click()
        expect(self.page.locator(".values tbody tr").nth(NOSE)).to_contain_text("0.250")
        self.assertEqual(self.keypoint(NOSE)["x"], 0.25)

    def test_leaving_with_changes_asks_first(self):
        self.drag_joint(NOSE)
        self.page.get_by_role("link", name="Back to all poses").click()
        self.page.get_by_role("button", name="Stay here").click()
        expect(self.page).to_have_url(f"{self.server.url}/#/poses/{self.id}")
        expect(self.page.locator(".save-bar")).to_contain_text("1 joint changed")
        self.page.get_by_role("link", name="Back to all poses").click()
        self.page.get_by_role("button", name="Save and leave").click()
        expect(self.page.locator(".gallery")).to_be_visible()
        self.assertNotEqual(self.keypoint(NOSE)["x"], self.detected["x"])

    def test_a_server_that_goes_away_costs_no_change(self):
        self.expected = ["ERR_CONNECTION_REFUSED"]
        self.drag_joint(NOSE)
        self.page.route("**/api/poses/*", lambda route: route.abort("connectionrefused"), times=1)
        self.save()
        expect(self.page.locator(".toast.error")).to_contain_text("does not answer")
        expect(self.page.locator(".save-bar")).to_contain_text("1 joint changed")
        self.page.get_by_role("button", name="Try again").click()
        self.expect_saved()
        self.assertNotEqual(self.keypoint(NOSE)["x"], self.detected["x"])

    def test_delete_leaves_a_way_back(self):
        name = self.page.get_by_role("heading", level=1).inner_text()
        self.page.get_by_role("button", name="Delete").click()
        expect(self.page.locator(".gallery")).to_be_visible()
        expect(self.page.locator(".card:visible", has_text=name)).to_have_count(0)
        self.page.get_by_role("button", name="Undo", exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)
        self.assertTrue(self.server.exists(self.id))

    def test_putting_the_message_away_or_looking_at_the_api_does_not_end_the_way_back(self):
        self.page.get_by_role("button", name="Delete").click()
        expect(self.page.locator(".toast")).to_contain_text("Pose deleted.")
        if not self.is_phone:
            with self.context.expect_page() as reference:
                self.page.get_by_role("link", name="API").click()
            expect(reference.value.get_by_role("heading", level=1)).to_contain_text("PoseVault")
            reference.value.close()
        self.page.get_by_role("button", name="Dismiss").click()
        expect(self.page.locator(".toast")).to_have_count(0)
        self.assertTrue(self.server.exists(self.id))
        self.page.get_by_role("button", name="Undo delete").click()
        expect(self.page.locator(".frame .picture.loaded")).to_be_attached()
        self.assertTrue(self.server.exists(self.id))
        # and without a change of mind it is deleted
        self.page.clock.install()
        self.page.get_by_role("button", name="Delete").click()
        self.page.get_by_role("button", name="Dismiss").click()
        with self.page.expect_response("**/api/poses/*"):
            self.page.clock.run_for(31_000)
        expect(self.page.get_by_role("button", name="Undo delete")).to_be_hidden()
        self.assertFalse(self.server.exists(self.id))

    def test_closing_the_page_means_the_deletion(self):
        self.page.get_by_role("button", name="Delete").click()
        expect(self.page.locator(".toast")).to_contain_text("Pose deleted.")
        self.page.goto("about:blank")
        for _ in range(50):
            if not self.server.exists(self.id):
                return
            self.page.wait_for_timeout(100)
        self.fail("The pose is still there.")

    def test_after_a_reload_there_still_is_a_way_back(self):
        self.page.get_by_role("button", name="Delete").click()
        expect(self.page.locator(".toast")).to_contain_text("Pose deleted.")
        self.page.reload()
        self.page.locator(".toast", has_text="Pose deleted.").get_by_role("button", name="Undo").click()
        expect(self.page.locator(".toast")).to_have_count(0)
        for _ in range(50):
            if self.server.exists(self.id):
                break
            self.page.wait_for_timeout(100)
        self.assertTrue(self.server.exists(self.id))
        # said once
        self.page.reload()
        expect(self.page.locator(".card, .welcome, .frame").first).to_be_visible()
        self.page.wait_for_timeout(1000)
        expect(self.page.locator(".toast")).to_have_count(0)

    def test_nothing_is_deleted_that_someone_else_has_just_changed(self):
        self.expected = ["412"]
        self.server.correct(self.id, "nose", x=0.25)
        self.page.clock.install()
        self.page.get_by_role("button", name="Delete").click()
        expect(self.page.locator(".toast")).to_contain_text("Pose deleted.")
        self.page.clock.run_for(9_000)
        expect(self.page.locator(".toast.error")).to_contain_text("Someone else changed this pose")
        self.page.get_by_role("button", name="Show it").click()
        expect(self.page.locator(".values tbody tr").nth(NOSE)).to_contain_text("0.250")
        self.assertTrue(self.server.exists(self.id))


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Correction)
