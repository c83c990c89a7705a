"""The offline map: one HTML file that opens anywhere, asks the network for nothing, and shows a plan at a glance.

    panel      the words beside the map
    layers     the shapes on the map, each with its facts
    lines      shapes as short lists of numbers
    page       the self-contained page around a folium map

The sign of every thing is in `map.js` and `map.css`, the panel in `page.html`.
"""

from __future__ import annotations

from pathlib import Path

import folium

from corridors.outputs.maps.layers import build_layers
from corridors.outputs.maps.page import Drawing, Page
from corridors.outputs.maps.panel import build_panel
from corridors.outputs.placing import write_products
from corridors.outputs.release import Release, name_file
from corridors.outputs.release.audiences import as_seen_by
from corridors.outputs.wording import read_wording
from corridors.plan import Plan

__all__ = ["draw_map", "render_map", "write_map"]

LAYERS = (
    ("roads", "Roads", True),
    ("zones", "Zones", True),
    ("closed", "Closed roads", True),
    ("limited", "Restricted or unknown roads", True),
    ("alternates", "Corridors: alternates", True),
    ("primaries", "Corridors: primary", True),
    ("inactive", "Incidents that close nothing", True),
    ("active", "Active incidents", True),
    ("sites", "Depots, destinations, sites", True),
)
"""Id, name in the layer control and whether shown at first, from the lowest layer to the highest."""


def draw_map(plan: Plan | Release, *, audience: str = "") -> folium.Map:
    """A folium map of a plan, complete in itself: it shows the same in a notebook, saved, or inside another page.

    Layers are `folium.FeatureGroup`s, so more can be added; what would be loaded from the network is refused when the
    map is rendered. Longitudes are turned to one side of the antimeridian, so that nothing is torn there.

    Parameters
    ----------
    plan
        A plan, or what of one is seen by an audience already.
    audience
        One of `AUDIENCES`.

    Returns
    -------
    folium.Map, with the panel, legend, layer control and scale bar.

    Examples
    --------
    >>> import corridors as co
    >>> co.draw_map(plan).save("map.html")  # doctest: +SKIP
    """
    release, words = as_seen_by(plan, audience), read_wording("en")
    data = build_layers(release, words)
    chart = folium.Map(
        location=[(low + high) / 2 for low, high in zip(*data["bounds"], strict=True)],
        tiles=None,
        attribution_control=False,
        zoom_snap=0.25,
        max_zoom=19,
        position="absolute",
    )
    chart._id = "plan"  # noqa: SLF001 - folium's ids are random; the same plan must give the same bytes
    chart.default_js, chart.default_css = [], []
    page = Page(build_panel(release, words), data)
    page.add_child(chart)
    Drawing("start").add_to(chart)
    for key, name, shown in LAYERS:
        group = folium.FeatureGroup(name=name, show=shown)
        group._id = key  # noqa: SLF001 - as above
        Drawing(key).add_to(group)
        group.add_to(chart)
    control = folium.LayerControl(position="topright")
    control._id = "layers"  # noqa: SLF001 - as above
    control.add_to(chart)
    Drawing("finish").add_to(chart)
    return chart


def render_map(plan: Plan | Release, *, audience: str = "") -> str:
    """The map as the text of one HTML file; the same plan gives the same text, byte for byte.

    Raises
    ------
    OutputError
        The page would load something when opened, which is a fault of ours (mend: report it).
    """
    return str(draw_map(plan, audience=audience).get_root().render())


def write_map(plan: Plan | Release, folder: str | Path, *, audience: str = "", force: bool = False) -> Path:
    """Write the map as one HTML file into a folder, and give back its path; its name says for whom, of when and of which plan it is.

    Raises
    ------
    UsageError
        A file of that name is there, and `force` is not set.
    OutputError
        The file could not be written (mend: check the folder and the space left).
    """
    release = as_seen_by(plan, audience)
    text = render_map(release)
    name = name_file(release, "map", "html")
    return write_products({name: lambda path: _write_text(path, text)}, folder, force=force)[0]


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
