"""Draw the picture of the README from the embedded mission: python docs/draw_picture.py (needs Chromium)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from branca.element import Element

import corridors as co
from corridors.outputs.maps import draw_map

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
        chart = draw_map(plan)
        # The picture is of a plan that is for use, whenever it is taken.
        clock = Element(f"<script>Date.now = () => {plan.situation.as_of.timestamp() * 1000:.0f};</script>")
        chart.get_root().header.add_child(clock, name="clock")
        page.write_text(chart.get_root().render(), encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]
        size = ["--window-size=1400,1000", f"--user-data-dir={place}/profile", f"--screenshot={PICTURE}"]
        subprocess.run([browser, *options, *size, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
