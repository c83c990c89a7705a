"""The order of left-to-right parts within right-to-left text."""

from __future__ import annotations

import re

_RTL = "\u060c\u061b\u061f\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_LEFT_TO_RIGHT = re.compile(
    rf"[+-]?[0-9A-Za-z\u00c0-\u024f]"
    rf"(?:(?:\([^(){_RTL}\n]*\)|[^(){_RTL}\n])*"
    rf"(?:\([^(){_RTL}\n]*\)|[0-9A-Za-z\u00c0-\u024f°%\u2032\u2033]))?"
)
_MARK = "\u200e"
_ENDS_RTL = re.compile(rf"[{_RTL}][^0-9A-Za-z]*\Z")


def isolate_ltr(text: str) -> str:
    r"""Right-to-left text in which dates, coordinates and codes still read from left to right.

    Without it "33.55751, 35.37148" is shown as "35.37148, 33.55751", and 2026-11-23 as 23-11-2026.
    The mark of direction is invisible; marks that the text has already are replaced.

    >>> isolate_ltr("في 33.5, 35.3.")
    'في \u200e33.5, 35.3\u200e.'
    """
    return _LEFT_TO_RIGHT.sub(lambda found: f"{_MARK}{found[0]}{_MARK}", text.replace(_MARK, ""))


def isolate_name(name: str) -> str:
    r"""A name for a left-to-right text, after which a figure keeps its place.

    Without it "From Clinic to عيادة, 40 % of" shows the 40 before the name. In right-to-left text
    `isolate_ltr` has the same effect.

    >>> isolate_name("عيادة"), isolate_name("Clinic")
    ('عيادة\u200e', 'Clinic')
    """
    return f"{name}{_MARK}" if _ENDS_RTL.search(name) else name
