"""The page around a folium map: one file that loads nothing and runs no text from a file.

The page of folium loads 10 files from 4 hosts, and its templates and popups run code in names:
branca renders each part twice, so Python runs `{{ }}` in a name, and the browser runs `${ }` in a
popup. Therefore no text from a file passes through folium. Texts enter the page through an escaping
template, and as JSON, which the script of the page shows as text. A content security policy lists
the hash of each script, so that no other script runs.
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
"""The only addresses in a page, and only as links that a reader may follow."""

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
"""The files of the page's script in their order; each may use names of the files before it."""
STYLES = ("map", "tools", "print")
_UNSEEN_IN_JSON = re.compile(r"\\u(?:00[0189]|007f|202[89a-e]|206[6-9]|feff|fff|d[89a-f])|\\[bf]")
"""How JSON writes characters that `show_unseen` makes visible, and some others."""

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
    """A call `draw.NAME(layer)` in the page's script, for the map or layer that it is added to."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "draw.{{ this.what }}({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self, what: str) -> None:
        """Keep the name of the drawing function, in `script/draw.js`."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._name, self._id, self.what = "Drawing", what, what


class Page(Figure):
    """The figure around a map: the panel, the data as JSON, Leaflet and the styles.

    `render` raises an `OutputError` if an element of the map would load something.
    """

    def __init__(self, panels: Sequence[Mapping[str, Any]], data: Mapping[str, Any]) -> None:
        """Keep the panel in each language, with invisible characters spelled out, and the data."""
        super().__init__()
        self.panels, self.data = show_unseen(panels), data

    def render(self, **kwargs: Any) -> str:
        """The whole file as text.

        Raises
        ------
        OutputError
            An element of the map would load something. Fix: remove that element.
        """
        for child in list(self._children.values()):
            child.render(**kwargs)
        header = re.sub(
            r'<meta\s+(name="viewport"|http-equiv)[^>]*>', "", self.header.render(**kwargs)
        )
        text = _template().render(
            languages=self.panels,
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


def render_page(template: str, values: Mapping[str, Any]) -> str:
    """A page without a map or a script, which loads nothing from a network.

    Parameters
    ----------
    template
        A Jinja2 template, with POLICY in the place of the content security policy.
    values
        The values of its fields. They are escaped, and invisible characters are spelled out.

    Raises
    ------
    OutputError
        The page would load something when opened. Fix: remove that element from the template.

    Examples
    --------
    >>> render_page('<p title="POLICY">{{ name }}</p>', {"name": "<b>"}).endswith(">&lt;b&gt;</p>")
    True
    """
    return _close(_environment().from_string(template).render(**show_unseen(values)))


def _close(text: str) -> str:
    text = text.replace("POLICY", _write_policy(text), 1)
    check_self_contained(text)
    return text


def write_json(data: object) -> str:
    r"""JSON for any HTML element: ASCII without `<`, `>` and `&`, invisible characters spelled out.

    >>> write_json(["</script>", "ت", "\u202e"])
    '["\\u003c/script\\u003e","\\u062a","[U+202E]"]'
    """
    if isinstance(data, Mapping):
        # One part after the other, so that only parts with invisible characters are written twice.
        parts = (f"{write_json(str(key))}:{write_json(part)}" for key, part in data.items())
        return f"{{{','.join(parts)}}}"
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    if _UNSEEN_IN_JSON.search(text):  # rare, and slower than writing the text
        text = json.dumps(show_unseen(data), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def check_self_contained(text: str) -> None:
    """Refuse a page that would load something when opened; links to credits are allowed.

    Raises
    ------
    OutputError
        The page would load the addresses that the message names. Fix: remove these elements.

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
    """Finds what a page would load through attributes, style rules and tile layers."""

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
            address[:80]
            for address in re.findall(r"@import[^;]*|url\(\s*['\"]?(?!data:|#)[^)]*", style)
        ]


def _write_policy(text: str) -> str:
    """The content security policy: the page loads nothing, and only the scripts in `text` run."""
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{_encode(digest)}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'none'; form-action 'none'; base-uri 'none'"
    )


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


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
    """A file of Leaflet 1.9 with its pictures inside, and without links to other files."""
    folder = importlib.resources.files("xstatic.pkg.leaflet") / "data"
    text = (folder / name).read_text("utf-8").replace("\r\n", "\n")
    if name.endswith(".js"):
        return text.replace("</script", "<\\/script").replace(
            "//# sourceMappingURL=leaflet.js.map", ""
        )

    def picture(found: re.Match[str]) -> str:
        return f"url(data:image/png;base64,{_encode((folder / found[1]).read_bytes())})"

    return re.sub(
        r"url\((images/[\w-]+\.png)\)", picture, text.replace("behavior: url(#default#VML);", "")
    )
