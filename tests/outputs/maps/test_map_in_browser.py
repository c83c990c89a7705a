"""The map in a real browser without a network: nothing is asked for, nothing in a name is run,
everything is shown."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import re
import select
import shutil
import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from test_maps import make_plan

from corridors.locales import show_unseen
from corridors.outputs.maps import render_map
from corridors.remarks import Remark

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
SHOTS = Path(__file__).parents[2].parent / "shots"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
]


class Browser:
    """One page of a headless Chromium, spoken to over a pipe in the DevTools protocol."""

    def __init__(self, read_fd, write_fd):
        self.read_fd, self.write_fd = read_fd, write_fd
        self.rest, self.number, self.session, self.events = b"", 0, None, []

    def start(self):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params} | (
            {"sessionId": self.session} if self.session else {}
        )
        os.write(self.write_fd, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def receive(self, seconds=60):
        until = time.monotonic() + seconds
        while b"\0" not in self.rest:
            assert select.select([self.read_fd], [], [], max(0, until - time.monotonic()))[0], (
                "the browser does not answer"
            )
            chunk = os.read(self.read_fd, 1 << 20)
            assert chunk, "the browser has ended"
            self.rest += chunk
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, path, width=1400, height=1000):
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.events.clear()
        self.ask("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def run(self, script):
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def shoot(self, name):
        SHOTS.mkdir(exist_ok=True)
        picture = base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
        (SHOTS / name).write_bytes(picture)
        return picture

    def complaints(self):
        """Console messages, errors and refused loads since the page was opened."""
        return [
            e
            for e in self.events
            if e.get("method")
            in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        ]

    def requests(self):
        """Addresses asked for since the page was opened, but for the file itself and pictures
        inside it."""
        asked = [
            e["params"]["request"]["url"]
            for e in self.events
            if e.get("method") == "Network.requestWillBeSent"
        ]
        return [url for url in asked if not url.startswith(("file:", "data:"))]


@contextmanager
def open_browser(folder):
    """A browser that ends with the block; it reads commands from descriptor 3 and answers on 4."""
    pipes = [os.pipe(), os.pipe()]
    (to_browser, from_us), (from_browser, to_us) = (
        [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in pipe] for pipe in pipes
    )
    command = [
        CHROMIUM,
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={folder / 'net.json'}",
        "--net-log-capture-mode=Everything",
    ]
    silent = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    actions = [*silent, (os.POSIX_SPAWN_DUP2, to_browser, 3), (os.POSIX_SPAWN_DUP2, to_us, 4)]
    process = os.posix_spawn(CHROMIUM, command, os.environ, file_actions=actions, setpgroup=0)
    for end in (*itertools.chain(*pipes), to_browser, to_us):
        os.close(end)
    browser = Browser(from_browser, from_us)
    try:
        browser.start()
        yield browser
        browser.session = None
        browser.ask("Browser.close")
        while os.waitpid(process, os.WNOHANG) == (0, 0):
            time.sleep(0.05)
    except BaseException:
        os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
        raise
    finally:
        os.close(from_us)
        os.close(from_browser)


ATTACKS = (
    "<img src=x onerror={run}>",
    "<script>{run}</script>",
    "</script><script>{run}</script>",
    "</title><svg onload={run}>",
    "</style><iframe srcdoc='<script>parent.{run}</script>'>",
    "--><body onload={run}>",
    "]]><object data=javascript:{run}>",
    "`+({run})+`",
    "`",
    "${{{run}}}",
    "`${{{run}}}`",
    "\\`${{{run}}}",
    "{{{{ {run} }}}}",
    "{{{{ cycler.__init__.__globals__.os.environ }}}}",
    "{{% for x in y %}}",
    "{{# half a comment",
    "';{run};//",
    '";{run};//',
    "\\';{run};//",
    "\\u003cscript\\u003e{run}",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "&#x3C;img src=x onerror={run}&#x3E;",
    '" onmouseover="{run}" x="',
    "' onfocus='{run}' autofocus='",
    "javascript:{run}",
    "<a href='javascript:{run}'>x</a>",
    "<details open ontoggle={run}>",
    "<style>*{{background:url(https://x.example)}}</style>",
    "<link rel=stylesheet href=//x.example>",
    "<base href=//x.example>",
    "<meta http-equiv=refresh content='0;url=//x.example'>",
    "\u202emarhti gnort\u202c {run}",
    "\u2067right\u2069 to \u200fleft",
    "line\u2028{run}\u2029separator",
    "nothing\x00here\x07\x1b[31m{run}",
    "\ufeffmark\ufffe",
    "\u200e\u061cmarks\u200f {run}",
    "مستشفى <b>{run}</b> ١٢٣",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={run}>",
    "very long " * 400 + "<img src=x onerror={run}>",
)


def hostile(number):
    """One of 200 hostile names, with a mark of its own so that it can be found again."""
    run = (
        "window.hacked=1",
        "document.title='hacked'",
        "document.body.innerHTML=''",
        "fetch('https://x.example')",
        "top.hacked=1",
    )[number // 40 % 5]
    return f"n{number:04} {ATTACKS[number % 40].format(run=run)} n{number:04}"


def open_everything(browser):
    """Every word of the page, after all that can be clicked was clicked and every closed road, zone
    and corridor asked."""
    return browser.run(
        """(async () => {
          const texts = [document.body.innerText];
          document.querySelectorAll("details").forEach((details) => { details.open = true; });
          document.querySelectorAll("main, header").forEach((part) => texts.push(part.textContent));
          document.querySelectorAll("[title], [alt], [aria-label]").forEach((e) => texts.push(e.title, e.getAttribute("alt"), e.getAttribute("aria-label")));
          const listen = () => document.querySelectorAll(".leaflet-popup").forEach((popup) => texts.push(popup.textContent));
          for (const e of document.querySelectorAll(".mark, .badge, tr.corridor, button[data-site]")) {
            for (const name of ["mouseover", "focus", "click", "mouseout"]) e.dispatchEvent(new MouseEvent(name, { bubbles: true }));
            listen();
          }
          for (const line of [...decode(plan.closed.lines), ...decode(plan.limited.lines), ...plan.corridors.each.flatMap((c) => c.lines)]) {
            answer({ latlng: L.latLng(line[0]) });
            listen();
          }
          for (const zone of plan.zones) { answerArea(L.latLng(zone.at)); listen(); }
          document.querySelectorAll(".leaflet-control-layers-selector").forEach((box) => { box.click(); box.click(); });
          await new Promise((done) => setTimeout(done, 300));
          return texts.join("\\n");
        })()"""
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if CHROMIUM is None:
        if os.environ.get("CORRIDORS_REQUIRE_CHROMIUM"):
            pytest.fail("no Chromium was found, and CORRIDORS_REQUIRE_CHROMIUM is set")
        pytest.skip("no Chromium was found on the PATH: the map is not looked at in a browser")
    with open_browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def show(browser, tmp_path):
    def show_plan(plan, **size):
        (tmp_path / "map.html").write_text(render_map(plan), encoding="utf-8")
        browser.open(tmp_path / "map.html", **size)
        return browser

    return show_plan


def test_the_map_opens_without_a_network_in_silence(show):
    browser = show(make_plan())
    words = open_everything(browser)
    assert "Rank" in words
    assert "Because" in words
    assert browser.complaints() == []
    assert browser.requests() == []


@pytest.mark.parametrize(("width", "height"), [(1400, 1000), (400, 800)])
def test_the_map_is_drawn_on_large_and_small_screens(show, width, height):
    browser = show(make_plan(), width=width, height=height)
    picture = browser.shoot(f"town-{width}.png")
    assert len(picture) > 20_000
    assert browser.run("document.documentElement.scrollWidth") <= width
    seen = browser.run(
        "[...document.querySelectorAll('.label:not(.hidden)')].map((label) => label.innerText).join('|')"
    )
    assert "CUT OFF" in seen
    assert {"place 0", "place 1", "place 2"} <= set(re.split(r"[|\n]", seen))


def test_names_on_the_map_do_not_cover_each_other(show):
    boxes = show(make_plan()).run(
        "[...document.querySelectorAll('.label:not(.hidden)')].map((e) => e.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom])"
    )
    assert len(boxes) > 3
    for (left, top, right, bottom), other in itertools.combinations(boxes, 2):
        assert left >= other[2] or right <= other[0] or top >= other[3] or bottom <= other[1]


PAINTED = """[...document.querySelectorAll("canvas")].map(
  (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""


def test_roads_and_closures_stay_painted_whatever_is_done_to_the_map(show):
    browser = show(make_plan())
    toggle = "document.querySelectorAll('.leaflet-control-layers-selector').forEach((box) => { box.click(); box.click(); })"
    for action in (
        "1",
        "map.setView([33.24, 35.25], 14, { animate: false })",
        "map.panBy([30, 5], { animate: false })",
        "map.zoomOut(1, { animate: false })",
        toggle,
    ):
        browser.run(f"void ({action})")
        assert browser.run(PAINTED) == [True] * 3, action


def test_a_row_of_the_table_shows_its_corridor(show):
    browser = show(make_plan())
    browser.run("document.querySelectorAll('tr.corridor')[1].click()")
    assert (
        browser.run("document.querySelector('.leaflet-popup h3').textContent")
        == "place 0 → place 1 مكان 1"
    )
    assert browser.run("document.querySelectorAll('.leaflet-chosen-pane path').length") == 2
    browser.run("void map.closePopup()")
    assert browser.run("document.querySelectorAll('.leaflet-chosen-pane path').length") == 0


def test_arrows_point_the_way_it_is_driven(show):
    # The primary leaves the depot northwards, then turns east: no arrow may point south or west.
    triangles = show(make_plan()).run(
        "arrows.primary.getLatLngs().map(([ring]) => ring.map((p) => [p.lng, p.lat]))"
    )
    assert len(triangles) > 1
    for tip, left, right in triangles:
        ahead = [tip[axis] - (left[axis] + right[axis]) / 2 for axis in (0, 1)]
        assert max(ahead) > 0 > -1e-4 < min(ahead)


@pytest.mark.parametrize("first", [0, 50, 100, 150])
def test_hostile_names_are_shown_and_never_run(show, first):
    numbers = itertools.count(first)
    given = []

    def name_of(_what, _number):
        given.append(hostile(next(numbers) % 200))
        return given[-1]

    plan = make_plan(name_of)
    assert len(given) >= 50
    plan = replace(
        plan,
        remarks=tuple(
            Remark("file_note", {"file": "a file", "note": hostile(number)})
            for number in range(200)
        ),
    )
    tags = "document.querySelectorAll('script, iframe, object, embed, base, link, form, img, style, meta').length"
    tame = show(make_plan()).run(tags)
    browser = show(plan)
    title = browser.run("document.title")
    shown = " ".join(open_everything(browser).split())
    assert browser.run("document.title") == title
    assert browser.run("typeof window.hacked") == "undefined"
    assert browser.run(tags) == tame
    assert browser.requests() == []
    assert browser.complaints() == []
    missing = [
        name
        for name in {*given, *(remark.values["note"] for remark in plan.remarks)}
        if " ".join(show_unseen(name).split()) not in shown
    ]
    assert missing == []


@pytest.mark.usefixtures("browser")
def test_the_log_of_the_network_holds_no_address_that_the_page_names(tmp_path):
    # The browser has addresses of its own, which differ between its distributions; the page's must
    # not be among them.
    plan = make_plan(lambda what, number: f"{what} {number} <img src=//x.example/{number}.png>")
    (tmp_path / "map.html").write_text(render_map(plan), encoding="utf-8")
    with open_browser(tmp_path) as own:
        own.open(tmp_path / "map.html")
        open_everything(own)
    named = set(re.findall(r"//([\w.-]+)", (tmp_path / "map.html").read_text("utf-8")))
    asked = set(
        re.findall(
            r'"url":"https?://([\w.-]+)', (tmp_path / "net.json").read_text("utf-8", "replace")
        )
    )
    assert "leafletjs.com" in named
    assert named & asked == set()
