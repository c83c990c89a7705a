"""Strikes whose time, kind, certainty, exactness or id is wrong, odd, or written in another way."""

from __future__ import annotations

from corpus.case import OTHER, accept, as_csv, count_not, mission, refuse, report, stop, strike

BEIRUT = 'timezone = "Asia/Beirut"'


def on(time: str, **said: str | None) -> str:
    """The strike, said to have been then."""
    return as_csv(strike(occurred_at=time, **said))


def as_sure(word: str) -> str:
    """The strike, said to be this sure."""
    return as_csv(strike(verification=word))


def as_exact(text: str, **said: str | None) -> str:
    """The strike, said to be this exact."""
    return as_csv(strike(accuracy_m=text, **said))


def nearby(**said: str | None) -> str:
    """A strike two kilometres south of the direct road: it closes it only by being 1,200 m
    uncertain."""
    return as_csv(strike(**{"lat": "32.982", "accuracy_m": None} | said))


TIMES = [
    accept("an offset of a quarter of an hour", strikes=on("2026-11-22T08:45+05:45")),
    accept("a comma before the decimals of a second", strikes=on("2026-11-22T03:00:00,5Z")),
    accept("Arabic digits in a time", strikes=on("٢٠٢٦-١١-٢٢T٠٣:٠٠Z")),
    refuse("day, month, year", "ambiguous-time", strikes=on("03/04/2026")),
    refuse("day, month, year with one reading only", "ambiguous-time", strikes=on("22/11/2026")),
    refuse("month, day, year", "ambiguous-time", strikes=on("11-22-2026")),
    refuse("a year of two digits", "ambiguous-time", strikes=on("22.11.26")),
    refuse("an ISO date with day and month exchanged", "bad-time", strikes=on("2026-22-11")),
    refuse("a day that the month does not have", "bad-time", strikes=on("2026-11-31")),
    refuse("the week of a year", "bad-time", strikes=on("2026-W47-7")),
    refuse("a date without hyphens", "serial-time", strikes=on("20261122")),
    refuse("days since Excel's beginning", "serial-time", strikes=on("46348.125")),
    refuse("seconds since 1970", "serial-time", strikes=on("1795316400")),
    refuse("a local time without a zone", "naive-time", strikes=on("2026-11-22 05:00")),
    accept("a local time in the zone of the mission", strikes=on("2026-11-22 05:00"), mission=mission(top=BEIRUT)),
    report("a date alone without a zone", "note.bare_dates", strikes=on("2026-11-22")),
    accept("a date alone in the zone of the mission", strikes=on("2026-11-22"), mission=mission(top=BEIRUT)),
    refuse("twenty-four hours", "bad-time", strikes=on("2026-11-22T24:00Z")),
    refuse("a leap second", "bad-time", strikes=on("2026-06-30T23:59:60Z")),
    refuse("an offset that no place has", "bad-time", strikes=on("2026-11-22T03:00+25:00")),
    refuse("a word", "bad-time", strikes=on("yesterday")),
    refuse("a blank time", "missing-time", strikes=on("")),
    refuse("the first day of Excel", "implausible-time", strikes=on("1900-01-01")),
    refuse("the zero of Excel", "implausible-time", strikes=on("1899-12-30T00:00Z")),
    refuse("the first moment of Unix", "implausible-time", strikes=on("1970-01-01T00:00:00Z")),
    refuse("a year of the Hijri calendar", "implausible-time", strikes=on("1448-06-12")),
    refuse("a year of the Persian calendar", "implausible-time", strikes=on("1405-09-01")),
    refuse("the first year that can be written", "implausible-time", strikes=on("0001-01-01T00:00Z")),
    count_not("the year 2099", "remark.future", strikes=on("2099-11-22T03:00Z")),
    count_not("a year of the Thai calendar", "remark.future", strikes=on("2569-11-22T03:00Z")),
    refuse("the last year that can be written", "bad-time", strikes=on("9999-12-31")),
    count_not("the day after", "remark.future", strikes=on("2026-11-24T03:00Z")),
    count_not("announced before it happens", "remark.future", strikes=on("2026-12-22T03:00Z", reported_at="2026-11-22T06:00Z")),
    accept("reported on the day on which it happened", strikes=on("2026-11-22T03:00Z", reported_at="2026-11-22")),
    refuse("ended before it began", "ends-before-start", strikes=on("2026-11-22T03:00Z", occurred_until="2026-11-21T03:00Z")),
    accept("going on until further notice", strikes=on("2026-11-22T03:00Z", occurred_until="2099-01-01T00:00Z")),
    accept("begun long ago and going on", strikes=on("2026-01-22T03:00Z", occurred_until="2026-11-23T00:00Z")),
    refuse("two columns of dates", "two-columns", strikes=as_csv(strike(event_date="2026-11-22"))),
    refuse("a column of dates and a column of times", "two-columns", strikes=as_csv(strike(occurred_at=None, date="2026-11-22", time="03:00"))),
    refuse("no column of times", "missing-column", strikes=as_csv(strike(occurred_at=None))),
    refuse("only the time of the upload", "missing-column", strikes=as_csv(strike(occurred_at=None, timestamp="2026-11-22T03:00Z"))),
    refuse("the end of the strike in a column misspelt", "near-column", strikes=as_csv(strike(occured_until="2026-11-22T09:00Z"))),
    stop("every report of last month", "no-active-incident", strikes=on("2026-10-22T03:00Z"), mission=mission('"strikes.csv"')),
    stop("a feed older than the mission allows", "stale-input", strikes=on("2026-11-20T03:00Z"), mission=mission('"strikes.csv"', top="max_age_hours = 24")),
    accept("a feed that says it is of today", strikes=on("2026-11-20T03:00Z"),
           mission=mission('{ path = "strikes.csv", declared_at = 2026-11-23T05:00:00Z }', top="max_age_hours = 24")),
]  # fmt: skip

WORDS = [
    refuse("a verification misspelt", "unknown-verification", strikes=as_sure("verifed")),
    refuse("a verification in figures", "unknown-verification", strikes=as_sure("1")),
    refuse("a verification that doubts", "unknown-verification", strikes=as_sure("not retracted")),
    accept("a verification in capitals", strikes=as_sure("CONFIRMED")),
    report("a blank verification", "note.no_verification", strikes=as_sure("")),
    refuse("a column of verification misspelt", "near-column", strikes=as_csv(strike(verification=None, verfication="verified"))),
    count_not("a report withdrawn", "incidents_retracted", strikes=as_sure("retracted")),
    count_not("a report less sure than the rules ask for", "remark.unverified", strikes=as_sure("reported"),
              mission=mission(tail='[rules.incidents]\nmin_verification = "verified"')),
    refuse("a kind misspelt", "unknown-kind", strikes=as_csv(strike(kind="air stirke"))),
    refuse("a kind in another language", "unknown-kind", strikes=as_csv(strike(kind="غارة جوية"))),
    refuse("a blank kind", "unknown-kind", strikes=as_csv(strike(kind=""))),
    accept("a kind with a mark that is not seen", strikes=as_csv(strike(kind="air_strike\u200b"))),
    accept("a kind in letters of full width", strikes=as_csv(strike(kind="ａｉｒ ｓｔｒｉｋｅ"))),
    report("no column of kinds", "note.no_kind", strikes=as_csv(strike(kind=None))),
]  # fmt: skip

EXACTNESS = [
    refuse("a negative accuracy", "negative-number", strikes=as_exact("-50")),
    accept("an accuracy in kilometres, with its unit", strikes=nearby(accuracy_m="1.2 km")),
    report(
        "an accuracy in a column that does not say metres",
        "note.read_as_metres",
        strikes=nearby(accuracy="1200"),
    ),
    refuse(
        "an accuracy in a column of kilometres", "near-column", strikes=nearby(accuracy_km="1.2")
    ),
    refuse(
        "an accuracy in a column with its unit in brackets",
        "near-column",
        strikes=nearby(**{"accuracy (m)": "1200"}),
    ),
    refuse("an accuracy in a column misspelt", "near-column", strikes=nearby(acuracy_m="1200")),
    refuse("an accuracy in a column called error", "near-column", strikes=nearby(error_m="1200")),
    accept(
        "an accuracy in a column with a mark that is not seen",
        strikes=nearby(**{"\u200eaccuracy_m": "1200"}),
    ),
    refuse("a thousands comma in an accuracy", "decimal-comma", strikes=nearby(accuracy_m="1,200")),
    refuse(
        "a thousands point in an accuracy",
        "decimal-comma",
        strikes=as_csv(strike(lat="32,982", lon="35,0200", accuracy_m="1.200"), delimiter=";"),
    ),
    refuse(
        "an accuracy that is a bare code",
        "unknown-precision",
        strikes=as_csv(strike(accuracy_m=None, precision="2")),
    ),
    refuse(
        "an accuracy in words that are not known",
        "unknown-precision",
        strikes=as_exact("roughly there"),
    ),
    accept("an accuracy in words", strikes=as_exact("street level")),
    accept("an accuracy with a sign", strikes=as_exact("± 500 m")),
    report("a blank accuracy", "note.no_accuracy", strikes=as_exact("")),
    refuse("an accuracy that is not a number", "unknown-precision", strikes=as_exact("nan")),
    refuse("an accuracy without end", "unknown-precision", strikes=as_exact("inf")),
    count_not(
        "an accuracy of the whole district",
        "remark.too_imprecise",
        strikes=as_exact("25 km"),
    ),
    count_not(
        "an accuracy that is unknown",
        "remark.too_imprecise",
        strikes=as_exact("unknown"),
    ),
    refuse(
        "a code of another source's precision",
        "cut-feed",
        strikes=as_csv(strike(accuracy_m=None, geo_precision="3")),
    ),
]

IDS = [
    report("a blank id", "note.ids_made", strikes=as_csv(strike(incident_id=""))),
    report("the same row twice", "note.rows_repeated", strikes=as_csv(strike(), strike())),
    refuse("one id for two strikes", "duplicate-id", strikes=as_csv(strike(lat="33.3"), strike())),
    refuse(
        "one id for two strikes in two files",
        "duplicate-id",
        strikes=as_csv(strike(incident_id="F-1")),
    ),
    report(
        "the same report in two files",
        "note.rows_repeated_elsewhere",
        strikes=as_csv(strike()),
        other=as_csv(strike()) + OTHER.partition("\n")[2],
    ),
    accept(
        "ids that differ in case",
        strikes=as_csv(strike(incident_id="i-1", lat="33.3", lon="35.3"), strike()),
    ),
    refuse(
        "ids that differ in what is not seen",
        "unseen-character",
        strikes=as_csv(strike(incident_id="I-1\u200b", lat="33.3", lon="35.3"), strike()),
    ),
    refuse(
        "an id that turns the line about",
        "unseen-character",
        strikes=as_csv(strike(incident_id="I\u202e1-")),
    ),
    accept(
        "a source that turns the line about", strikes=as_csv(strike(source="team \u202e)deifirev("))
    ),
    accept(
        "a source that is a formula", strikes=as_csv(strike(source='=HYPERLINK("http://x","y")'))
    ),
    accept(
        "a source that is code", strikes=as_csv(strike(source="<script>alert(1)</script>${1}`"))
    ),
    refuse(
        "a line break in a source", "control-character", strikes=as_csv(strike(source="one\ntwo"))
    ),
    refuse(
        "a control character in a source",
        "control-character",
        strikes=as_csv(strike(source="te\x07am")),
    ),
]

CASES = [*TIMES, *WORDS, *EXACTNESS, *IDS]
