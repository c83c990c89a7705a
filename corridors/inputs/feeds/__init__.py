"""Feeds: reports as their publishers write them. Columns that only one feed has identify it.

    acled.py      events at town centres; deleted events    incidents, retractions
    ucdp.py       deadly events                             incidents
    firms.py      heat that satellites detect               incidents
    unosat.py     damaged structures, image by image        incidents
    ems.py        damage to roads that an image shows       road reports
    sdit.py       obstacles and bridges of WFP              road reports
    hotline.py    calls                                     incidents, road reports
    hapi.py       counts for areas                          area counts

Every reader accounts for every row. It states places and times no more exactly than the source
does. `feed.py` defines a feed. `corridors.rules.PrecisionRules` holds the metres and days behind
the codes.
"""

from collections.abc import Sequence

from corridors.inputs.feeds.acled import ACLED, DATES, DELETED
from corridors.inputs.feeds.ems import EMS
from corridors.inputs.feeds.feed import Feed, FeedFile
from corridors.inputs.feeds.firms import FIRMS
from corridors.inputs.feeds.hapi import HAPI
from corridors.inputs.feeds.hotline import HOTLINE
from corridors.inputs.feeds.sdit import SDIT_BRIDGES, SDIT_OBSTACLES
from corridors.inputs.feeds.ucdp import UCDP, is_headerless_row
from corridors.inputs.feeds.unosat import UNOSAT

FEEDS = (ACLED, DELETED, UCDP, FIRMS, UNOSAT, EMS, SDIT_OBSTACLES, SDIT_BRIDGES, HAPI, HOTLINE)
"""All feeds, in the order in which a file is compared with them."""

__all__ = ["DATES", "FEEDS", "Feed", "FeedFile", "find_feed", "find_headerless_columns"]


def find_feed(headers: Sequence[str]) -> Feed | None:
    """The feed that a file with these column names belongs to, or None.

    >>> find_feed(["latitude", "longitude", "bright_ti4", "acq_date", "acq_time"]).name
    'firms'
    """
    return next((feed for feed in FEEDS if feed.matches(headers)), None)


def find_headerless_columns(cells: Sequence[str]) -> Sequence[str] | None:
    """The column names of a file whose first row holds data of a known feed, or None."""
    return UCDP.headerless_columns if is_headerless_row(cells) else None
