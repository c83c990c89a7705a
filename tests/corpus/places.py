"""Strikes whose place is wrong, odd, or written in another way."""

from __future__ import annotations

from corpus.case import accept, as_csv, count_not, refuse, report, strike


def at(lat: str, lon: str, **said: str | None) -> str:
    """The strike, said to be here."""
    return as_csv(strike(lat=lat, lon=lon, **said))


def in_one(column: str, text: str, **said: str | None) -> str:
    """The strike, with its place in one column."""
    return as_csv(strike(lat=None, lon=None, **{column: text}, **said))


FAR = "remark.far_incidents"
VAGUE = "remark.too_imprecise"

CASES = [
    accept("the strike as it should be"),
    refuse("latitude and longitude exchanged", "latlon-exchanged", strikes=at("35.02", "33.0")),
    refuse(
        "one row of two exchanged",
        "latlon-exchanged",
        strikes=as_csv(
            strike(incident_id="I-0", lat="33.3", lon="35.3"), strike(lat="35.02", lon="33.0")
        ),
    ),
    refuse(
        "metres of UTM as degrees",
        "bad-latitude bad-longitude",
        strikes=at("3653370.4", "688674.9"),
    ),
    refuse(
        "metres of UTM, east first",
        "bad-latitude bad-longitude",
        strikes=at("688674.9", "3653370.4"),
    ),
    refuse(
        "metres of Web Mercator as degrees",
        "bad-latitude bad-longitude",
        strikes=at("3895303.9", "3898408.6"),
    ),
    refuse(
        "degrees times a million", "bad-latitude bad-longitude", strikes=at("33000000", "35020000")
    ),
    refuse("longitude of more than half a turn", "bad-longitude", strikes=at("33.0", "395.02")),
    accept("degrees, minutes and seconds", strikes=at("33°00'00\"N", "35°01'12\"E")),
    accept("degrees and decimal minutes", strikes=at("33°00.00'N", "35°01.200'E")),
    accept(
        "degrees, minutes and seconds with typographic signs",
        strikes=at("33°00′00″ N", "35°01′12″ E"),
    ),
    accept("degrees in Arabic words", strikes=at("33°00'00\" شمالا", "35°01'12\" شرقا")),
    accept("degrees with the letter of the side", strikes=at("33.0N", "E35.02")),
    accept("degrees with their sign", strikes=at("33.0°", "35.02°")),
    report(
        "minutes are as vague as half of their last decimal",
        "note.places_coarse",
        strikes=at("33°00.0'N", "35°01.2'E"),
    ),
    refuse(
        "degrees and minutes without a side",
        "bad-latitude bad-longitude",
        strikes=at("33 00 00", "35 01 12"),
    ),
    refuse("minutes above sixty", "bad-longitude", strikes=at("33°00'00\"N", "35°61'12\"E")),
    refuse(
        "an east where the north should stand",
        "bad-latitude bad-longitude",
        strikes=at("35°01'12\"E", "33°00'00\"N"),
    ),
    refuse("a side and a sign", "bad-latitude", strikes=at("-33.0N", "35.02")),
    accept("the military grid", strikes=in_one("mgrs", "36S XB 88716 53099")),
    accept("the military grid by hectometres", strikes=in_one("mgrs", "36SXB887530")),
    refuse(
        "an odd number of digits on the military grid",
        "bad-mgrs",
        strikes=in_one("mgrs", "36SXB8871653"),
    ),
    refuse(
        "a letter that the military grid does not have",
        "bad-mgrs",
        strikes=in_one("mgrs", "36SIO8871653099"),
    ),
    refuse("a square of another band", "bad-mgrs", strikes=in_one("mgrs", "36CXB8871653099")),
    count_not("a square of ten kilometres", VAGUE, strikes=in_one("mgrs", "36SXB85")),
    count_not("a square of the neighbouring zone", FAR, strikes=in_one("mgrs", "38SMB8871653099")),
    refuse("zero, zero", "null-island", strikes=at("0", "0")),
    refuse("zero, zero with decimals", "null-island", strikes=at("0.000", "-0.0")),
    refuse("a blank latitude", "missing-place", strikes=at("", "35.02")),
    refuse("a blank place", "missing-place", strikes=at("", "")),
    refuse("not a number", "bad-latitude bad-longitude", strikes=at("NaN", "nan")),
    refuse("infinite", "bad-latitude", strikes=at("inf", "35.02")),
    refuse("a word for no value", "bad-latitude bad-longitude", strikes=at("N/A", "null")),
    refuse("a dash for no value", "bad-latitude bad-longitude", strikes=at("-", "-")),
    refuse("a decimal comma in a file of commas", "decimal-comma", strikes=at("33,0", "35,02")),
    report(
        "decimal commas in a file of semicolons",
        "note.decimal_commas",
        strikes=as_csv(strike(lat="33,000", lon="35,02"), delimiter=";"),
    ),
    refuse(
        "thousands marks in degrees",
        "bad-latitude bad-longitude",
        strikes=at("33.000.000", "35.020.000"),
    ),
    refuse("a thousands mark and a decimal point", "bad-latitude", strikes=at("33,000.0", "35.02")),
    accept("Arabic digits", strikes=at("٣٣٫٠", "٣٥٫٠٢")),
    accept("Persian digits", strikes=at("۳۳٫۰", "۳۵٫۰۲")),
    accept(
        "Arabic digits with marks of direction", strikes=at("\u200f٣٣٫٠\u200f", "\u200e35.02\u200e")
    ),
    refuse("a letter O for a zero", "bad-latitude", strikes=at("33.O", "35.02")),
    refuse("two points", "bad-latitude", strikes=at("33..0", "35.02")),
    accept(
        "blanks and no-break spaces round the numbers", strikes=at(" 33.0\u00a0", "\u00a035.02 ")
    ),
    accept("powers of ten", strikes=at("3.3e1", "3.502e1")),
    accept("very many decimals", strikes=at("33." + "0" * 3000, "35.02")),
    count_not("the wrong side of the equator", FAR, strikes=at("33.0S", "35.02")),
    count_not("the minus sign of typographers", FAR, strikes=at("33.0", "\u221235.02")),
    count_not("radians", FAR, strikes=at("0.57596", "0.61121")),
    count_not("the latitude in both columns", FAR, strikes=at("33.0", "33.0")),
    count_not("a digit lost", FAR, strikes=at("3.0", "35.02")),
    report(
        "rounded to whole degrees, beside the strike itself",
        "note.places_rounded",
        strikes=as_csv(strike(), strike(incident_id="I-2", lat="33", lon="35.3")),
    ),
    count_not("rounded to tenths of a degree", "note.places_rounded", strikes=at("33.4", "35.3")),
    accept("latitude and longitude in one column", strikes=in_one("latlon", "33.0, 35.02")),
    refuse(
        "longitude and latitude in one column",
        "latlon-exchanged",
        strikes=in_one("latlon", "35.02, 33.0"),
    ),
    refuse(
        "one number where two should stand", "bad-coordinates", strikes=in_one("latlon", "33.0")
    ),
    accept("well-known text", strikes=in_one("wkt", "POINT (35.02 33.0)")),
    accept("well-known text with a height", strikes=in_one("wkt", "POINT Z (35.02 33.0 120)")),
    accept("a strike along a line", strikes=in_one("wkt", "LINESTRING (35.015 33.0, 35.025 33.0)")),
    accept(
        "a strike over an area",
        strikes=in_one(
            "wkt", "POLYGON ((35.018 32.999, 35.022 32.999, 35.022 33.001, 35.018 32.999))"
        ),
    ),
    refuse(
        "well-known text, latitude first",
        "latlon-exchanged",
        strikes=in_one("wkt", "POINT (33.0 35.02)"),
    ),
    refuse("well-known text that is empty", "missing-place", strikes=in_one("wkt", "POINT EMPTY")),
    refuse("well-known text that is blank", "missing-place", strikes=in_one("wkt", "")),
    refuse(
        "well-known text that is cut short",
        "bad-geometry",
        strikes=in_one("wkt", "POINT (35.02 33.0"),
    ),
    refuse(
        "well-known text with a comma between the two",
        "bad-geometry",
        strikes=in_one("wkt", "POINT (35.02, 33.0)"),
    ),
    refuse(
        "well-known text with the number of a system",
        "bad-geometry",
        strikes=in_one("wkt", "SRID=32636;POINT (688674.9 3653370.4)"),
    ),
    refuse(
        "well-known text in metres",
        "bad-coordinates",
        strikes=in_one("wkt", "POINT (688674.9 3653370.4)"),
    ),
    refuse(
        "an area that crosses itself",
        "invalid-polygon",
        strikes=in_one(
            "wkt", "POLYGON ((35.01 32.99, 35.03 33.01, 35.03 32.99, 35.01 33.01, 35.01 32.99))"
        ),
    ),
    refuse(
        "a collection of shapes",
        "wrong-shape",
        strikes=in_one("wkt", "GEOMETRYCOLLECTION (POINT (35.02 33.0))"),
    ),
    refuse("the place twice", "two-columns", strikes=as_csv(strike(wkt="POINT (35.02 33.0)"))),
    refuse("two columns of latitude", "two-columns", strikes=as_csv(strike(latitude="33.4"))),
    refuse("no column of longitude", "missing-column", strikes=as_csv(strike(lon=None))),
    refuse(
        "only the name of a place", "missing-column", strikes=in_one("place", "the mill bridge")
    ),
    refuse("a formula", "bad-latitude", strikes=at("=33+0", "35.02")),
    accept(
        "columns called x and y", strikes=as_csv(strike(lat=None, lon=None, x="35.02", y="33.0"))
    ),
    refuse(
        "columns called x and y, exchanged",
        "latlon-exchanged",
        strikes=as_csv(strike(lat=None, lon=None, x="33.0", y="35.02")),
    ),
]
