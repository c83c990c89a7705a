"""A fact for a person, as a code and values.

A message is created where a fact is known, and becomes a sentence where it is read. Sentences are
never parsed, compared or used as keys. `locales` holds them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from corridors.locales import read_locale

Value = Any
"""Text, a number in the SI unit of its name, a time, a nested message, or a tuple of these."""


class Message:
    """A code and its values. `code` is a key of every catalogue, such as "note.rows_empty".

    >>> message = Message("note.rows_empty", n=2, row=7)
    >>> message.code, message.values["n"]
    ('note.rows_empty', 2)
    >>> message == Message("note.rows_empty", n=2, row=7)
    True
    """

    __slots__ = ("code", "values")
    code: str
    values: Mapping[str, Value]

    def __init__(self, code: str, /, **values: Value) -> None:
        """Keep the code and its values."""
        self.code, self.values = code, values

    def __str__(self) -> str:
        """The sentence in English."""
        return read_locale("en").render(self)

    def __repr__(self) -> str:
        """The call that makes it."""
        values = "".join(f", {name}={value!r}" for name, value in self.values.items())
        return f"Message({self.code!r}{values})"

    def __eq__(self, other: object) -> bool:
        """Whether two messages have the same code and values."""
        if not isinstance(other, Message):
            return NotImplemented
        return self.code == other.code and self.values == other.values

    def __hash__(self) -> int:
        """The hash of code and values."""
        return hash((self.code, tuple(sorted(self.values.items()))))

    def as_dict(self) -> dict[str, Any]:
        """Code and values in the types of JSON, including nested messages and times.

        >>> Message("note.no_kind").as_dict()
        {'code': 'note.no_kind', 'values': {}}
        """
        return {"code": self.code, "values": {k: _to_plain(v) for k, v in self.values.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Message:
        """The message that `as_dict` wrote; times stay ISO 8601 text, which every format reads.

        >>> Message.from_dict({"code": "note.rows_empty", "values": {"n": 2, "row": 7}}).values[
        ...     "row"
        ... ]
        7
        """
        return cls(data["code"], **{name: _read(value) for name, value in data["values"].items()})

    def write_values(self) -> str:
        """The values as JSON text, for a column of a table.

        >>> Message("note.rows_empty", n=2, row=7).write_values()
        '{"n": 2, "row": 7}'
        """
        return json.dumps(self.as_dict()["values"], ensure_ascii=False)


def _to_plain(value: Value) -> Any:
    if isinstance(value, Message):
        return value.as_dict()
    if isinstance(value, tuple | list):
        return [_to_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _read(value: Any) -> Value:
    if isinstance(value, Mapping):
        return Message.from_dict(value)
    return tuple(map(_read, value)) if isinstance(value, list) else value
