"""The offline map: one HTML file that opens anywhere, asks the network for nothing, and shows a plan at a glance.

    wording    how states, times and distances are told
    panel      the words beside the map
    layers     the shapes on the map, each with its facts
    lines      shapes as short lists of numbers
    page       the self-contained page around a folium map

The sign of every thing is in `map.js` and `map.css`, the panel in `page.html`.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import folium

from corridors.errors import OutputError
from corridors.outputs.maps.layers import build_layers
from corridors.outputs.maps.page import Drawing, Page
from corridors.outputs.maps.panel import build_panel
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


def draw_map(plan: Plan) -> folium.Map:
    """A folium map of a plan, complete in itself: it shows the same in a notebook, saved, or inside another page.

    Layers are `folium.FeatureGroup`s, so more can be added; what would be loaded from the network is refused when the
    map is rendered. Longitudes are turned to one side of the antimeridian, so that nothing is torn there.

    Parameters
    ----------
    plan
        Tables in EPSG:4326; `plan.network` is not looked at.

    Returns
    -------
    folium.Map, with the panel, legend, layer control and scale bar.

    Examples
    --------
    >>> import corridors as co
    >>> co.draw_map(plan).save("map.html")  # doctest: +SKIP
    """
    data = build_layers(plan)
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
    page = Page(build_panel(plan), data)
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


def render_map(plan: Plan) -> str:
    """The map as the text of one HTML file; the same plan gives the same text, byte for byte.

    Raises
    ------
    OutputError
        The page would load something when opened, which is a fault of ours (mend: report it).
    """
    return str(draw_map(plan).get_root().render())


def write_map(plan: Plan, path: str | os.PathLike[str]) -> None:
    """Write the map as one HTML file; a file of that name is replaced whole or not at all.

    Raises
    ------
    OutputError
        The file could not be written (mend: check the folder and the space left).
    """
    target, text = Path(path), render_map(plan)
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=target.parent, prefix=".map-", delete=False) as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                file.close()
                Path(file.name).replace(target)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"{target.name} could not be written: {error.strerror}") from error
