"""Problems as text for a terminal: by file, each with its place, its value and how to mend it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from corridors.errors import Problem

MOST_ALIKE = 20
"""So many problems of one code in one file are told one by one; what makes more of them is one
mistake, made often."""


def render_problems(problems: Iterable[Problem], *, width: int = 80) -> str:
    r"""Every problem under the name of its file, `width` columns wide, and how many there are; ends
    in a newline.

    >>> print(
    ...     render_problems(
    ...         [
    ...             Problem(
    ...                 "bad-latitude",
    ...                 "is not a latitude",
    ...                 "give degrees",
    ...                 "strikes.csv",
    ...                 3,
    ...                 "lat",
    ...                 "95.2",
    ...             )
    ...         ]
    ...     )
    ... )
    strikes.csv
      row 3, lat = '95.2': is not a latitude [bad-latitude]
          Fix: give degrees.
    <BLANKLINE>
    1 problem in 1 file.
    <BLANKLINE>
    """
    by_file: dict[str, dict[str, list[Problem]]] = {}
    count = 0
    for count, problem in enumerate(problems, start=1):  # noqa: B007 - how many there were
        by_file.setdefault(problem.file, {}).setdefault(problem.code, []).append(problem)
    lines: list[str] = []
    for file, by_code in by_file.items():
        lines.append(_show(file) or "the mission as a whole")
        for code, alike in by_code.items():
            for problem in alike[:MOST_ALIKE]:
                lines += _wrap(f"{_place(problem)}{problem.message} [{code}]", width, 2, 6)
                lines += _wrap(
                    f"Fix: {problem.hint}{'' if str(problem.hint).endswith('?') else '.'}",
                    width,
                    6,
                    6,
                )
            if rest := alike[MOST_ALIKE:]:
                rows = (
                    f", rows {rest[0].row} to {rest[-1].row}"
                    if rest[0].row and rest[-1].row
                    else ""
                )
                lines += _wrap(
                    f"and {len(rest)} more of the same kind{rows}: corridors check --json lists each [{code}]",
                    width,
                    2,
                    6,
                )
        lines.append("")
    files = len(by_file)
    return (
        "\n".join(
            [
                *lines,
                f"{count} problem{'s' * (count != 1)} in {files} file{'s' * (files != 1)}."
                if count
                else "No problem found.",
            ]
        )
        + "\n"
    )


def _place(problem: Problem) -> str:
    """Row, field and value, as far as they are known."""
    value = f" = {problem.value!r}" if problem.value else ""
    row = f"row {problem.row}" if problem.row is not None else ""
    told = ", ".join(
        part
        for part in (
            row,
            f"{problem.field}{value}" if problem.field else f"value{value}" if value else "",
        )
        if part
    )
    return f"{told}: " if told else ""


def _wrap(text: str, width: int, first: int, others: int) -> list[str]:
    return textwrap.wrap(
        _show(text),
        width,
        initial_indent=" " * first,
        subsequent_indent=" " * others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _show(text: str) -> str:
    """Text of a file as a terminal may show it: what it would obey or hide is spelled out."""
    return "".join(
        letter
        if letter.isprintable() or letter in "\n\u00a0\u200c\u200d"
        else f"[U+{ord(letter):04X}]"
        for letter in text
    )
