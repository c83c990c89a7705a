"""Draw the picture of the README from the embedded mission: python docs/draw_picture.py (needs Chromium)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import corridors as co
from corridors.outputs.maps import render_map

PICTURE = Path(__file__).parent / "images" / "demo.png"


def main() -> None:
    """Plan, draw, and photograph the map."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        sys.exit("Chromium is not installed: the picture cannot be taken.")
    folder = co.demo_folder()
    plan = co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
    with tempfile.TemporaryDirectory() as place:
        page = Path(place) / "map.html"
        page.write_text(render_map(plan), encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]
        size = ["--window-size=1400,1000", f"--user-data-dir={place}/profile", f"--screenshot={PICTURE}"]
        subprocess.run([browser, *options, *size, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
