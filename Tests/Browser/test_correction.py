"""Wrong joints are put right, saved, taken back; nothing is lost when two people do so at once."""

from playwright.sync_api import expect

from browser_case import BrowserCase, on_both_screens

NOSE = 0
LEFT_ELBOW = 13


class Correction(BrowserCase):
    def setUp(self):
        super().setUp()
        self.id = self.server.upload("cases/astronaut.jpg", f"{self._testMethodName[5:25]}.jpg")[0]
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
        expect(self.page.locator(".toast", has_text="Saved.")).to_be_visible()
        expect(self.page.locator(".save-bar")).not_to_have_class("save-bar visible")

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
        self.page.get_by_role("button", name="Take the corrections back").click()
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

    def test_who_saves_second_may_put_his_joints_onto_the_newer_pose(self):
        self.expected = ["412"]
        x, _ = self.drag_joint(NOSE)
        self.server.correct(self.id, "left_elbow", x=0.125)
        self.save()
        dialog = self.page.get_by_role("dialog", name="Someone else saved first")
        dialog.get_by_role("button", name="Put mine onto it").click()
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
        self.page.get_by_role("button", name="Take theirs").click()
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
        self.page.get_by_role("button", name="Undo").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)
        self.assertTrue(self.server.exists(self.id))
        self.page.get_by_role("button", name="Delete").click()
        expect(self.page.locator(".toast")).to_contain_text("Pose deleted.")
        with self.page.expect_response("**/api/poses/*"):
            self.page.get_by_role("button", name="Dismiss").last.click()
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

    def test_nothing_is_deleted_that_someone_else_has_just_changed(self):
        self.expected = ["412"]
        self.server.correct(self.id, "nose", x=0.25)
        self.page.get_by_role("button", name="Delete").click()
        self.page.get_by_role("button", name="Dismiss").click()
        expect(self.page.locator(".toast.error")).to_contain_text("Someone else changed this pose")
        self.page.get_by_role("button", name="Show it").click()
        expect(self.page.locator(".values tbody tr").nth(NOSE)).to_contain_text("0.250")
        self.assertTrue(self.server.exists(self.id))


def load_tests(loader, tests, pattern):
    return on_both_screens(__name__, Correction)
