"""Pages set by Typst: a template of ours, data of theirs, and a PDF/A that is the same, byte for
byte, on every machine.

Data is handed over as data, never as part of the template, so that no name can be read as a
command. The only fonts are those that come with matplotlib, DejaVu Sans above all, which has Latin,
Arabic, Cyrillic and Greek letters and lies on every machine that can draw: nothing has to be
installed, nothing looks different elsewhere, and what the font cannot show is refused.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from corridors.errors import InputError, OutputError, Problem, UsageError
from corridors.locales import show_unseen
from corridors.outputs.atomic_write import explained

FONT = "DejaVu Sans"
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
"""What the font is shown in.

There is no slanted face here: that of DejaVu Sans has no Arabic letters.
"""
STANDARD: Literal["a-2a"] = "a-2a"
"""PDF/A for archives, tagged so that it can be read aloud: pictures must have an `alt`, the
document a title."""
NO_FILES: Mapping[str, bytes] = MappingProxyType({})

_PRELUDE = f'#let data = json("data.json"); #set text(font: "{FONT}", fallback: false); #set document(date: auto); '
_PACKAGE = re.compile(r'"@[\w-]+/')
_SILENT = frozenset("\n\t\u200b\u200c\u200d\u200e\u200f\u061c\u2060\u00ad")
"""Characters without a sign of their own: line ends, and those that shape, join, part or order
their neighbours."""


def render_pdf(
    template: str,
    data: Mapping[str, Any],
    *,
    files: Mapping[str, bytes] = NO_FILES,
    dated: datetime,
) -> bytes:
    r"""A document as PDF/A-2a, all fonts within; the same arguments give the same bytes.

    Parameters
    ----------
    template
        Typst source of our own. `data` is a dictionary in it, set in DejaVu Sans, without other
        fonts to fall back on.
    data
        What JSON can hold. Texts are shown as they are, whatever they contain; unseen characters
        that turn the order of others are spelled out.
    files
        Pictures by the name that the template calls them by.
    dated
        The moment that the file says it is of: never the clock's.

    Raises
    ------
    InputError
        `missing-glyph`: a text holds a character that the font cannot show (fix: write it in
        letters that it has).
    UsageError
        Typst or matplotlib is not installed (fix: install the extra `print`).
    OutputError
        The page could not be set, which is a fault of ours (fix: report it), or there is no place
        to work in.

    Examples
    --------
    >>> from datetime import UTC
    >>> template = "#set document(title: data.title); #text(size: 20pt, data.title)"
    >>> render_pdf(
    ...     template, {"title": "Pont de #Khardali"}, dated=datetime(2026, 11, 23, tzinfo=UTC)
    ... )[:8]
    b'%PDF-1.7'
    """
    shown = show_unseen(data)
    check_glyphs(shown)
    if any(
        _PACKAGE.search(text)
        for text in (
            template,
            *(str(made) for name, made in files.items() if name.endswith(".typ")),
        )
    ):
        raise OutputError(
            "the template asks for a package, which would be fetched from the network; it is our fault, please report it"
        )
    try:
        import typst  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            "pages are set by Typst; install the extra: pip install 'corridors[print]'"
        ) from error
    with explained(Path("the document")), tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "data.json").write_text(
            json.dumps(shown, ensure_ascii=False, allow_nan=False), encoding="utf-8"
        )
        (root / "page.typ").write_text(_PRELUDE + template, encoding="utf-8")
        for name, made in files.items():
            (root / name).write_bytes(made)
        compiler = typst.Compiler(
            str(root / "page.typ"),
            root=str(root),
            font_paths=_find_fonts(),
            package_cache_path=str(root),
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", typst.TypstWarning)
                document, complaints = compiler.compile_with_warnings(
                    format="pdf", pdf_standards=[STANDARD], timestamp=int(dated.timestamp())
                )
        except typst.TypstError as error:
            said = error.message.replace(f"{root}{os.sep}", "")
            raise OutputError(
                f"the page could not be set, which is our fault; please report it: {said}"
            ) from error
    if complaints:
        raise OutputError(
            f"the page would not be as meant, which is our fault; please report it: {complaints[0].message}"
        )
    return document if isinstance(document, bytes) else b"".join(document or ())


def check_glyphs(texts: Any, where: str = "") -> None:
    r"""Refuse texts that hold a character which the font cannot show: in print it would be an empty
    box.

    Parameters
    ----------
    texts
        A text, or lists and mappings of them to any depth; what is no text is passed over, and so
        are the keys of mappings.
    where
        What the texts are of, for the message, before the keys and positions (from 1) that lead to
        the text.

    Raises
    ------
    InputError
        `missing-glyph`, for each character once: which one, its code point and name, and where it
        stands first (fix: write it in letters that the font has, for example those of Latin or
        Arabic script).

    Examples
    --------
    >>> check_glyphs({"name": "Marjayoun", "name_ar": "مرجعيون"})
    >>> check_glyphs([{"name": "仁 hospital"}], "sites")
    Traceback (most recent call last):
    corridors.errors.InputError: field sites.1.name: the font has no sign for '仁', U+4EC1 CJK UNIFIED IDEOGRAPH-4EC1 (value '仁 hospital') ...
    """
    known, missing = _read_characters(), {}
    for place, text in _list_texts(texts, where):
        for letter in text if not text.isascii() or not text.isprintable() else "":
            if letter not in known and letter not in _SILENT and letter not in missing:
                missing[letter] = (place, text)
    if missing:
        raise InputError(
            Problem(
                "missing-glyph",
                f"the font has no sign for {letter!r}, U+{ord(letter):04X} {unicodedata.name(letter, 'without a name')}",
                "write it in letters of Latin, Arabic, Cyrillic or Greek script",
                field=place,
                value=text[:80],
            )
            for letter, (place, text) in sorted(
                missing.items(), key=lambda found: (found[1][0], found[0])
            )
        )


def _list_texts(texts: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(texts, str):
        yield where, texts
    elif isinstance(texts, Mapping):
        for key, inner in texts.items():
            yield from _list_texts(inner, f"{where}.{key}" if where else str(key))
    elif isinstance(texts, list | tuple):
        for position, inner in enumerate(texts, start=1):
            yield from _list_texts(inner, f"{where}.{position}" if where else str(position))


@cache
def find_font_folder() -> Path:
    """Where the fonts lie that come with matplotlib.

    Raises
    ------
    UsageError
        It is not installed (fix: install the extra `print`).
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            "the fonts of printed pages come with matplotlib; install the extra: pip install 'corridors[print]'"
        ) from error
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _find_fonts() -> Any:
    import typst  # noqa: PLC0415 - an extra, which is there

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(find_font_folder())],
    )


@cache
def _read_characters() -> frozenset[str]:
    """The characters that every face of the font has."""
    folder = find_font_folder()
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - comes with matplotlib

    found = []
    for face in FACES:
        with TTFont(folder / face, lazy=True) as font:
            found.append(set(font.getBestCmap()))
    return frozenset(map(chr, set.intersection(*found)))
