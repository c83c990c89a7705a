"""A document as a Word file: real headings, paragraphs from right to left, repeated header rows.

It is made to be edited and pasted from. Numbers are literal, so that they survive that. The same
document gives the same bytes: no clock, user or host is in it, and its parts are packed in one
order with one date.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby, zip_longest
from typing import Any

from corridors.errors import UsageError
from corridors.locales import Locale
from corridors.messages import Message
from corridors.outputs.documents.blocks import Document, Figure, Heading, Paragraph, Table, Texts
from corridors.outputs.typesetting import render_png

FONT = "Arial"
"""Comes with Word and has Latin and Arabic letters; elsewhere its substitute has both."""
LANGUAGE_TAGS = {"en": "en-GB", "fr": "fr-FR", "ar": "ar-SA"}
PAGE_TWIPS, MARGIN_TWIPS = (11906, 16838), 1134
"""A4, with margins of two centimetres: a twip is the 1440th of an inch."""
WIDTH_TWIPS = PAGE_TWIPS[0] - 2 * MARGIN_TWIPS
NUMBER_TWIPS = {"Heading1": 480, "Heading2": 640, "Normal": 800}
"""The indentation of a numbered paragraph, by its style."""
STYLES = {
    "Normal": (19, 0, 60),
    "Title": (32, 0, 120),
    "Heading 1": (25, 240, 80),
    "Heading 2": (21, 160, 60),
    "Small": (16, 0, 60),
    "Table Text": (17, 20, 20),
    "Gap": (2, 0, 0),
    "Header": (16, 0, 0),
    "Footer": (15, 0, 0),
}
"""For each style its size in half points, and the space before and after in twips."""
_BOLD = ("Title", "Heading 1", "Heading 2")
_LEFT_TO_RIGHT = re.compile("(\u200e[^\u200e]*\u200e)")

Element = Any
"""An element of WordprocessingML."""


def render_docx(document: Document) -> bytes:
    """The document as a .docx file.

    A figure is a picture where the extra `print` is installed, else its alternative text.

    Raises
    ------
    UsageError
        python-docx is not installed. Fix: install the extra `docx`.
    """
    try:
        import docx  # noqa: PLC0415 - an extra
    except ImportError as error:
        missing = {"format": "docx", "library": "python-docx", "extra": "docx"}
        raise UsageError(Message("usage.missing_library", **missing)) from error
    file = docx.Document()
    _set_properties(file, document)
    _set_styles(file)
    section = file.sections[0]
    _set_page(section)
    _write_margins(section, document)
    body = file.element.body
    for element in _write_body(file, document):
        # before the properties of the section, which stand last
        body.insert(len(body) - 1, element)
    packed = io.BytesIO()
    file.save(packed)
    return pack_again(packed.getvalue(), document.dated)


def pack_again(packed: bytes, dated: datetime) -> bytes:
    """A zip file with the same parts, in one order and of one date."""
    result = io.BytesIO()
    date = dated.astimezone(UTC).timetuple()[:6]
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            part = zipfile.ZipInfo(name, date)
            part.compress_type, part.create_system = zipfile.ZIP_DEFLATED, 3
            part.external_attr = 0o600 << 16
            new.writestr(part, old.read(name))
    return result.getvalue()


# The file as a whole


def _set_properties(file: Any, document: Document) -> None:
    properties = file.core_properties
    properties.title, properties.subject = document.title[0][:255], document.marking[0][:255]
    properties.keywords = document.code
    properties.author = properties.last_modified_by = properties.comments = properties.category = ""
    properties.language = LANGUAGE_TAGS[document.languages[0]]
    properties.revision = 1
    dated = document.dated.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties.created = properties.modified = dated
    relations = file.part.package.rels
    for name in [n for n, each in relations.items() if each.reltype.endswith("/thumbnail")]:
        del relations[name]


def _set_styles(file: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415 - an extra, which is there

    for name in ("Table Text", "Gap", "Small"):
        style = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = file.styles["Normal"]
    scripts = {f"w:{script}": FONT for script in ("ascii", "hAnsi", "eastAsia", "cs")}
    for name, (size, before, after) in STYLES.items():
        style = file.styles[name].element
        for old in (*style.findall(_tag("w:rPr")), *style.findall(_tag("w:pPr"))):
            style.remove(old)
        bold = [_element("w:b"), _element("w:bCs")] if name in _BOLD else []
        sizes = [_element(tag, **{"w:val": str(size)}) for tag in ("w:sz", "w:szCs")]
        look = _element("w:rPr", _element("w:rFonts", **scripts), *bold, *sizes)
        shape = [_element("w:keepNext")] if name in _BOLD else []
        shape.append(_element("w:spacing", **{"w:before": str(before), "w:after": str(after)}))
        if name.startswith("Heading"):
            shape.append(_element("w:outlineLvl", **{"w:val": str(int(name[-1]) - 1)}))
        style.extend([_element("w:pPr", *shape), look])


def _set_page(section: Any) -> None:
    from docx.shared import Twips  # noqa: PLC0415 - an extra, which is there

    section.page_width, section.page_height = map(Twips, PAGE_TWIPS)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Twips(MARGIN_TWIPS))
    section.header_distance = section.footer_distance = Twips(500)


def _write_margins(section: Any, document: Document) -> None:
    """What stands above and below each page, in every language."""
    for part, style, texts in (
        (section.header, "Header", document.marking),
        (section.footer, "Footer", document.footer),
    ):
        # the library offers no way to put a paragraph of one's own there
        first = part.paragraphs[0]._p  # noqa: SLF001
        for at, locale in enumerate(document.locales):
            runs = list(_write_runs(texts.at(at), locale, bold=style == "Header"))
            if style == "Footer":
                runs += _write_runs(" · ", locale) if texts.at(at) else ()
                runs += _write_page_number(locale)
            first.addprevious(_paragraph(style, locale, runs))
        first.getparent().remove(first)


def _write_page_number(locale: Locale) -> Iterator[Element]:
    for part in re.split(r"(\{\w+\})", locale["document.page"]):
        if part in ("{page}", "{pages}"):
            yield from _write_field({"{page}": "PAGE", "{pages}": "NUMPAGES"}[part])
        elif part:
            yield from _write_runs(part, locale)


def _write_field(name: str) -> Iterator[Element]:
    for kind in ("begin", "instruction", "separate", "value", "end"):
        if kind == "instruction":
            yield _element("w:r", _text(f" {name} ", "w:instrText"))
        elif kind == "value":
            yield _element("w:r", _text("1"))
        else:
            yield _element("w:r", _element("w:fldChar", **{"w:fldCharType": kind}))


# Its body


def _write_body(file: Any, document: Document) -> Iterator[Element]:
    pairs = zip_longest(document.blocks, document.blocks[1:])
    together = groupby(pairs, key=lambda pair: _in_columns(pair[0]))
    for in_columns, group in together:
        if in_columns:
            rows = [
                [[_write_block(b, at, document, after)] for at in range(len(document.languages))]
                for b, after in group
            ]
            half = [WIDTH_TWIPS // 2] * 2
            yield _table(rows, half, framed=False, rtl=False)
            yield _gap(document.locales[0])
            continue
        for block, after in group:
            if isinstance(block, Table):
                yield _write_table(block, document.locales)
                yield _paragraph("Normal", document.locales[0], [])
            elif isinstance(block, Figure):
                yield _write_figure(file, block, document)
            else:
                yield _write_block(block, 0, document, after)


def _in_columns(block: Any) -> bool:
    """Whether a block is in two languages side by side, at one height and with one number."""
    return isinstance(block, Heading | Paragraph) and len(block.texts) > 1


def _write_block(block: Any, at: int, document: Document, after: Any) -> Element:
    """A paragraph; headings, and what leads over to a table, stay on the page of what follows."""
    locale = document.locales[at]
    if isinstance(block, Heading):
        style, bold = ("Title", "Heading1", "Heading2")[block.level], False
    else:
        style = "Small" if block.style == "small" else "Normal"
        bold = block.style in ("strong", "alarm")
    runs = list(_write_runs(block.texts.at(at), locale, bold=bold))
    if block.number:
        rtl = locale.direction == "rtl"
        number = f"\u200e{block.number}\u200e" if rtl else block.number
        runs[:0] = [*_write_runs(number, locale), _element("w:r", _element("w:tab"))]
    indent = NUMBER_TWIPS[style] if block.number else 0
    paragraph = _paragraph(style, locale, runs, indent=indent)
    if isinstance(block, Heading) or isinstance(after, Table):
        _keep_with_next(paragraph)
    return paragraph


def _gap(locale: Locale) -> Element:
    """A paragraph with hardly any height: without one, Word joins two tables."""
    gap = _paragraph("Gap", locale, [])
    _keep_with_next(gap)
    return gap


def _write_figure(file: Any, figure: Figure, document: Document) -> Element:
    from docx.shared import Twips  # noqa: PLC0415 - an extra, which is there

    try:
        picture = render_png(figure.file, dated=document.dated)
    except UsageError:
        text = _write_runs(figure.texts[0], document.locales[0])
        return _paragraph("Normal", document.locales[0], text)
    paragraph = file.add_paragraph()
    shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=Twips(WIDTH_TWIPS))
    shape._inline.docPr.set("descr", figure.texts[0])  # noqa: SLF001 - it has no other setter
    element = paragraph._p  # noqa: SLF001 - as in the margins
    element.getparent().remove(element)
    return element


def _write_table(table: Table, locales: tuple[Locale, ...]) -> Element:
    """A table; a cell holds a paragraph for each language, or one where it is the same in all."""

    def write(row: tuple[Texts, ...], *, bold: bool = False) -> list[list[Element]]:
        return [
            [
                _paragraph("TableText", locale, _write_runs(text, locale, bold=bold), end=numeric)
                for text, locale in zip(
                    texts, locales if len(texts) > 1 else locales[side or 0 :][:1], strict=True
                )
            ]
            for texts, side, numeric in zip(row, table.sides, table.numeric, strict=True)
        ]

    rows = [write(table.columns, bold=True), *map(write, table.rows)]
    widths = [int(WIDTH_TWIPS * width / sum(table.widths)) for width in table.widths]
    rtl = locales[0].direction == "rtl"
    return _table(rows, widths, framed=True, rtl=rtl, high=table.blank)


# Elements of WordprocessingML


def _tag(name: str) -> str:
    from docx.oxml.ns import qn  # noqa: PLC0415 - an extra, which is there

    return str(qn(name))


def _element(name: str, *inner: Element, **attributes: str) -> Element:
    from docx.oxml import OxmlElement  # noqa: PLC0415 - an extra, which is there

    element = OxmlElement(name, {_tag(key): value for key, value in attributes.items()})
    element.extend(inner)
    return element


def _text(text: str, name: str = "w:t") -> Element:
    element = _element(name)
    element.text = text
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def _paragraph(
    style: str, locale: Locale, runs: Iterable[Element], *, indent: int = 0, end: bool = False
) -> Element:
    """A paragraph in its direction.

    From right to left, `left` means the right side, and `right` the left: neither is mirrored here.
    """
    rtl, start = locale.direction == "rtl", str(indent)
    shape = [_element("w:pStyle", **{"w:val": style})]
    if indent:
        stop = _element("w:tab", **{"w:val": "left", "w:pos": start})
        shape.append(_element("w:tabs", stop))
    shape += [_element("w:bidi")] if rtl else []
    shape += [_element("w:ind", **{"w:left": start, "w:hanging": start})] if indent else []
    shape += [_element("w:jc", **{"w:val": "right"})] if end else []
    shape += [_element("w:rPr", _element("w:rtl"))] if rtl else []
    return _element("w:p", _element("w:pPr", *shape), *runs)


def _write_runs(text: str, locale: Locale, *, bold: bool = False) -> Iterator[Element]:
    """The runs of a text.

    In Arabic what is marked to read from left to right is a run of its own, without `w:rtl`.
    """
    if locale.direction != "rtl":
        yield _run(text, locale, bold=bold, rtl=False)
        return
    for part in _LEFT_TO_RIGHT.split(text):
        if part:
            yield _run(part, locale, bold=bold, rtl=not part.startswith("\u200e"))


def _run(text: str, locale: Locale, *, bold: bool, rtl: bool) -> Element:
    tag = LANGUAGE_TAGS.get(locale.lang, locale.lang)
    properties = [_element("w:b"), _element("w:bCs")] if bold else []
    properties += [_element("w:rtl")] if rtl else []
    properties.append(
        _element("w:lang", **{"w:bidi" if locale.direction == "rtl" else "w:val": tag})
    )
    inner: list[Element] = []
    for number, line in enumerate(text.split("\n")):
        inner += [*([_element("w:br")] if number else []), _text(line)]
    return _element("w:r", _element("w:rPr", *properties), *inner)


def _table(
    rows: list[list[list[Element]]],
    widths: list[int],
    *,
    framed: bool,
    rtl: bool,
    high: bool = False,
) -> Element:
    """A table of cells that hold paragraphs.

    A framed one has a header row that stands on every page; no row is divided between pages.
    """
    shape = [_element("w:tblStyle", **{"w:val": "TableGrid"})] if framed else []
    shape += [_element("w:bidiVisual")] if rtl else []
    shape.append(_element("w:tblW", **{"w:w": str(sum(widths)), "w:type": "dxa"}))
    shape.append(_element("w:tblLayout", **{"w:type": "fixed"}))
    grid = [_element("w:gridCol", **{"w:w": str(width)}) for width in widths]
    table = _element("w:tbl", _element("w:tblPr", *shape), _element("w:tblGrid", *grid))
    for number, row in enumerate(rows):
        header = framed and number == 0
        flags = [_element("w:cantSplit")]
        if high and not header:
            flags.append(_element("w:trHeight", **{"w:val": "900", "w:hRule": "atLeast"}))
        flags += [_element("w:tblHeader")] if header else []
        if header or (high and row is not rows[-1]):
            for paragraph in (paragraph for cell in row for paragraph in cell):
                _keep_with_next(paragraph)
        cells = [_write_cell(*cell, shaded=header) for cell in zip(widths, row, strict=True)]
        table.append(_element("w:tr", _element("w:trPr", *flags), *cells))
    return table


def _write_cell(width: int, paragraphs: list[Element], *, shaded: bool) -> Element:
    inside = [_element("w:tcW", **{"w:w": str(width), "w:type": "dxa"})]
    if shaded:
        shade = {"w:val": "clear", "w:color": "auto", "w:fill": "E7EAE8"}
        inside.append(_element("w:shd", **shade))
    return _element("w:tc", _element("w:tcPr", *inside), *paragraphs)


def _keep_with_next(paragraph: Element) -> None:
    properties = paragraph.find(_tag("w:pPr"))
    if properties.find(_tag("w:keepNext")) is None:
        properties.insert(1, _element("w:keepNext"))  # after the style, as the schema wants it
