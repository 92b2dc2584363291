"""What a page of another site can load from the server, as Chromium lets it."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from browser_case import BrowserCase
from real_server import RealServer


class ForeignPage(BrowserCase):
    """`localhost` and `127.0.0.1` are different sites for a browser, though they are one machine."""

    @classmethod
    def setUpClass(cls):
        cls.own = RealServer()
        cls.addClassCleanup(cls.own.close)
        cls.id = cls.own.upload("cases/astronaut.jpg")[0]
        cls.image = cls.own.pose(cls.id)["imageId"]

        class Page(BaseHTTPRequestHandler):
            def do_GET(self):
                body = f'<!doctype html><link rel="icon" href="data:,"><a href="{cls.own.url}/api/poses/{cls.id}">pose</a>'
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *words):
                pass

        cls.foreign = HTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=cls.foreign.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.foreign.server_close)
        cls.addClassCleanup(cls.foreign.shutdown)

    def make_server(self):
        return self.own

    def load(self, path):
        """Whether an <img> of the page that is open shows it."""
        return self.page.evaluate(
            """(url) => new Promise((tell) => {
              const image = new Image();
              image.onload = () => tell(true);
              image.onerror = () => tell(false);
              image.src = url;
            })""",
            self.own.url + path,
        )

    def test_it_can_show_no_picture_and_have_none_drawn_but_may_link_to_the_api(self):
        self.expected = ["403", "NotSameSite", "ERR_BLOCKED"]
        paths = [f"/api/images/{self.image}", f"/api/images/{self.image}/thumbnail", f"/api/poses/{self.id}/overlay?size=64"]
        self.page.goto(f"http://localhost:{self.foreign.server_port}/")
        for path in paths:
            self.assertFalse(self.load(path), path)
        self.page.get_by_role("link", name="pose").click()
        self.page.wait_for_url(f"**/api/poses/{self.id}")
        self.assertIn('"success":true', self.page.content())
        # the server's own page can
        self.page.goto(self.own.url)
        for path in paths:
            self.assertTrue(self.load(path), path)
