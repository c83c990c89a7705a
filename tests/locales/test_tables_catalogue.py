"""Every column of every table and layer has a meaning in each language."""

from __future__ import annotations

import pytest

import corridors as co
from corridors.locales import LANGUAGES, read_locale
from corridors.outputs.exports.selection import Export
from corridors.outputs.exports.spreadsheet import describe_about
from corridors.release.layers import LAYERS
from corridors.tables import CONTRACTS, describe_column

COLUMNS = sorted(
    {
        (contract.name, column.name)
        for contract in (*CONTRACTS, *LAYERS.values())
        for column in contract.columns
    }
)
SECTIONS = ["column", *(f"column.{contract.name}" for contract in (*CONTRACTS, *LAYERS.values()))]


def list_meanings(lang):
    texts = read_locale(lang).texts
    return {
        f"{section}.{name}": text
        for section in SECTIONS
        for name, text in texts.get(section, {}).items()
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_column_has_a_meaning(lang):
    locale = read_locale(lang)
    assert all(describe_column(table, column, locale).strip() for table, column in COLUMNS)


def test_every_meaning_belongs_to_a_column():
    for key in list_meanings("en"):
        section, _, column = key.rpartition(".")
        table = section.removeprefix("column").removeprefix(".")
        assert any(column == name and table in ("", owner) for owner, name in COLUMNS), key
    sections = [name for name in read_locale("en").texts if name.startswith("column.")]
    assert set(sections) <= set(SECTIONS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_derived_table_uses_the_meaning_of_the_table_that_it_extends(lang):
    locale = read_locale(lang)
    for table, extended, column in (
        ("segments", "roads", "length_m"),
        ("segments", "roads", "name"),
        ("reports", "incidents", "occurred_at"),
        ("reports", "incidents", "effective_radius_m"),
    ):
        assert describe_column(table, column, locale) == describe_column(extended, column, locale)
    assert describe_column("corridors", "length_m", locale) != describe_column(
        "roads", "length_m", locale
    )


def test_meanings_are_translated():
    meanings = [list_meanings(lang) for lang in LANGUAGES]
    for key, english in meanings[0].items():
        assert len({english, *(texts[key] for texts in meanings[1:])}) == len(LANGUAGES), key


def test_a_column_without_a_meaning_is_an_error():
    with pytest.raises(KeyError):
        describe_column("roads", "colour", read_locale("en"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_workbook_describes_its_columns_in_its_language(lang):
    release = co.build_release(co.plan_corridors(co.read_situation(co.demo_folder())))
    locale = read_locale(lang)
    rows = describe_about(Export(release, release.layers, locale))
    described = {tuple(row[:2]): row[2] for row in rows if len(row) > 2}
    for column in ("length_m", "duration_min", "rank"):
        assert described["corridors", column] == describe_column("corridors", column, locale)
    kinds = locale["comma"].join(("air_strike", "shelling"))
    assert kinds in described["incidents", "kind"]
