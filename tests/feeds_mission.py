"""The town of the tests set down anywhere on Earth, as a mission with the reports of a feed."""

from __future__ import annotations

from town import GRID, spot
from town_mission import layer

import corridors as co


def set_down(lon, lat, node):
    """Longitude and latitude of a node of the town whose first corner lies at (lon, lat)."""
    east, north = spot(node)
    return lon + east - 35.0, lat + north - 33.0


def write_mission(
    folder, *, lon, lat, as_of, reports, inputs="", rules="", acknowledge="", **files
):
    """Write the mission; `reports` are incident files by name, `files` others by stem, as CSV."""
    folder.mkdir(exist_ok=True)
    for name, content in reports.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for stem, content in files.items():
        (folder / f"{stem}.csv").write_text(content, encoding="utf-8")
    roads = (
        (
            {"id": f"{a}-{b}", "highway": "primary"},
            "LineString",
            [set_down(lon, lat, a), set_down(lon, lat, b)],
        )
        for a, b in GRID
    )
    (folder / "roads.geojson").write_text(layer(*roads), encoding="utf-8")
    rows = [("D", "depot", 1, "LB-D"), ("C", "destination", 9, "LB-C")]
    told = "".join(
        f"{name},{role},{','.join(map(str, set_down(lon, lat, node)))},{pcode}\n"
        for name, role, node, pcode in rows
    )
    (folder / "sites.csv").write_text("site_id,role,lon,lat,pcode\n" + told, encoding="utf-8")
    names = ", ".join(f'"{name}"' for name in reports)
    text = f'as_of = {as_of}\n[inputs]\nroads = "roads.geojson"\nsites = "sites.csv"\n'
    text += (f"incidents = [{names}]\n" if reports else "") + f"{inputs}\n{rules}\n"
    for code in acknowledge.split():
        text += f'[[acknowledge]]\ncode = "{code}"\nreason = "a test"\nby = "tests"\n'
    (folder / "mission.toml").write_text(text, encoding="utf-8")
    return folder


def plan(folder):
    return co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))


def count_rows(source):
    """Rows read, and the sum of what became of them: these must be the same."""
    told = dict(source.rows)
    return told.pop("read"), sum(told.values())


def write_csv(folder, columns, rows, name="feed.csv", mark=""):
    """A file of a feed from dicts; what a row does not say is blank."""
    lines = [",".join(columns)] + [
        ",".join(f'"{row.get(column, "")}"' for column in columns) for row in rows
    ]
    path = folder / name
    path.write_bytes((mark + "\n".join(lines) + "\n").encode())
    return path


def obstacle(name="7", **said):
    return {
        "objectid": name,
        "obstype": "Bridge damage",
        "obsdate": "2026-11-20",
        "maxloadmt": "0.0",
        "locprecision": "Accurate (street level)",
        "latitude": "33.02",
        "longitude": "35.02",
        "iso3": "LBN",
        "country": "Lebanon",
    } | said
