"""The documentation site: `sphinx-build -W --keep-going docs docs/_build/html`.

Nothing is fetched while it is built, and no page loads anything from another host.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import jupyter_client
from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, NumpyDocstring
from sphinx.util import logging

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


class FileSocketKernelManager(jupyter_client.AsyncKernelManager):
    """A kernel that listens on sockets of the file system: no network is needed, not even a local one."""

    def __init__(self, **options: Any) -> None:
        """Put the sockets into a folder of their own."""
        self._folder = tempfile.TemporaryDirectory()
        super().__init__(transport="ipc", ip=f"{self._folder.name}/kernel", **options)


if os.name == "posix":
    jupyter_client.AsyncKernelManager = FileSocketKernelManager

project = "corridors"
author = "The corridors contributors"
copyright = author  # noqa: A001 - the name that Sphinx reads
version = release = installed_version("corridors")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "from_code",
]
exclude_patterns = ["_build"]

nitpicky = True
nitpick_ignore_regex = [(r"py:(class|obj|data|exc)", r".*")]
"""Types in signatures: no inventory of other projects is fetched, and not each type has a page."""
default_role = "code"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autosummary_generate = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_cache_path = str(DOCS / "_build" / ".jupyter_cache")
nb_execution_show_tb = True
nb_execution_timeout = 180
nb_execution_in_temp = True
nb_merge_streams = True

html_theme = "pydata_sphinx_theme"
html_title = "corridors"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "corridors"},
    "github_url": "https://github.com/corridors-project/corridors",
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}
html_static_path: list[str] = []

_HOST = r"(?:https?:)?//[^\"')>]+"
_LOADS = re.compile(
    rf"<(?:script|img|iframe|source|audio|video)\b[^>]*\bsrc=[\"']{_HOST}"
    rf"|<link\b(?=[^>]*\brel=[\"'](?:stylesheet|preload|icon|preconnect))[^>]*\bhref=[\"']{_HOST}"
    rf"|@import\s+(?:url\()?[\"']?{_HOST}|url\([\"']?{_HOST}",
    re.IGNORECASE,
)
"""Markup and styles that make a browser load something from a host."""


def check_pages_are_offline(app: Sphinx, failure: Exception | None) -> None:
    """Warn of each page or style that loads something from another host; `-W` makes it an error."""
    for path in [] if failure else sorted(app.outdir.rglob("*")):
        if path.suffix in {".html", ".css"}:
            for found in _LOADS.findall(path.read_text(encoding="utf-8")):
                logging.getLogger(__name__).warning("%s loads %s", path.name, found[:120])


def read_docstring(app: Sphinx, what: str, name: str, *rest: Any) -> None:
    """Turn the sections of a numpydoc docstring into fields.

    Napoleon alone would read a type before the first colon in the docstring of an attribute.
    """
    thing, options, lines = rest
    kind = what if what in {"module", "class", "exception"} else "function"
    config = Config(napoleon_use_rtype=False)
    lines[:] = NumpyDocstring(list(lines), config, app, kind, name, thing, options).lines()


def setup(app: Sphinx) -> dict[str, Any]:
    """Read docstrings, and check the pages after each build."""
    app.connect("autodoc-process-docstring", read_docstring)
    app.connect("build-finished", check_pages_are_offline)
    return {"parallel_read_safe": True}
