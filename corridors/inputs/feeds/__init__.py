"""Feeds: reports as their publishers write them, each recognised by columns that only it has.

    acled.py      events at the centres of towns, with codes of precision; the list of those deleted
    incidents, retractions ucdp.py       deadly events, from a village to a country
    incidents firms.py      heat that satellites saw
    incidents unosat.py     damaged structures, image by image
    incidents ems.py        damage to roads and bridges that an image shows
    road reports sdit.py       obstacles and bridges of WFP
    road reports hotline.py    calls
    incidents, road reports hapi.py       counts for areas
    area counts

Every reader accounts for every row, and gives places and times no more exactly than its source
does. feed.py says what a feed is; the metres and days behind the codes stand in
`corridors.rules.PrecisionRules`.
"""

from collections.abc import Sequence

from corridors.inputs.feeds.acled import ACLED, DATES, DELETED
from corridors.inputs.feeds.ems import EMS
from corridors.inputs.feeds.feed import Feed, FeedFile
from corridors.inputs.feeds.firms import FIRMS
from corridors.inputs.feeds.hapi import HAPI
from corridors.inputs.feeds.hotline import HOTLINE
from corridors.inputs.feeds.sdit import SDIT_BRIDGES, SDIT_OBSTACLES
from corridors.inputs.feeds.ucdp import UCDP, is_bare_row
from corridors.inputs.feeds.unosat import UNOSAT

FEEDS = (ACLED, DELETED, UCDP, FIRMS, UNOSAT, EMS, SDIT_OBSTACLES, SDIT_BRIDGES, HAPI, HOTLINE)
"""All of them, in the order in which a file is asked whose it is."""

__all__ = ["DATES", "FEEDS", "Feed", "FeedFile", "find_bare_columns", "find_feed"]


def find_feed(headers: Sequence[str]) -> Feed | None:
    """The feed that a file with these column names is of, or None.

    >>> find_feed(["latitude", "longitude", "bright_ti4", "acq_date", "acq_time"]).name
    'firms'
    """
    return next((feed for feed in FEEDS if feed.is_of(headers)), None)


def find_bare_columns(cells: Sequence[str]) -> Sequence[str] | None:
    """The column names of a file whose first row is one of data of a known feed, or None."""
    return UCDP.bare_columns if is_bare_row(cells) else None
