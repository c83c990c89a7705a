"""The offline map: one HTML file that opens anywhere, asks the network for nothing, and shows a
plan at a glance.

    layers     the shapes on the map, in no language
    roads      of those the roads: all, closed, restricted
    moments    since when and until when they hold
    facts      what each of them says, in one language
    panel      the words beside the map, in one language
    lines      shapes and numbers as short texts
    page       the self-contained page around a folium map

The sign of every thing is in `map.css` and `script/`, whose files are put into the page in the
order of `page.SCRIPTS`; the panel is in `page.html`.
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
from corridors.outputs.maps.popups import tell_layers
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
"""From the lowest layer to the highest; what each is called in the layer control is `map.layer_...`
of the wording."""


def draw_map(
    plan: Plan | Release, *, audience: str = "", title: str = "", languages: Sequence[str] = ("en",)
) -> folium.Map:
    """A folium map of a plan, complete in itself: it shows the same in a notebook, saved, or inside
    another page.

    Layers are `folium.FeatureGroup` objects, so more can be added; what would be loaded from the
    network is refused when the map is rendered. Longitudes are turned to one side of the antimeridian, so
    that nothing is torn there.

    Parameters
    ----------
    plan
        A plan, or what of one is seen by an audience already.
    audience
        One of `AUDIENCES`.
    title
        Instead of the mission's own, which parties and public are not told.
    languages
        Some of "en", "ar" and "fr"; the first is the one the map opens in, and where there are
        several it has a switch.

    Returns
    -------
    folium.Map, with the panel, legend, layer control and scale bar.

    Raises
    ------
    UsageError
        There is no such language, or none is named.

    Examples
    --------
    >>> import corridors as co
    >>> co.draw_map(plan, languages=("ar", "en")).save("map.html")  # doctest: +SKIP
    """
    if not languages:
        raise UsageError(Message("usage.no_language", known=LANGUAGES))
    release = as_seen_by(plan, audience)
    release = replace(release, title=title) if title else release
    wordings = [read_locale(lang) for lang in dict.fromkeys(languages)]
    data, grounds = build_layers(release)
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
    panels = [build_panel(release, locale) for locale in wordings]
    said = [
        tell_layers(release, locale, grounds) | {"margin": panel["margin"]}
        for locale, panel in zip(wordings, panels, strict=True)
    ]
    page = Page(panels, data | {"said": said})
    page.add_child(chart)
    Drawing("start").add_to(chart)
    for key in LAYERS:
        group = folium.FeatureGroup(name=wordings[0][f"map.layer_{key}"])
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
    Arguments as for `draw_map`.

    Raises
    ------
    UsageError
        There is no such audience or language.
    OutputError
        The page would load something when opened, which is a fault of ours (fix: report it).
    """
    return str(
        draw_map(plan, audience=audience, title=title, languages=languages).get_root().render()
    )


def write_map(
    plan: Plan | Release,
    folder: str | Path,
    *,
    audience: str = "",
    title: str = "",
    languages: Sequence[str] = ("en",),
    force: bool = False,
) -> Path:
    """Write the map as one HTML file into a folder, and give back its path; its name says for whom,
    of when and of which plan it is.

    Arguments as for `draw_map`.

    Raises
    ------
    UsageError
        A file of that name is there, and `force` is not set. There is no such audience or language.
    OutputError
        The file could not be written (fix: check the folder and the space left).
    """
    release = as_seen_by(plan, audience)
    text = render_map(release, title=title, languages=languages)
    name = name_file(release, "map", "html")
    return write_products({name: lambda path: _write_text(path, text)}, folder, force=force)[0]


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
