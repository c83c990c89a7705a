"""Lists that the pages take from the code when the site is built, so that they cannot differ.

A page writes a directive, `{from-code} layer corridors`. Its first word names a function of
`LISTS`, its other words are the arguments of that function, which returns Markdown.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import corridors
from corridors.cli import cli
from corridors.locales import read_locale
from corridors.release.layers import LAYERS
from corridors.tables import Column, describe_column

KINDS = {
    "text": "text",
    "number": "decimal number",
    "int": "whole number",
    "bool": "true or false",
    "time": "time",
    "list": "list",
}
MESSAGES = ("remark", "reason", "cut_off", "note", "doubt", "problem", "hint", "usage", "output")
"""Sections of the catalogues whose texts are the sentences of messages."""


def public_names() -> dict[str, str]:
    """Each public name with the module that defines it, in the order of the flow."""
    stub = ast.parse((Path(corridors.__file__).parent / "__init__.pyi").read_text("utf-8"))
    return {
        alias.name: str(node.module)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def api(*rooms: str) -> str:
    """The public names of some rooms of the package: an overview, then each docstring."""
    names = [name for name, module in public_names().items() if module.split(".")[0] in rooms]
    lines = [".. currentmodule:: corridors", "", ".. autosummary::", ""]
    lines += [f"   {name}" for name in names]
    for name in names:
        lines += ["", *_document(getattr(corridors, name), name)]
    return _rst(lines)


def modules(room: str) -> str:
    """What the modules of a room define and `import corridors` does not offer."""
    public = [getattr(corridors, name) for name in public_names()]
    first = import_module(f"corridors.{room}")
    found = [first.__name__]
    for path in getattr(first, "__path__", []):
        found += [f"{first.__name__}.{module.name}" for module in pkgutil.iter_modules([path])]
    lines = []
    for module in map(import_module, found):
        for name, thing in vars(module).items():
            is_ours = getattr(thing, "__module__", "") == module.__name__ and thing not in public
            is_named = not name.startswith("_") and bool(thing.__doc__)
            if is_ours and is_named and (inspect.isclass(thing) or inspect.isfunction(thing)):
                lines += ["", *_document(thing, f"{module.__name__}.{name}")]
    return _rst(lines)


def _document(thing: object, name: str) -> list[str]:
    if inspect.isclass(thing):
        bases = ["   :show-inheritance:"] if issubclass(thing, Exception) else []
        return [f".. autoclass:: {name}", "   :members:", *bases]
    return [f".. auto{'function' if callable(thing) else 'data'}:: {name}"]


def _rst(lines: list[str]) -> str:
    return "\n".join(["```{eval-rst}", *lines, "```"])


def layer(name: str) -> str:
    """The columns of a layer of `plan.gpkg`."""
    contract = LAYERS[name]
    rows = [f"| `{contract.index}` | text | the id |"] if contract.index else []
    rows += [f"| `{c.name}` | {KINDS[c.kind]} | {_explain(name, c)} |" for c in contract.columns]
    shapes = f"Geometry: {', '.join(contract.geometry) or 'none'}."
    return "\n".join(["| column | kind | holds |", "|---|---|---|", *rows, "", shapes])


def _explain(layer: str, column: Column) -> str:
    words = ", ".join(f"`{word}`" for word in column.choices if word)
    meaning = describe_column(layer, column.name, read_locale("en"))
    return f"{meaning}{': ' if words else ''}{words}".replace("|", "\\|")


def command(name: str) -> str:
    """The help of one command, as the terminal prints it."""
    program = click.Context(cli, info_name="corridors", terminal_width=80, **cli.context_settings)
    context = click.Context(cli.commands[name], parent=program, info_name=name)
    return f"```text\n{context.get_help()}\n```"


def messages() -> str:
    """Each code of a message with its English sentence, section by section."""
    texts = read_locale("en").texts
    rows = [
        f"| `{section}.{key}` | {_quote(text)} |"
        for section in MESSAGES
        for key, text in texts.get(section, {}).items()
    ]
    return "\n".join(["| code | English sentence |", "|---|---|", *rows])


def _quote(text: str | Mapping[str, str]) -> str:
    sentence = text if isinstance(text, str) else text["other"]
    return "``" + sentence.replace("|", "\\|") + "``"


LISTS: Mapping[str, Callable[..., str]] = {
    function.__name__: function for function in (api, modules, layer, command, messages)
}


class FromCode(SphinxDirective):
    """A list made by one of `LISTS`."""

    required_arguments = 1
    optional_arguments = 20

    def run(self) -> list[nodes.Node]:
        """Parse the Markdown that the function returns."""
        name, *arguments = self.arguments
        self.env.note_reread()
        return self.parse_text_to_nodes(LISTS[name](*arguments))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("from-code", FromCode)
    return {"parallel_read_safe": True}
