"""A headless Chromium without a network, and maps opened in it."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
import time
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
SHOTS = Path(__file__).parents[2] / "shots"
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
