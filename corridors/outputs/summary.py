"""A plan as text for a terminal: what a logistician must know before opening the map.

The worst news stands last, where the eye is.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from corridors.evidence.status import INCIDENT_STATUSES
from corridors.locales import read_locale, show_unseen
from corridors.locales.figures import format_duration, format_share, format_time
from corridors.plan import Plan
from corridors.release import Release
from corridors.release.audiences import as_seen_by, render_remarks
from corridors.release.labels import Labels
from corridors.tables import PASSABLE

MOST_CAUSES = 5
"""How many of the causes that close most road are named; the ledger has all."""
WIDE = 100
"""From so many columns on, the alternates stand side by side."""


def render_summary(plan: Plan | Release, *, width: int = 80) -> str:
    """The plan in words and one table, `width` columns wide, with ANSI styles, ending in a newline.

    Examples
    --------
    >>> import corridors as co
    >>> folder = co.demo_folder()
    >>> plan = co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
    >>> "CUT OFF: Marjayoun hospital" in render_summary(plan)
    True
    """
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
    )
    for part in _Summary(as_seen_by(plan), read_locale("en")).parts(wide=width >= WIDE):
        console.print(part)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


class _Summary(Labels):
    """The parts of the text, from the heading to those who are cut off."""

    def parts(self, *, wide: bool) -> Iterator[RenderableType]:
        yield from self._heading()
        if not self.corridors.empty:
            yield ""
            yield self._table(wide=wide)
        yield from self._closed()
        for remark in render_remarks(self.release):
            yield ""
            yield _text(f"Note: {remark}")
        for site in self.unreached:
            yield ""
            yield from self._cut_off(site)

    def _heading(self) -> Iterator[Text]:
        release, counts = self.release, self.release.counts
        yield _text(self.title, "bold")
        yield _text(
            f"As of {format_time(release.as_of)}. Proposed on the data of that moment; not a guarantee of safety. Plan {release.plan_hash[:10]}."
        )
        locale = [*INCIDENT_STATUSES, "fused", "superseded", "duplicate", "quarantined", "excluded"]
        told = [
            f"{count} {word.replace('_', ' ')}"
            for word in locale
            if (count := counts.get(f"incidents_{word}"))
        ]
        if "incidents_read" in counts:
            yield _text(
                f"Incidents read: {counts['incidents_read']}{' = ' if told else ''}{' + '.join(told)}."
            )
        for said in release.acknowledgements:
            yield _text(
                f"Acknowledged: {said.code}{f': {said.reason} ({said.by})' if said.reason else ''}",
                "yellow",
            )
        resting = self.corridors["unknown_share"] > 0
        if resting.any():
            most = self.corridors["unknown_share"].max()
            yield _text(
                f"{resting.sum()} of {len(resting)} corridors rest on roads of unknown or stale state, up to {format_share(most)} of their length.",
                "bold yellow",
            )
        reached, missed = self.corridors["destination_id"].nunique(), len(self.unreached)
        yield _text(
            f"{reached} of {reached + missed} destinations reached, {f'{missed} CUT OFF' if missed else 'none cut off'}.",
            "bold red" if missed else "bold",
        )

    def _table(self, *, wide: bool) -> Table:
        """A row for each destination and depot: the primary in figures, the alternates beside it."""
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        table.add_column("To", ratio=None if wide else 3)
        table.add_column("From", ratio=None if wide else 2)
        for heading in ("km", "h:mm", "Nearest\nincident"):
            table.add_column(heading, justify="right", no_wrap=True, vertical="top")
        odd = (self.corridors["status"] != PASSABLE).any()
        if odd:
            table.add_column("Status", no_wrap=True)
        table.add_column("Alternates", no_wrap=True)
        if unknown := (self.corridors["unknown_share"] > 0).any():
            table.add_column("Unknown", justify="right", no_wrap=True)
        last = ""
        for (destination, depot), rows in self.corridors.groupby(
            ["destination_id", "depot_id"], sort=False
        ):
            first, others = rows.iloc[0], rows.iloc[1:]
            alternates = [
                f"{row.length_m / 1000:.1f} km {format_duration(row.duration_min)}"
                for row in others.itertuples()
            ]
            table.add_row(
                _text("" if destination == last else self.place(destination)[0]),
                _text(self.place(depot)[0]),
                f"{first['length_m'] / 1000:.1f}",
                format_duration(first["duration_min"]),
                self.locale.distance(first["nearest_incident_m"]) or "-",
                *([first["status"]] if odd else []),
                (", " if wide else "\n").join(alternates) or "none",
                *([format_share(first["unknown_share"])] if unknown else []),
            )
            last = destination
        return table

    def _closed(self) -> Iterator[Text]:
        """How much is closed, and what closes most of it."""
        counts = self.release.counts
        length_m = self.segments["length_m"]
        closed_m = length_m[self.closed].sum()
        yield _text("")
        yield _text(
            f"Closed: {closed_m / 1000:.1f} of {length_m.sum() / 1000:.1f} km of road ({counts['closed']} of {counts['segments']} segments)."
        )
        if self.closures.empty:
            return
        ledger = self.closures.drop_duplicates(["segment_id", "cause_type", "cause_id"])
        by_cause = (
            ledger["segment_id"]
            .map(length_m)
            .groupby([ledger["cause_type"], ledger["cause_id"]])
            .sum()
        )
        most = by_cause.sort_values(ascending=False, kind="stable")
        yield _text("Most of it by")
        for cause, metres in most.iloc[:MOST_CAUSES].items():
            yield _text(f"{metres / 1000:8.1f} km  {self.cause(*cause)}")
        if len(most) > MOST_CAUSES:
            yield _text(f"{'':8} and {len(most) - MOST_CAUSES} others: layer closures of plan.gpkg")

    def _cut_off(self, site: str) -> Iterator[RenderableType]:
        name = self.place(site)[0]
        yield _text(f"CUT OFF: {name}{f' ({site})' if name != site else ''}", "bold red")
        if site not in self.cut_off.index:
            return
        yield Padding(_text(self.cut_off_reason(site)), (0, 0, 0, 2))
        if least := self.cut_off.at[site, "smallest_set"]:
            causes = [self.format_cause(cause) for cause in least]
            yield Padding(
                _text(f"Fewest closures whose lifting would restore access: {'; '.join(causes)}."),
                (0, 0, 0, 2),
            )


def _text(locale: str, style: str = "") -> Text:
    """Words from files as they are: no markup, and nothing unseen that a terminal would obey."""
    return Text(show_unseen(locale), style=style)
