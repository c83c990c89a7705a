"""The text of a file in the encodings that office programs write, where it has one reading.

    UTF-8                    with or without a byte order mark
    UTF-16, UTF-32           by their byte order mark
    Windows-1256             every word beyond ASCII is Arabic in it from end to end, and at
                             least two are
    Windows-1252 (Latin-1)   every sign beyond ASCII is Western European, and is part of a
                             Latin word

Windows-1256 has the letters of French at the same places as Windows-1252: a French word reads the
same in both and decides nothing. Cyrillic, Greek, Turkish and Central European code pages are
refused, because their bytes have other readings.
"""

from __future__ import annotations

import codecs
import re

from corridors.inputs.rows.raw_rows import decode, refuse
from corridors.messages import Message

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = frozenset(
    "ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜàâäçèéêëîïôöùûüßñÑáíóúÁÍÓÚãõÃÕ°ºª«»¿¡·×’‘“”–—…€£©®´¨\xa0"  # noqa: RUF001
)
"""Letters of French, German, Spanish and Portuguese, and the signs of their typography."""
_ARABIC_LETTER = re.compile(
    "[\u0621-\u0652\u067e\u0686\u0698\u06a9\u06af\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2]"
)
_USUAL = frozenset("\u0627\u0644\u064a")
"""Alef, lam and yeh: a quarter of the letters of any Arabic text; at least one in ten is asked."""
_WORD = re.compile(r"[A-Za-z\x81\x8a\x8c-\x90\x98\x9a\x9c\x9f\xaa\xc0-\xff]+")
"""Runs of bytes that are letters in one of the two code pages."""


def decode_text(file: str, data: bytes) -> tuple[str, tuple[Message, ...]]:
    r"""The text of a table file, and a note where it was not UTF-8.

    Raises
    ------
    InputError
        `unsure-encoding`: the bytes are not UTF-8 and have more than one reading; `bad-encoding`:
        they are invalid in the encoding they claim; `nul-byte`. Fix: save it as UTF-8.

    Examples
    --------
    >>> decode_text("a.csv", "name\nطريق صور\n".encode("cp1256"))[0].split()
    ['name', 'طريق', 'صور']
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            try:
                text = data.decode(name)
            except UnicodeDecodeError:
                message = Message("problem.broken_encoding", encoding=name.upper())
                refuse(file, "bad-encoding", message, "save_as_utf8")
            if "\0" in text:
                refuse(file, "nul-byte", "nul_byte", "save_as_utf8_again")
            return text, (Message("note.byte_order_mark", encoding=name.upper()),)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        if b"\0" in data:
            refuse(file, "bad-encoding", "unknown_encoding", "save_as_utf8", row=row)
        return _decode_single_bytes(file, data, row, data[error.start : error.start + 8])
    return decode(file, data), ()


def _decode_single_bytes(
    file: str, data: bytes, row: int, seen: bytes
) -> tuple[str, tuple[Message, ...]]:
    plain = data.decode("latin-1")
    high = [word for word in _WORD.findall(plain) if not word.isascii()]
    arabic = sum(_is_arabic(word) for word in high)
    western = _reads_western(data) and not any(
        word for word in high if len(word) > 1 and not re.search("[A-Za-z]", word)
    )
    if (
        arabic >= 2
        and all(_is_arabic(word) or _same_in_both(word) for word in high)
        and _is_usual(high)
    ):
        return data.decode("cp1256"), (Message("note.windows_1256"),)
    if not western or arabic:
        refuse(
            file, "unsure-encoding", "several_encodings", "save_as_utf8", row=row, value=str(seen)
        )
    return data.decode("cp1252"), (Message("note.windows_1252"),)


def _is_arabic(word: str) -> bool:
    """Whether a word (bytes read as Latin-1) of several letters is Arabic in Windows-1256."""
    try:
        read = word.encode("latin-1").decode("cp1256")
    except UnicodeDecodeError:
        return False
    return len(read) > 1 and all(_ARABIC_LETTER.fullmatch(letter) for letter in read)


def _same_in_both(word: str) -> bool:
    """Whether a word reads the same in both code pages, or is one Arabic letter."""
    data = word.encode("latin-1")
    read = data.decode("cp1256")
    return read == data.decode("cp1252", "replace") or bool(_ARABIC_LETTER.fullmatch(read))


def _is_usual(words: list[str]) -> bool:
    letters = "".join(words).encode("latin-1").decode("cp1256")
    return sum(letter in _USUAL for letter in letters) * 10 >= len(letters)


def _reads_western(data: bytes) -> bool:
    try:
        return all(
            letter in _WESTERN for letter in set(data.decode("cp1252")) if not letter.isascii()
        )
    except UnicodeDecodeError:
        return False
