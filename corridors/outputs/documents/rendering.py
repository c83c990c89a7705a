"""A document as a file in any format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

from corridors.errors import UsageError
from corridors.messages import Message
from corridors.outputs.atomic_write import write_products
from corridors.outputs.documents.blocks import Document
from corridors.outputs.documents.docx import render_docx
from corridors.outputs.documents.html import render_html
from corridors.outputs.documents.pdf import render_pdf
from corridors.outputs.documents.text import render_plain_text

DOCUMENT_FORMATS: Mapping[str, Callable[[Document], bytes]] = {
    "html": render_html,
    "pdf": render_pdf,
    "docx": render_docx,
    "text": render_plain_text,
}
SUFFIXES = {"text": "txt"}
"""The ends of file names that are not the format's name."""


def check_format(name: str, known: Collection[str] = tuple(DOCUMENT_FORMATS)) -> None:
    """Refuse a format that a document is not written in.

    Raises
    ------
    UsageError
        It is not one of `known`. Fix: use one of those that the message names.
    """
    if name not in known:
        raise UsageError(Message("usage.unknown_format", format=name, known=tuple(known)))


def write_files(
    files: Mapping[str, bytes], folder: str | Path, *, force: bool = False
) -> list[Path]:
    """Write files by name into a folder that may hold others, all or none; return their paths.

    Raises
    ------
    UsageError
        A file of such a name is there, and `force` is not set. Fix: set it, or name another folder.
    OutputError
        A file cannot be written; what was there before is untouched.
    """
    return write_products(
        {name: partial(_write, content) for name, content in files.items()}, folder, force=force
    )


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)
