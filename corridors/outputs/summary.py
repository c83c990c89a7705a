"""A plan as text for a terminal: what a logistician must know before opening the map.

The worst news comes last, where the reader looks first.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from corridors.evidence.status import INCIDENT_STATUSES
from corridors.locales import Locale, read_locale, show_unseen
from corridors.locales.figures import format_duration, format_share
from corridors.plan import Plan
from corridors.release import Release
from corridors.release.audiences import as_seen_by, render_remarks
from corridors.release.labels import Labels
from corridors.tables import PASSABLE

MAX_CAUSES = 5
"""This many of the causes that close most road are named; the ledger has all."""
WIDE = 100
"""From this number of columns on, the alternates are written on one line."""
STATUSES = (*INCIDENT_STATUSES, "fused", "superseded", "duplicate", "quarantined", "excluded")
"""What can become of an incident that was read."""


def render_summary(plan: Plan | Release, *, width: int = 80, language: str = "en") -> str:
    """The plan in words and one table, with ANSI styles, ending in a newline.

    Parameters
    ----------
    plan
        A plan, or a release of one.
    width
        The width of the terminal in columns.
    language
        The language of the text: en, fr or ar.

    Raises
    ------
    UsageError
        There is no such language. Fix: use en, fr or ar.

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
    summary = _Summary(Labels(as_seen_by(plan), read_locale(language)), wide=width >= WIDE)
    for part in summary.list_parts():
        console.print(part)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@dataclass(frozen=True, eq=False, slots=True)
class _Summary:
    """The parts of the text, from the heading to the places that are cut off."""

    labels: Labels
    wide: bool

    @property
    def locale(self) -> Locale:
        return self.labels.locale

    def list_parts(self) -> Iterator[RenderableType]:
        labels = self.labels
        yield from self._list_heading()
        if not labels.corridors.empty:
            yield ""
            yield self._build_table()
        yield ""
        yield from self._list_closed()
        for remark in render_remarks(labels.release, self.locale.lang):
            yield ""
            yield self._format("remark", remark=remark)
        for site_id in labels.unreached:
            yield ""
            yield from self._list_cut_off(site_id)

    def _format(self, key: str, style: str = "", **values: object) -> Text:
        return _text(self.locale.format(f"summary.{key}", **values), style)

    def _list_heading(self) -> Iterator[Text]:
        release, corridors = self.labels.release, self.labels.corridors
        yield _text(self.labels.title, "bold")
        yield self._format("as_of", as_of=release.as_of, code=release.plan_hash[:10])
        if (read := release.counts.get("incidents_read")) is not None:
            counts = " + ".join(self._list_incident_counts())
            key = "incidents_by_status" if counts else "incidents"
            yield self._format(key, read=read, counts=counts)
        for answer in release.acknowledgements:
            key = "acknowledged_because" if answer.reason else "acknowledged"
            yield self._format(key, "yellow", code=answer.code, reason=answer.reason, by=answer.by)
        share = corridors["unknown_share"]
        if uncertain := int((share > 0).sum()):
            most = format_share(share.max())
            sentence = self.locale.format("map.resting", n=uncertain, all=len(share), most=most)
            yield _text(sentence, "bold yellow")
        reached, missed = corridors["destination_id"].nunique(), len(self.labels.unreached)
        yield self._format(
            "reached_some" if missed else "reached_all",
            "bold red" if missed else "bold",
            reached=reached,
            all=reached + missed,
            missed=missed,
        )

    def _list_incident_counts(self) -> Iterator[str]:
        for status in STATUSES:
            if count := self.labels.release.counts.get(f"incidents_{status}"):
                yield f"{count} {self.locale.name('incident_status_short', status)}"

    def _build_table(self) -> Table:
        """A row for each destination and depot: the primary in figures, then the alternates."""
        corridors = self.labels.corridors
        with_status = bool((corridors["status"] != PASSABLE).any())
        with_unknown = bool((corridors["unknown_share"] > 0).any())
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        headings = {
            name: self.locale[f"summary.column_{name}"]
            for name in ("to", "from", "km", "time", "nearest", "status", "alternates", "unknown")
        }
        table.add_column(headings["to"], ratio=None if self.wide else 3)
        table.add_column(headings["from"], ratio=None if self.wide else 2)
        for name in ("km", "time", "nearest"):
            table.add_column(headings[name], justify="right", no_wrap=True, vertical="top")
        if with_status:
            table.add_column(headings["status"], no_wrap=True)
        table.add_column(headings["alternates"], no_wrap=True)
        if with_unknown:
            table.add_column(headings["unknown"], justify="right", no_wrap=True)
        last = ""
        for (destination, depot), rows in corridors.groupby(
            ["destination_id", "depot_id"], sort=False
        ):
            primary = rows.iloc[0]
            table.add_row(
                _text("" if destination == last else self.labels.label(destination)),
                _text(self.labels.label(depot)),
                f"{primary['length_m'] / 1000:.1f}",
                format_duration(primary["duration_min"]),
                self.locale.distance(primary["nearest_incident_m"]) or "-",
                *([self.locale.name("status", primary["status"])] if with_status else []),
                self._format_alternates(rows.iloc[1:]),
                *([format_share(primary["unknown_share"])] if with_unknown else []),
            )
            last = destination
        return table

    def _format_alternates(self, rows: pd.DataFrame) -> str:
        figures = [
            f"{self.locale.format('unit.km', n=f'{row.length_m / 1000:.1f}')} "
            f"{format_duration(row.duration_min)}"
            for row in rows.itertuples()
        ]
        return (", " if self.wide else "\n").join(figures) or self.locale["summary.no_alternate"]

    def _list_closed(self) -> Iterator[Text]:
        """How much is closed, and what closes most of it."""
        labels, counts = self.labels, self.labels.release.counts
        length_m = labels.segments["length_m"]
        yield self._format(
            "closed",
            closed_km=f"{length_m[labels.closed].sum() / 1000:.1f}",
            all_km=f"{length_m.sum() / 1000:.1f}",
            closed=counts["closed"],
            segments=counts["segments"],
        )
        if labels.closures.empty:
            return
        cause = ["cause_type", "cause_id"]
        ledger = labels.closures.drop_duplicates(["segment_id", *cause])
        closed_m = ledger.assign(length_m=ledger["segment_id"].map(length_m))
        by_cause = closed_m.groupby(cause)["length_m"].sum()
        by_cause = by_cause.sort_values(ascending=False, kind="stable")
        yield self._format("causes")
        for names, metres in by_cause.iloc[:MAX_CAUSES].items():
            yield _text(f"{metres / 1000:8.1f} km  {labels.cause(*names)}")
        if (others := len(by_cause) - MAX_CAUSES) > 0:
            yield _text(f"{'':8} {self.locale.format('summary.other_causes', others=others)}")

    def _list_cut_off(self, site_id: str) -> Iterator[RenderableType]:
        labels, name = self.labels, self.labels.label(site_id)
        place = f"{name} ({site_id})" if name != site_id else name
        yield self._format("cut_off", "bold red", place=place)
        if site_id not in labels.cut_off.index:
            return
        yield Padding(_text(labels.cut_off_reason(site_id)), (0, 0, 0, 2))
        if smallest := labels.cut_off.at[site_id, "smallest_set"]:
            causes = self.locale["reason.semicolon"].join(map(labels.format_cause, smallest))
            yield Padding(self._format("smallest_set", causes=causes), (0, 0, 0, 2))


def _text(text: str, style: str = "") -> Text:
    """Words from files without markup or control characters that a terminal would obey."""
    return Text(show_unseen(text), style=style)
