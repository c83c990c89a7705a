"""Problems as text for a terminal: by file, each with its place, its value and its fix."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from corridors.errors import Problem
from corridors.locales import Locale, read_locale

MAX_ALIKE = 20
"""Of one code in one file, this many problems are listed one by one; more are one mistake, made
often."""


def render_problems(problems: Iterable[Problem], *, width: int = 80, language: str = "en") -> str:
    r"""Every problem under the name of its file, and how many there are; ends in a newline.

    Parameters
    ----------
    problems
        What `check_folder` returns, or the `problems` of an `InputError`.
    width
        Columns of the terminal.
    language
        One of `corridors.locales.LANGUAGES`.

    Examples
    --------
    >>> from corridors.inputs.columns import CellError, parse_number
    >>> try:
    ...     parse_number("north")
    ... except CellError as error:
    ...     problem = error.locate(file="strikes.csv", row=3, field="people", value="north")
    >>> print(render_problems([problem]))
    strikes.csv
      row 3, people = 'north': is not a plain number [bad-number]
          Fix: write digits and a decimal point only, without a unit.
    <BLANKLINE>
    1 problem in 1 file.
    <BLANKLINE>
    """
    locale = read_locale(language)
    by_file: dict[str, dict[str, list[Problem]]] = {}
    count = 0
    for count, problem in enumerate(problems, start=1):  # noqa: B007 - how many there were
        by_file.setdefault(problem.file, {}).setdefault(problem.code, []).append(problem)
    lines: list[str] = []
    for file, by_code in by_file.items():
        lines.append(_show(file) or locale["check.mission"])
        for code, alike in by_code.items():
            for problem in alike[:MAX_ALIKE]:
                place = _place(locale, problem)
                key = "check.problem_at" if place else "check.problem"
                text = locale.format(key, place=place, message=problem.message, code=code)
                lines += _wrap(text, width, 2)
                lines += _wrap(locale.format("check.fix", hint=problem.hint), width, 6)
            if rest := alike[MAX_ALIKE:]:
                lines += _wrap(_count_rest(locale, rest), width, 2)
        lines.append("")
    total = locale.format("check.total", problems=count, files=len(by_file))
    return "\n".join([*lines, total if count else locale["check.none"], ""])


def _place(locale: Locale, problem: Problem) -> str:
    """Row, field and value, as far as they are known."""

    def list_parts() -> Iterator[str]:
        if problem.row is not None:
            yield locale.format("check.row", row=problem.row)
        value = f" = {problem.value!r}" if problem.value else ""
        if problem.field or value:
            yield f"{problem.field or locale['check.value']}{value}"

    return locale["comma"].join(list_parts())


def _count_rest(locale: Locale, rest: list[Problem]) -> str:
    first, last = rest[0].row, rest[-1].row
    key = "check.more_in_rows" if first and last else "check.more"
    return locale.format(key, n=len(rest), first=first, last=last, code=rest[0].code)


def _wrap(text: str, width: int, indent: int) -> list[str]:
    return textwrap.wrap(
        _show(text),
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * 6,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _show(text: str) -> str:
    """Text of a file for a terminal, with control and invisible characters spelled out."""
    return "".join(
        letter
        if letter.isprintable() or letter in "\n\u00a0\u200c\u200d\u200e\u202f"
        else f"[U+{ord(letter):04X}]"
        for letter in text
    )
