"""The offline map: one HTML file that opens anywhere and loads nothing from a network.

    layers     the shapes on the map, without language
    roads      the roads among them: all, closed, restricted
    timeline   the times from which and until which they apply
    popups     the text of each shape, in one language
    panel      the text next to the map, in one language
    polylines  shapes and numbers as short texts
    page       the self-contained page around a folium map

The signs are in `map.css` and `script/`. The page contains the files of `script/` in the order of
`page.SCRIPTS`; `page.html` is the template of the panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import folium

from corridors.errors import UsageError
from corridors.locales import LANGUAGES, read_locale
from corridors.messages import Message
from corridors.outputs.atomic_write import write_products
from corridors.outputs.maps.layers import build_layers
from corridors.outputs.maps.page import Drawing, Page
from corridors.outputs.maps.panel import build_panel
from corridors.outputs.maps.popups import build_popups
from corridors.plan import Plan
from corridors.release import Release, name_file
from corridors.release.audiences import as_seen_by

__all__ = ["draw_map", "render_map", "write_map"]

LAYERS = (
    "roads",
    "zones",
    "closed",
    "limited",
    "alternates",
    "primaries",
    "inactive",
    "active",
    "sites",
)
"""The layers, lowest first; `map.layer_...` in the catalogue is the name in the layer control."""


def draw_map(
    plan: Plan | Release, *, audience: str = "", title: str = "", languages: Sequence[str] = ("en",)
) -> folium.Map:
    """A self-contained folium map of a plan.

    It shows the same in a notebook, in a file, or inside another page. Layers are
    `folium.FeatureGroup` objects, so more can be added; rendering fails if an added layer would
    load something from a network. Longitudes are moved to one side of the antimeridian, so that no
    line is cut there.

    Parameters
    ----------
    plan
        A plan, or a release for one audience.
    audience
        One of `AUDIENCES`.
    title
        Replaces the title of the mission, which parties and public do not see.
    languages
        Some of "en", "ar" and "fr". The map opens in the first one; several languages add a switch.

    Returns
    -------
    folium.Map, with the panel, legend, layer control and scale bar.

    Raises
    ------
    UsageError
        There is no such language, or the list is empty. Fix: use some of en, ar and fr.

    Examples
    --------
    >>> import corridors as co
    >>> co.draw_map(plan, languages=("ar", "en")).save("map.html")  # doctest: +SKIP
    """
    if not languages:
        raise UsageError(Message("usage.no_language", known=LANGUAGES))
    release = as_seen_by(plan, audience)
    release = replace(release, title=title) if title else release
    locales = [read_locale(lang) for lang in dict.fromkeys(languages)]
    data, grounds = build_layers(release)
    chart = folium.Map(
        location=[(low + high) / 2 for low, high in zip(*data["bounds"], strict=True)],
        tiles=None,
        attribution_control=False,
        zoom_snap=0.25,
        max_zoom=19,
        position="absolute",
    )
    # The ids of folium are random; the same plan must give the same bytes.
    chart._id = "plan"  # noqa: SLF001
    chart.default_js, chart.default_css = [], []
    panels = [build_panel(release, locale) for locale in locales]
    texts = [
        build_popups(release, locale, grounds) | {"margin": panel["margin"]}
        for locale, panel in zip(locales, panels, strict=True)
    ]
    page = Page(panels, data | {"texts": texts})
    page.add_child(chart)
    Drawing("start").add_to(chart)
    for key in LAYERS:
        group = folium.FeatureGroup(name=locales[0][f"map.layer_{key}"])
        group._id = key  # noqa: SLF001 - as above
        Drawing(key).add_to(group)
        group.add_to(chart)
    control = folium.LayerControl(position="topright")
    control._id = "layers"  # noqa: SLF001 - as above
    control.add_to(chart)
    Drawing("finish").add_to(chart)
    return chart


def render_map(
    plan: Plan | Release, *, audience: str = "", title: str = "", languages: Sequence[str] = ("en",)
) -> str:
    """The map as the text of one HTML file; the same plan gives the same text, byte for byte.

    The arguments are those of `draw_map`.

    Raises
    ------
    UsageError
        There is no such audience or language. Fix: use one that the message names.
    OutputError
        The page would load something when opened. Fix: report this bug.
    """
    chart = draw_map(plan, audience=audience, title=title, languages=languages)
    return str(chart.get_root().render())


def write_map(
    plan: Plan | Release,
    folder: str | Path,
    *,
    audience: str = "",
    title: str = "",
    languages: Sequence[str] = ("en",),
    force: bool = False,
) -> Path:
    """Write the map as one HTML file into a folder.

    The name of the file states its audience, its time and its plan. The arguments are those of
    `draw_map`.

    Returns
    -------
    The path of the file.

    Raises
    ------
    UsageError
        A file of that name exists. Fix: set `force`.
        There is no such audience or language. Fix: use one that the message names.
    OutputError
        The file could not be written. Fix: check the folder and the free space.
    """
    release = as_seen_by(plan, audience)
    text = render_map(release, title=title, languages=languages)
    name = name_file(release, "map", "html")
    return write_products({name: lambda path: _write_text(path, text)}, folder, force=force)[0]


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
