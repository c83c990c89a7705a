"""What can go wrong, in one tree.

A `Problem` is one thing wrong in one place: what, where (file, row, field, value) and how to fix
it. Errors about input carry every problem found, so that one run shows a user everything.

"No route" is not here: it is an answer, and a row of `plan.cut_off`.

    CorridorsError              1  internal error, if nothing more precise is stated
      UsageError                2  the call cannot be carried out (an output that exists, ...)
      InputError                4  the input cannot be trusted as it is
        AcknowledgementNeeded   4  plausible but dangerous; goes on once someone acknowledges it
        DownloadError           4  the network was asked for and did not answer
      StaleInputError           5  the newest report is older than `max_age_hours`
      OutputError               1  the results could not be written; existing files are unchanged
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Protocol


class Text(Protocol):
    """What a message offers: a code, values, and an English sentence as its `str`."""

    @property
    def code(self) -> str:
        """The key of the sentence in every catalogue."""

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the sentence."""

    def as_dict(self) -> dict[str, Any]:
        """What JSON can hold: code and values."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong (or odd) in one place.

    `code` is stable and machine-readable. `message` says what is wrong, `hint` how to fix it. `row`
    counts as the reader of the file counts: the line of a text file, the row of a sheet (its header
    is row 1), the feature of a layer (from 1).

    >>> from corridors.messages import Message
    >>> what, hint = Message("problem.broken_column_missing"), Message("hint.see_tables")
    >>> Problem("broken-table", what, hint, "strikes.csv", 3, "lat", "95.2").row
    3
    """

    code: str
    message: Text
    hint: Text
    file: str = ""
    row: int | None = None
    field: str = ""
    value: str = ""

    def __str__(self) -> str:
        """One English sentence: where, what, and how to fix it."""
        places = (
            self.file,
            f"row {self.row}" if self.row is not None else "",
            f"field {self.field}" if self.field else "",
        )
        where = ", ".join(place for place in places if place)
        value = f" (value {self.value!r})" if self.value else ""
        what = f"{where + ': ' if where else ''}{self.message}{value} [{self.code}]"
        hint = str(self.hint)
        return f"{what}. Fix: {hint}{'' if hint.endswith('?') else '.'}"

    def within(self, file: str) -> Problem:
        """The same problem, located in `file` where no file was named yet."""
        return self if self.file else replace(self, file=file)

    def as_dict(self) -> dict[str, object]:
        """The fields by name for `--json`, message and hint in English and as code and values."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("message", "hint"):
            text: Text = plain[name]
            plain |= {
                name: str(text),
                f"{name}_code": text.code,
                f"{name}_values": text.as_dict()["values"],
            }
        return plain


class CorridorsError(Exception):
    """The root of every error this package raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(CorridorsError):
    """The call cannot be carried out, for example because an output exists already."""

    exit_code = 2


class InputError(CorridorsError):
    """The input cannot be trusted as it is.

    `problems` lists everything found, in order of file and row.
    """

    exit_code = 4

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        """Keep every problem; the message is one line a problem."""
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        super().__init__("\n".join(map(str, self.problems)))


class AcknowledgementNeeded(InputError):  # noqa: N818 - a question, no fault
    """A plausible but dangerous state that someone must acknowledge with a reason and a name."""


class DownloadError(InputError):
    """The network was asked for and did not give what was asked."""


class StaleInputError(CorridorsError):
    """The newest report is older than the mission allows."""

    exit_code = 5


class OutputError(CorridorsError):
    """The results could not be written; what stood there before is untouched."""
