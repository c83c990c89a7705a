"""Strikes in text files that are damaged, or that another program wrote."""

from __future__ import annotations

import gzip

from corpus.case import (
    OTHER,
    STRIKE,
    accept,
    as_csv,
    count_not,
    mission,
    read_from,
    refuse,
    report,
    stop,
    strike,
)

GOOD = as_csv(STRIKE)
HEADER, ROW = GOOD.splitlines()
SECOND = as_csv(strike(incident_id="I-2", lat="33.3", lon="35.3")).splitlines()[1]
COMMENTED = as_csv(strike(comment="crater")).splitlines()
ALONE = mission('"strikes.csv"')


def lines(*rows: str, end: str = "\n") -> str:
    """Lines of a file."""
    return end.join(rows) + end


CASES = [
    stop("only the line of names, and no other report", "no-active-incident", strikes=lines(HEADER), mission=ALONE),
    count_not("only the line of names", "note.no_rows", strikes=lines(HEADER)),
    refuse("an empty file", "empty-file", strikes=""),
    refuse("only a mark of the byte order", "empty-file", strikes="\ufeff"),
    refuse("only blank lines", "empty-file", strikes="\n\n  \n"),
    refuse("only zeros", "empty-file", strikes=b"\0" * 100),
    refuse("a row too short", "ragged-row", strikes=lines(HEADER, ROW.rpartition(",")[0])),
    refuse("a row too long, by a comma in a text", "ragged-row", strikes=lines(HEADER, ROW + ", second call")),
    refuse("rows of decimal commas in a file of commas", "ragged-row", strikes=lines(HEADER, ROW.replace("33.0", "33,0").replace("35.02", "35,02"))),
    refuse("a quotation mark that is never closed", "broken-csv", strikes=lines(HEADER, ROW.replace("team", '"team'), SECOND)),
    refuse("a quotation mark that swallows a row", "swallowed-rows", strikes=lines(COMMENTED[0], SECOND + ',"near the mill', COMMENTED[1].replace("crater", 'bridge"'))),
    refuse("a quotation mark that swallows all rows but one", "swallowed-rows",
           strikes=lines(COMMENTED[0], SECOND + ',"5', COMMENTED[1].replace("crater", "x"), SECOND.replace("I-2", "I-3") + ',inch"')),
    accept("a comment of several lines", strikes=lines(COMMENTED[0], COMMENTED[1].replace("crater", '"one,\ntwo, three\nfour"'))),
    accept("a quotation mark within a text", strikes=lines(COMMENTED[0], COMMENTED[1].replace("crater", '5" pipe'))),
    refuse("the line of names again", "bad-time bad-latitude bad-longitude unknown-kind unknown-verification unknown-precision", strikes=lines(HEADER, SECOND, HEADER, ROW)),
    refuse("a title above the names", "ragged-row missing-column", strikes=lines("Strikes of the week", HEADER, ROW)),
    refuse("no line of names", "missing-column", strikes=lines(ROW, SECOND)),
    accept("a mark of the byte order", strikes="\ufeff" + GOOD),
    report("UTF-16", "note.byte_order_mark", strikes=GOOD.encode("utf-16")),
    report("UTF-16, large end first", "note.byte_order_mark", strikes=b"\xfe\xff" + GOOD.encode("utf-16-be")),
    refuse("UTF-16 without its mark", "nul-byte", strikes=GOOD.encode("utf-16-le")),
    refuse("UTF-16 cut within a letter", "bad-encoding", strikes=GOOD.encode("utf-16")[:-1]),
    accept("Arabic in UTF-8", strikes=GOOD.replace("team", "فريق الرصد")),
    report("Windows-1256", "note.windows_1256", strikes=GOOD.replace("team", "فريق الرصد").encode("cp1256")),
    report("Latin-1", "note.windows_1252", strikes=GOOD.replace("team", "équipe").encode("latin-1")),
    refuse("Windows-1251", "unsure-encoding", strikes=GOOD.replace("team", "группа наблюдения").encode("cp1251")),
    refuse("UTF-8 cut within a letter", "unsure-encoding", strikes=GOOD.replace("team", "فريق").encode()[:-2]),
    refuse("a NUL byte", "nul-byte", strikes=GOOD.replace("team", "te\0am")),
    accept("the line ends of Windows", strikes=lines(HEADER, ROW, end="\r\n")),
    accept("the line ends of old Macs", strikes=lines(HEADER, ROW, end="\r")),
    accept("mixed line ends", strikes=HEADER + "\r\n" + SECOND + "\n" + ROW + "\r"),
    accept("no line end at the end", strikes=GOOD.rstrip()),
    report("empty rows between", "note.rows_empty", strikes=lines(HEADER, "", ",,,,,,,", ROW)),
    accept("semicolons", strikes=as_csv(STRIKE, delimiter=";")),
    accept("tabs", strikes=as_csv(STRIKE, delimiter="\t")),
    refuse("upright strokes", "missing-column", strikes=as_csv(STRIKE, delimiter="|")),
    refuse("semicolons and commas among the names", "ambiguous-delimiter", strikes=lines(HEADER + ";note", ROW + ";x")),
    refuse("Excel's line about the separator", "ragged-row missing-column", strikes=lines("sep=,", HEADER, ROW)),
    accept("an empty column at the end", strikes=lines(HEADER + ",", ROW + ",")),
    refuse("a column with values and no name", "unnamed-column", strikes=lines(HEADER + ",", ROW + ",x")),
    refuse("a name twice", "two-columns", strikes=lines(HEADER + ",source", ROW + ",x")),
    report("columns that are not known", "note.columns_unread", strikes=as_csv(strike(casualties="3"))),
    report("a row of HXL tags", "note.tags_ignored", strikes=lines(HEADER, "#event+id,#event+type,#date+occurred,#geo+lat,#geo+lon,,#status+verification,#meta+source", ROW)),
    report("HXL tags as the only names", "note.tags_as_names", strikes=lines("#event+id,#event+type,#date+occurred,#geo+lat,#geo+lon", ROW.rsplit(",", 3)[0])),
    refuse("HXL tags that contradict the names", "two-columns", strikes=lines(HEADER, "#event+id,#event+type,#date+occurred,#geo+lon,#geo+lat,,,", ROW)),
    accept("names in capitals, with blanks", strikes=lines(HEADER.upper().replace("_", " "), ROW)),
    refuse("a field of a megabyte", "broken-csv", strikes=lines(COMMENTED[0], COMMENTED[1].replace("crater", "x" * 1_000_000))),
    accept("a note of ten thousand letters", strikes=lines(COMMENTED[0], COMMENTED[1].replace("crater", "x" * 10_000))),
    refuse("a number of a thousand digits", "bad-latitude", strikes=as_csv(strike(lat="3" * 1000))),
    refuse("a workbook named as text", "bad-encoding", strikes=b"PK\x03\x04\x14\x00\xff\xfe\x9d\x81" * 20),
    refuse("a packed file named as text", "bad-encoding", strikes=gzip.compress(GOOD.encode(), mtime=0)),
    refuse("a web page named as text", "missing-column", strikes="<html><body><h1>503</h1></body></html>"),
    refuse("JSON named as text", "missing-column", strikes='[{"id": "I-1"}]'),
    accept("an ending in capitals", mission=read_from("STRIKES.CSV"), STRIKES__CSV=GOOD),
    refuse("an old workbook", "unknown-format", mission=read_from("strikes.xls"), strikes__xls=b"\xd0\xcf\x11\xe0"),
    refuse("no ending", "unknown-format", mission=read_from("strikes"), strikes=lambda path: path.with_name("strikes").write_text(GOOD, encoding="utf-8")),
    refuse("two files, each with a fault", "bad-latitude bad-time", strikes=GOOD.replace("33.0", "north"), other=OTHER.replace("2026-11-22T", "yesterday ")),
]  # fmt: skip
