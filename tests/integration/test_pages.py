# SPDX-License-Identifier: Apache-2.0
"""
The status page, as a reader meets it who follows every link: each page is there, is well-formed,
and has nothing in it that the policy against foreign script would stop.
"""

import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

from support.case import Case
from support.places import NOTAFTER, environment, sanitizer_report
from support.wait import PATIENCE, until

VOID = {"br", "hr", "img", "input", "link", "meta", "path", "rect", "line", "circle", "use"}
MAX_PAGES = 400  # a reader who finds more walks in circles


class Page(HTMLParser):
    """What is wrong with a page, and where it leads."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.named, self.faults = [], set(), [], [], []
        self.words = ""
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open]
        self.faults += [f"nothing has the id {name}" for name in self.named if name not in self.ids]

    def handle_starttag(self, tag, attrs):
        self.look(tag, dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.look(tag, dict(attrs))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing, line {self.getpos()[0]}")
            self.open.clear()

    def handle_data(self, data):
        self.words += data
        if self.open and self.open[-1] in ("script", "style") and data.strip():
            self.faults.append(f"<{self.open[-1]}> with something in it")

    def look(self, tag, attrs):
        for name in attrs:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"<{tag} {name}=...>")
        if "id" in attrs:
            if attrs["id"] in self.ids:
                self.faults.append(f"two have the id {attrs['id']}")
            self.ids.add(attrs["id"])
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.named += (attrs.get(name) or "").split()
        self.links += [attrs[name] for name in ("href", "src") if attrs.get(name)]


class Pages(Case):
    """One demo for all of it: it takes some seconds to begin."""

    def setUp(self):
        super().setUp()
        self.output = self.folder / "output"
        with open(self.output, "w") as output:
            self.demo = subprocess.Popen(
                [str(NOTAFTER), "demo", "--dir", str(self.folder / "demo")],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment())
        self.addCleanup(self.demo.wait)
        self.addCleanup(self.demo.kill)
        self.url = until(self.served, "the address of the page", 30)

    def served(self):
        self.assertIsNone(self.demo.poll(), self.output.read_text())
        found = re.search(r"http://127\.0\.0\.1:\d+", self.output.read_text())
        return found and found.group()

    def get(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=20 * PATIENCE) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.headers["Content-Type"], e.read().decode()

    def read(self, path):
        """A page without a fault."""
        status, kind, text = self.get(path)
        self.assertEqual(status, 200, f"{path}: {text[:500]}")
        page = Page(text if kind.startswith("text/html") else "")
        self.assertEqual(page.faults, [], path)
        return page

    def crawl(self, start):
        seen, to_do = {}, [start]
        while to_do:
            path = to_do.pop(0)
            if path in seen:
                continue
            seen[path] = self.read(path)
            self.assertLess(len(seen), MAX_PAGES, path)
            for link in seen[path].links:
                link = urllib.parse.urljoin(path, link)
                self.assertTrue(link.startswith("/"), f"{path} leads away, to {link}")
                to_do.append(link.partition("#")[0])
        return seen

    def test_every_link_leads_to_a_page_without_a_fault(self):
        until(lambda: "not sent" in self.read("/endpoints?q=incomplete").words,
              "the problem of an endpoint", 30)
        seen = self.crawl("/")
        for path in ("/endpoints", "/certificates", "/queue", "/silences", "/metrics",
                     "/calendar.ics", "/api/v1/openapi.yaml"):
            self.assertIn(path, seen)
        for kind in ("/endpoint?id=", "/certificate?sha256=", "/endpoints?state=",
                     "/static/style.css?v="):
            self.assertTrue(any(path.startswith(kind) for path in seen), kind)
        self.look_for_one()
        self.demo.terminate()
        self.demo.wait(30 * PATIENCE)
        self.assertEqual(sanitizer_report(self.output.read_text()), "")

    def look_for_one(self):
        page = self.read("/endpoints?q=wild&state=&sort=name&order=desc")
        self.assertIn("wildcard", page.words)
        self.assertIn("1 to 1 of 1", page.words)
        self.assertEqual(self.get("/endpoints?sort=colour")[0], 400)
        nowhere = urllib.request.Request(self.url + "/endpoint?id=nowhere",
                                         headers={"Accept": "text/html"})
        with self.assertRaises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(nowhere, timeout=20 * PATIENCE)
        self.assertEqual(refusal.exception.code, 404)
        self.assertIn(b"<p>There is no endpoint with the name or ", refusal.exception.read())
