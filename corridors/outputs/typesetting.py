"""Pages set by Typst: a template of ours, data of others, the same bytes on every machine.

Data is passed as data, never as part of the template, so that no name can be read as a command. The
only fonts are those that come with matplotlib, above all DejaVu Sans, which has Latin, Arabic,
Cyrillic and Greek letters: nothing has to be installed, nothing looks different elsewhere, and what
the font cannot show is refused.
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
from corridors.messages import Message
from corridors.outputs.atomic_write import explained

FONT = "DejaVu Sans"
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
"""The faces that texts are set in. There is no slanted one: that of DejaVu Sans has no Arabic."""
STANDARD: Literal["a-2a"] = "a-2a"
"""PDF/A for archives, tagged so that it can be read aloud: pictures must have an `alt`, the
document a title."""
PIXELS_PER_INCH = 150
NO_FILES: Mapping[str, bytes] = MappingProxyType({})

_PRELUDE = (
    f'#let data = json("data.json"); #set text(font: "{FONT}", fallback: false); '
    "#set document(date: auto); "
)
_PICTURE = '#set page(width: 170mm, height: auto, margin: 0mm); #image("picture.svg", width: 100%)'
_PACKAGE = re.compile(r'"@[\w-]+/')
_SILENT = frozenset("\n\t\u200b\u200c\u200d\u200e\u200f\u061c\u2060\u00ad")
"""Characters without a sign of their own: line ends, and those that shape, join, divide or order
their neighbours."""


def render_pdf(
    template: str,
    data: Mapping[str, Any],
    *,
    files: Mapping[str, bytes] = NO_FILES,
    dated: datetime,
) -> bytes:
    r"""A document as PDF/A-2a with all fonts embedded; the same arguments give the same bytes.

    Parameters
    ----------
    template
        Typst source of our own. `data` is a dictionary in it; texts are set in DejaVu Sans, without
        other fonts to fall back on.
    data
        What JSON can hold. Texts are shown as they are, whatever they contain; unseen characters
        that change the order of others are spelled out.
    files
        Pictures, by the name that the template uses.
    dated
        The date of the file: never the clock's.

    Raises
    ------
    InputError
        `missing-glyph`: a text holds a character that the font cannot show. Fix: write it in
        letters that the font has.
    UsageError
        Typst or matplotlib is not installed. Fix: install the extra `print`.
    OutputError
        Typst cannot set the page, which is a fault of ours (Fix: report it), or there is no folder
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
    return _compile(template, shown, files, dated, format="pdf", pdf_standards=[STANDARD])


def render_png(svg: bytes, *, dated: datetime) -> bytes:
    """A drawing as a picture of 170 mm by its own height.

    Raises
    ------
    UsageError
        Typst or matplotlib is not installed. Fix: install the extra `print`.
    """
    return _compile(_PICTURE, {}, {"picture.svg": svg}, dated, format="png", ppi=PIXELS_PER_INCH)


def _compile(
    template: str, data: Any, files: Mapping[str, bytes], dated: datetime, **how: Any
) -> bytes:
    sources = (content.decode() for name, content in files.items() if name.endswith(".typ"))
    if any(map(_PACKAGE.search, (template, *sources))):
        raise OutputError(Message("output.template_loads"))
    try:
        import typst  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _refuse("typst") from error
    with explained(Path("the document")), tempfile.TemporaryDirectory() as place:
        root = Path(place)
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        (root / "data.json").write_text(text, encoding="utf-8")
        (root / "page.typ").write_text(_PRELUDE + template, encoding="utf-8")
        for name, content in files.items():
            (root / name).write_bytes(content)
        compiler = typst.Compiler(
            str(root / "page.typ"),
            root=str(root),
            font_paths=_find_fonts(),
            package_cache_path=str(root),
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", typst.TypstWarning)
                result, complaints = compiler.compile_with_warnings(
                    timestamp=int(dated.timestamp()), **how
                )
        except typst.TypstError as error:
            detail = error.message.replace(f"{root}{os.sep}", "")
            raise OutputError(Message("output.typst_failed", detail=detail)) from error
    if complaints:
        raise OutputError(Message("output.typst_failed", detail=complaints[0].message))
    return result if isinstance(result, bytes) else b"".join(result or ())


def check_glyphs(texts: Any, where: str = "") -> None:
    r"""Refuse texts that hold a character which the font cannot show: on paper it is an empty box.

    Parameters
    ----------
    texts
        A text, or lists and mappings of texts to any depth; other values and the keys of mappings
        are not checked.
    where
        The place of the texts, for the message, before the keys and positions (from 1) that lead to
        the text.

    Raises
    ------
    InputError
        `missing-glyph`, once for each character: which one, its code point and name, and where it
        stands first. Fix: write it in letters that the font has, for example in Latin or Arabic
        script.

    Examples
    --------
    >>> check_glyphs({"name": "Marjayoun", "name_ar": "مرجعيون"})
    >>> check_glyphs([{"name": "仁 hospital"}], "sites")
    Traceback (most recent call last):
    corridors.errors.InputError: field sites.1.name: the font has no sign for '仁' ...
    """
    known, missing = _read_characters(), {}
    for place, text in _list_texts(texts, where):
        for letter in text if not text.isascii() or not text.isprintable() else "":
            if letter not in known and letter not in _SILENT and letter not in missing:
                missing[letter] = (place, text)
    if missing:
        rows = sorted(missing.items(), key=lambda row: (row[1][0], row[0]))
        raise InputError(
            Problem(
                "missing-glyph",
                Message(
                    "problem.glyph_missing",
                    letter=letter,
                    code_point=f"U+{ord(letter):04X}",
                    name=unicodedata.name(letter, ""),
                ),
                Message("hint.use_known_letters"),
                field=place,
                value=text[:80],
            )
            for letter, (place, text) in rows
        )


def _list_texts(texts: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(texts, str):
        yield where, texts
        return
    inner: Any = ()
    if isinstance(texts, Mapping):
        inner = texts.items()
    elif isinstance(texts, list | tuple):
        inner = enumerate(texts, start=1)
    for key, text in inner:
        yield from _list_texts(text, f"{where}.{key}" if where else str(key))


def _refuse(library: str) -> UsageError:
    return UsageError(
        Message("usage.missing_library", format="pdf", library=library, extra="print")
    )


@cache
def find_font_folder() -> Path:
    """The folder of the fonts that come with matplotlib.

    Raises
    ------
    UsageError
        It is not installed. Fix: install the extra `print`.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _refuse("matplotlib") from error
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

    sets = []
    for face in FACES:
        with TTFont(folder / face, lazy=True) as font:
            sets.append(set(font.getBestCmap()))
    return frozenset(map(chr, set.intersection(*sets)))
