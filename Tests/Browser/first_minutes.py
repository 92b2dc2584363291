"""first_minutes.py ADDRESS PICTURE: adds a picture to the empty page, corrects a joint, saves, and prints how many clicks
that took, each a press of the mouse; choosing the file in the system's dialogue counts as one."""

import sys

from playwright.sync_api import expect, sync_playwright

NOSE = 0
COUNT = """
sessionStorage.clicks ??= 0;
addEventListener("pointerdown", () => { sessionStorage.clicks = Number(sessionStorage.clicks) + 1; }, true);
"""


def main(address, picture):
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(COUNT)
        page.goto(address)
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Add pictures").click()
        chooser.value.set_files(picture)
        chosen = 1
        page.locator(".card").first.click()
        expect(page.locator(".person.active circle.joint")).to_have_count(33)
        frame = page.locator(".frame").bounding_box()
        joint = page.locator(".person.active circle.joint").nth(NOSE)
        x, y = joint.evaluate("node => [node.cx.baseVal.value, node.cy.baseVal.value]")
        page.mouse.move(frame["x"] + x, frame["y"] + y)
        page.mouse.down()
        for step in (10, 20, 40):
            page.mouse.move(frame["x"] + x + step, frame["y"] + y + step / 2)
        page.mouse.up()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".toast", has_text="Saved.")).to_be_visible()
        print(int(page.evaluate("sessionStorage.clicks")) + chosen)
        chromium.close()


main(*sys.argv[1:])
