"""An annex as a Word document: real paragraphs from right to left, real headings, tables whose
header rows repeat.

It is made to be edited and pasted from. Numbers are literal, so that they survive that. The same
annex gives the same bytes: no clock, no user and no host is in it, and its parts are packed in one
order with one date.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from corridors.errors import UsageError
from corridors.locales import read_locale
from corridors.outputs.documents.annex.articles import Annex, Paragraph, Table

FONT = "Arial"
"""On every computer with Word, with Latin and Arabic letters; elsewhere what stands in for it has
both."""
LANGUAGE_TAGS = {"en": "en-GB", "fr": "fr-FR", "ar": "ar-SA"}
PAGE_TWIPS, MARGIN_TWIPS = (11906, 16838), 1134
"""A4, with margins of two centimetres: a twip is the 1440th of an inch."""
WIDTH_TWIPS = PAGE_TWIPS[0] - 2 * MARGIN_TWIPS
NUMBER_TWIPS = {"article": 480, "item": 640, "text": 800}
HALF_POINTS = {
    "Normal": 19,
    "Title": 32,
    "Heading 1": 25,
    "Heading 2": 21,
    "Table Text": 17,
    "Gap": 2,
    "Header": 16,
    "Footer": 15,
}
_STYLES = {"article": "Heading1", "item": "Heading2", "text": "Normal"}
_ORDERED = re.compile("(\u200e[^\u200e]*\u200e)")


def render_docx(annex: Annex) -> bytes:
    """The annex as a .docx file.

    Raises
    ------
    UsageError
        python-docx is not installed (fix: install the extra `docx`).
    """
    try:
        import docx  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            "Word documents are written by python-docx; install the extra: pip install 'corridors[docx]'"
        ) from error
    document = docx.Document()
    _set_properties(document, annex)
    _set_styles(document)
    section = document.sections[0]
    _set_page(section)
    _write_margins(section, annex)
    body = document.element.body
    for element in _write_body(annex):
        body.insert(
            len(body) - 1, element
        )  # before the properties of the section, which stand last
    packed = io.BytesIO()
    document.save(packed)
    return pack_again(packed.getvalue(), annex.as_of)


def pack_again(packed: bytes, dated: datetime) -> bytes:
    """A zip file with the same parts in one order and of one date, whoever made it and when."""
    made = io.BytesIO()
    date = dated.astimezone(UTC).timetuple()[:6]
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            part = zipfile.ZipInfo(name, date)
            part.compress_type, part.create_system, part.external_attr = (
                zipfile.ZIP_DEFLATED,
                3,
                0o600 << 16,
            )
            new.writestr(part, old.read(name))
    return made.getvalue()


# The document as a whole


def _set_properties(document: Any, annex: Annex) -> None:
    said = document.core_properties
    said.title, said.subject, said.keywords = (
        annex.title[0][:255],
        annex.heading[0][:255],
        annex.code,
    )
    said.author = said.last_modified_by = said.comments = said.category = ""
    said.language = LANGUAGE_TAGS[annex.languages[0]]
    said.revision = 1
    said.created = said.modified = annex.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    relations = document.part.package.rels
    for name in [
        name for name, relation in relations.items() if relation.reltype.endswith("/thumbnail")
    ]:
        del relations[name]


def _set_styles(document: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415 - an extra, which is there

    for name in ("Table Text", "Gap"):
        document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles[
            "Normal"
        ]
    for name, size in HALF_POINTS.items():
        style = document.styles[name].element
        bold = name in ("Title", "Heading 1", "Heading 2")
        for old in style.findall(_tag("w:rPr")):
            style.remove(old)
        properties = [
            _element(
                "w:rFonts",
                **{f"w:{script}": FONT for script in ("ascii", "hAnsi", "eastAsia", "cs")},
            )
        ]
        properties += [_element("w:b"), _element("w:bCs")] if bold else []
        properties += [
            _element("w:sz", **{"w:val": str(size)}),
            _element("w:szCs", **{"w:val": str(size)}),
        ]
        style.append(_element("w:rPr", *properties))
        for old in style.findall(_tag("w:pPr")):
            style.remove(old)
        spaces = {
            "Title": (0, 120),
            "Heading 1": (240, 80),
            "Heading 2": (160, 60),
            "Normal": (0, 60),
            "Table Text": (20, 20),
        }.get(name, (0, 0))
        shape = [_element("w:keepNext")] if bold else []
        shape.append(
            _element("w:spacing", **{"w:before": str(spaces[0]), "w:after": str(spaces[1])})
        )
        if name.startswith("Heading"):
            shape.append(_element("w:outlineLvl", **{"w:val": str(int(name[-1]) - 1)}))
        style.find(_tag("w:rPr")).addprevious(_element("w:pPr", *shape))


def _set_page(section: Any) -> None:
    from docx.shared import Twips  # noqa: PLC0415 - an extra, which is there

    section.page_width, section.page_height = map(Twips, PAGE_TWIPS)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Twips(MARGIN_TWIPS))
    section.header_distance = section.footer_distance = Twips(500)


def _write_margins(section: Any, annex: Annex) -> None:
    """What stands above and below each page, in every language."""
    for part, style, texts in (
        (section.header, "Header", annex.heading),
        (section.footer, "Footer", annex.marking),
    ):
        first = part.paragraphs[0]._p  # noqa: SLF001 - the library offers no way to put a paragraph of one's own there
        for text, lang, page in zip(texts, annex.languages, annex.page, strict=True):
            runs = list(_write_runs(text, lang, bold=style == "Header"))
            if style == "Footer":
                runs += [*_write_runs(" · ", lang), *_write_page_number(page, lang)]
            first.addprevious(_paragraph(style, lang, runs))
        first.getparent().remove(first)


def _write_page_number(pattern: str, lang: str) -> Iterator[Any]:
    for piece in re.split(r"(\{\w+\})", pattern):
        if piece in ("{page}", "{pages}"):
            yield from _write_field({"{page}": "PAGE", "{pages}": "NUMPAGES"}[piece])
        elif piece:
            yield from _write_runs(piece, lang)


def _write_field(name: str) -> Iterator[Any]:
    for kind in ("begin", "instruction", "separate", "value", "end"):
        if kind == "instruction":
            yield _element("w:r", _text(f" {name} ", "w:instrText"))
        elif kind == "value":
            yield _element("w:r", _text("1"))
        else:
            yield _element("w:r", _element("w:fldChar", **{"w:fldCharType": kind}))


# Its body


def _write_body(annex: Annex) -> Iterator[Any]:
    yield from _write_head(annex)
    paragraphs: list[Paragraph] = []
    for block in annex.blocks:
        if isinstance(block, Paragraph):
            paragraphs.append(block)
            continue
        yield from _write_paragraphs(paragraphs, annex, leading=True)
        yield _write_table(block, annex)
        yield _paragraph("Normal", annex.languages[0], [])
        paragraphs = []
    yield from _write_paragraphs(paragraphs, annex, leading=False)


def _write_head(annex: Annex) -> Iterator[Any]:
    heads = [
        (annex.number, "Normal", False),
        *((warning, "Normal", True) for warning in annex.warnings),
        (annex.title, "Title", False),
    ]
    if len(annex.languages) == 1:
        for texts, style, bold in heads:
            yield _paragraph(
                style, annex.languages[0], _write_runs(texts[0], annex.languages[0], bold=bold)
            )
    else:
        cells = [
            [
                [_paragraph(style, lang, _write_runs(texts[at], lang, bold=bold))]
                for at, lang in enumerate(annex.languages)
            ]
            for texts, style, bold in heads
        ]
        yield _table(cells, [WIDTH_TWIPS // 2] * 2, framed=False, rtl=False)
        yield _gap()
    if annex.subtitle:
        yield _paragraph(
            "Normal", annex.languages[0], _write_runs(annex.subtitle, annex.languages[0], bold=True)
        )


def _write_paragraphs(blocks: list[Paragraph], annex: Annex, *, leading: bool) -> Iterator[Any]:
    """Paragraphs one after the other, or in two languages side by side, at one height and with one
    number.

    Headings, and what leads over to a table, stay on the page of what follows.
    """
    cells = [
        [_write_paragraph(block, at, annex) for at in range(len(annex.languages))]
        for block in blocks
    ]
    for block, row in zip(blocks, cells, strict=True):
        if block.kind != "text" or (leading and block is blocks[-1]):
            for paragraph in row:
                _keep_with_next(paragraph)
    if len(annex.languages) == 1:
        yield from (row[0] for row in cells)
    elif cells:
        yield _table(
            [[[paragraph] for paragraph in row] for row in cells],
            [WIDTH_TWIPS // 2] * 2,
            framed=False,
            rtl=False,
        )
        yield _gap()


def _gap() -> Any:
    """A paragraph with no height to speak of: without one, Word takes two tables for one."""
    gap = _paragraph("Gap", "en", [])
    _keep_with_next(gap)
    return gap


def _write_paragraph(block: Paragraph, position: int, annex: Annex) -> Any:
    lang = annex.languages[position]
    number = f"\u200e{block.number}\u200e" if _is_rtl(lang) else block.number
    runs = [
        *_write_runs(number, lang),
        _element("w:r", _element("w:tab")),
        *_write_runs(block.texts[position], lang),
    ]
    return _paragraph(_STYLES[block.kind], lang, runs, indent=NUMBER_TWIPS[block.kind])


def _write_table(block: Table, annex: Annex) -> Any:
    """A table; a cell holds a paragraph for each language, or one where all say the same."""

    def write(row: tuple[tuple[str, ...], ...], *, bold: bool = False) -> list[list[Any]]:
        return [
            [
                _paragraph("TableText", lang, _write_runs(text, lang, bold=bold))
                for text, lang in zip(texts, _list_languages(texts, side, annex), strict=True)
            ]
            for texts, side in zip(row, block.sides, strict=True)
        ]

    rows = [write(block.columns, bold=True), *(write(row) for row in block.rows)]
    total = sum(block.widths)
    widths = [int(WIDTH_TWIPS * width / total) for width in block.widths]
    return _table(rows, widths, framed=True, rtl=_is_rtl(annex.languages[0]), high=block.blank)


def _list_languages(texts: tuple[str, ...], side: int | None, annex: Annex) -> tuple[str, ...]:
    """The languages of the texts of a cell."""
    if len(texts) > 1:
        return annex.languages
    return annex.languages[side or 0 : (side or 0) + 1]


def _is_rtl(lang: str) -> bool:
    return read_locale(lang).direction == "rtl"


# Elements of WordprocessingML


def _tag(name: str) -> str:
    from docx.oxml.ns import qn  # noqa: PLC0415 - an extra, which is there

    return str(qn(name))


def _element(name: str, *inner: Any, **attributes: str) -> Any:
    from docx.oxml import OxmlElement  # noqa: PLC0415 - an extra, which is there

    made = OxmlElement(name, {_tag(key): value for key, value in attributes.items()})
    made.extend(inner)
    return made


def _text(text: str, name: str = "w:t") -> Any:
    made = _element(name)
    made.text = text
    made.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return made


def _paragraph(style: str, lang: str, runs: Any, *, indent: int = 0) -> Any:
    """A paragraph in its direction.

    In one from right to left, `left` and `start` mean the right side: none is said.
    """
    rtl = _is_rtl(lang)
    shape = [_element("w:pStyle", **{"w:val": style})]
    shape += (
        [_element("w:tabs", _element("w:tab", **{"w:val": "left", "w:pos": str(indent)}))]
        if indent
        else []
    )
    shape += [_element("w:bidi")] if rtl else []
    shape += (
        [_element("w:ind", **{"w:left": str(indent), "w:hanging": str(indent)})] if indent else []
    )
    shape += [_element("w:rPr", _element("w:rtl"))] if rtl else []
    return _element("w:p", _element("w:pPr", *shape), *runs)


def _write_runs(text: str, lang: str, *, bold: bool = False) -> Iterator[Any]:
    """The runs of a text.

    In Arabic what is marked to read from left to right is a run of its own, without `w:rtl`.
    """
    if not _is_rtl(lang):
        yield _run(text, lang, bold=bold, rtl=False)
        return
    for piece in _ORDERED.split(text):
        if piece:
            yield _run(piece, lang, bold=bold, rtl=not piece.startswith("\u200e"))


def _run(text: str, lang: str, *, bold: bool, rtl: bool) -> Any:
    tag = LANGUAGE_TAGS[lang]
    properties = [_element("w:b"), _element("w:bCs")] if bold else []
    properties += [_element("w:rtl")] if rtl else []
    properties.append(_element("w:lang", **({"w:bidi": tag} if _is_rtl(lang) else {"w:val": tag})))
    inner: list[Any] = []
    for number, line in enumerate(text.split("\n")):
        inner += [*([_element("w:br")] if number else []), _text(line)]
    return _element("w:r", _element("w:rPr", *properties), *inner)


def _table(
    rows: list[list[list[Any]]],
    widths: list[int],
    *,
    framed: bool,
    rtl: bool,
    high: bool = False,
) -> Any:
    """A table of cells that hold paragraphs.

    Framed ones have a header row that stands on every page; no row is torn in two.
    """
    shape = [_element("w:tblStyle", **{"w:val": "TableGrid"})] if framed else []
    shape += [_element("w:bidiVisual")] if rtl else []
    shape += [
        _element("w:tblW", **{"w:w": str(sum(widths)), "w:type": "dxa"}),
        _element("w:tblLayout", **{"w:type": "fixed"}),
    ]
    made = [
        _element("w:tblPr", *shape),
        _element("w:tblGrid", *(_element("w:gridCol", **{"w:w": str(width)}) for width in widths)),
    ]
    for number, row in enumerate(rows):
        heading = framed and number == 0
        flags = [_element("w:cantSplit")]
        flags += (
            [_element("w:trHeight", **{"w:val": "900", "w:hRule": "atLeast"})]
            if high and not heading
            else []
        )
        flags += [_element("w:tblHeader")] if heading else []
        if heading or (high and row is not rows[-1]):
            for paragraph in (paragraph for cell in row for paragraph in cell):
                _keep_with_next(paragraph)
        cells = []
        for width, paragraphs in zip(widths, row, strict=True):
            inside = [_element("w:tcW", **{"w:w": str(width), "w:type": "dxa"})]
            inside += (
                [_element("w:shd", **{"w:val": "clear", "w:color": "auto", "w:fill": "E7EAE8"})]
                if heading
                else []
            )
            cells.append(_element("w:tc", _element("w:tcPr", *inside), *paragraphs))
        made.append(_element("w:tr", _element("w:trPr", *flags), *cells))
    return _element("w:tbl", *made)


def _keep_with_next(paragraph: Any) -> None:
    properties = paragraph.find(_tag("w:pPr"))
    if properties.find(_tag("w:keepNext")) is None:
        properties.insert(1, _element("w:keepNext"))  # after the style, as the schema wants it
