"""The page that a folium map is written into: one file, no request, nothing from a file that is
ever run.

folium's own page loads 10 files from 4 hosts, and both its templates and its popups run what a name
says: branca renders each part twice, so `{{ }}` in a name is run by Python, and `${ }` in a popup
by the browser. Therefore no text from a file passes through folium. Words go into the page once,
through an escaping template, and as JSON, which the page's own script puts on the map as text. A
content security policy lists the hash of each script: whatever else got in stays inert.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from typing import Any

import jinja2
from branca.element import Figure, MacroElement
from folium.template import Template

from corridors.errors import OutputError
from corridors.locales import show_unseen
from corridors.messages import Message

CREDIT_LINKS = frozenset({"https://leafletjs.com", "https://www.openstreetmap.org/copyright"})
"""The only addresses a page may name, and only as links that a reader may choose to follow."""

SCRIPTS = (
    "words",
    "lines",
    "labels",
    "corridors",
    "geodesy",
    "places",
    "time",
    "cards",
    "measure",
    "strikes",
    "tools",
    "panel",
    "expiry",
    "draw",
)
"""The files of the page's script, in the order in which they are put into it: each may use what
those before it made."""
STYLES = ("map", "tools", "print")
_UNSEEN_IN_JSON = re.compile(r"\\u(?:00[0189]|007f|202[89a-e]|206[6-9]|feff|fff|d[89a-f])|\\[bf]")
"""How JSON writes what `show_unseen` makes visible, and some of what it does not."""

_LOADING = (
    "src",
    "srcset",
    "href",
    "xlink:href",
    "action",
    "formaction",
    "data",
    "poster",
    "background",
    "ping",
    "manifest",
)


class Drawing(MacroElement):
    """One call of the page's script, `draw.what(layer)`, for the map or the layer that this is
    added to.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}draw.{{ this.what }}({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self, what: str) -> None:
        """Keep the name of the drawing function, in `script/draw.js`."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._name, self._id, self.what = "Drawing", what, what


class Page(Figure):
    """The figure around a map: the words of a plan beside it, its data as JSON, Leaflet and style
    inside.

    Whatever is added to the map and would load something when opened makes `render` raise
    `OutputError`.
    """

    def __init__(self, panels: Sequence[Mapping[str, Any]], data: Mapping[str, Any]) -> None:
        """Keep the words of the panel in each language and the data of the map, with unseen
        characters made visible.
        """
        super().__init__()
        self.panels, self.data = show_unseen(panels), data

    def render(self, **kwargs: Any) -> str:
        """The whole file as text.

        Raises
        ------
        OutputError
            Something on the map would be loaded from elsewhere (fix: leave that element out).
        """
        for child in list(self._children.values()):
            child.render(**kwargs)
        header = re.sub(
            r'<meta\s+(name="viewport"|http-equiv)[^>]*>', "", self.header.render(**kwargs)
        )
        text = _template().render(
            tongues=self.panels,
            header=header,
            html=self.html.render(**kwargs),
            script=self.script.render(**kwargs),
            data=write_json(self.data),
            leaflet_js=_read_leaflet("leaflet.js"),
            leaflet_css=_read_leaflet("leaflet.css"),
            map_js="\n".join(_read_own(f"script/{name}.js") for name in SCRIPTS),
            map_css="\n".join(_read_own(f"{name}.css") for name in STYLES),
        )
        return _close(text)


def render_page(template: str, locale: Mapping[str, Any]) -> str:
    """A page of words and drawings, without a map or a script: the template filled with what is
    escaped, and closed to the network.

    Parameters
    ----------
    template
        Jinja2, with POLICY where the content security policy goes.
    words
        What it asks for; unseen characters are made visible.

    Raises
    ------
    OutputError
        The page would load something when opened.

    Examples
    --------
    >>> render_page('<p title="POLICY">{{ name }}</p>', {"name": "<b>"}).endswith(">&lt;b&gt;</p>")
    True
    """
    return _close(_environment().from_string(template).render(**show_unseen(locale)))


def _close(text: str) -> str:
    text = text.replace("POLICY", _write_policy(text), 1)
    check_self_contained(text)
    return text


def write_json(data: object) -> str:
    r"""JSON that may stand in any HTML element: nothing but ASCII, none of `<`, `>`, `&`, and
    unseen characters made visible.

    >>> write_json(["</script>", "ت", "\u202e"])
    '["\\u003c/script\\u003e","\\u062a","[U+202E]"]'
    """
    if isinstance(
        data, Mapping
    ):  # each part on its own: where one has such a character, only that one is gone through
        return (
            "{"
            + ",".join(f"{write_json(str(key))}:{write_json(part)}" for key, part in data.items())
            + "}"
        )
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    if _UNSEEN_IN_JSON.search(
        text
    ):  # seldom; to look into every text of a country takes longer than to write it
        text = json.dumps(show_unseen(data), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def check_self_contained(text: str) -> None:
    """Pass in silence, or refuse a page that would load anything when opened.

    Raises
    ------
    OutputError
        Names what would be loaded; credit links are let through.

    Examples
    --------
    >>> check_self_contained('<img src="data:image/png;base64,AA=="><p>url(http://x)</p>')
    >>> check_self_contained('<img src="//tiles.example/1.png">')
    Traceback (most recent call last):
    corridors.errors.OutputError: the map would load //tiles.example/1.png when it is opened, ...
    """
    finder = _LoadFinder()
    finder.feed(text)
    finder.close()
    if finder.found:
        raise OutputError(Message("output.page_would_load", names=tuple(finder.found[:3])))


class _LoadFinder(HTMLParser):
    """Finds what a page would load: attributes, style rules and tile layers.

    Text and JSON are only text.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._inside = "" if named.get("type") == "application/json" else tag
        for name, value in named.items():
            if name == "style":
                self._check_style(value or "")
            local = not value or value.startswith(("#", "data:"))
            if name in _LOADING and not local and not (tag == "a" and value in CREDIT_LINKS):
                self.found.append(str(value)[:80])

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser gives it
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self._check_style(data)
        elif self._inside == "script" and (
            found := re.search(r"(?<![.\w])L\.tileLayer\b.*|\bimportScripts\b.*|\bimport\(.*", data)
        ):
            self.found.append(found[0][:80])

    def _check_style(self, style: str) -> None:
        self.found += [
            f[:80] for f in re.findall(r"@import[^;]*|url\(\s*['\"]?(?!data:|#)[^)]*", style)
        ]


def _write_policy(text: str) -> str:
    """The content security policy: nothing is loaded, and only the scripts that stand in `text` now
    may run.
    """
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    hashes = (
        " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
            for script in scripts
        )
        or "'none'"
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; "
        "form-action 'none'; base-uri 'none'"
    )


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _template() -> jinja2.Template:
    return _environment().from_string(_read_own("page.html"))


@cache
def _read_own(name: str) -> str:
    return (importlib.resources.files(__package__) / name).read_text("utf-8")


@cache
def _read_leaflet(name: str) -> str:
    """A file of Leaflet 1.9 with its pictures inside, and without what points outside."""
    folder = importlib.resources.files("xstatic.pkg.leaflet") / "data"
    text = (folder / name).read_text("utf-8").replace("\r\n", "\n")
    if name.endswith(".js"):
        return text.replace("</script", "<\\/script").replace(
            "//# sourceMappingURL=leaflet.js.map", ""
        )

    def picture(found: re.Match[str]) -> str:
        return f"url(data:image/png;base64,{base64.b64encode((folder / found[1]).read_bytes()).decode()})"

    return re.sub(
        r"url\((images/[\w-]+\.png)\)", picture, text.replace("behavior: url(#default#VML);", "")
    )
