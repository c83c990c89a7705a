"""Words of files and feeds, and the words of our tables that they mean."""

from __future__ import annotations

from corridors.inputs.columns import words
from corridors.tables import (
    DIRECTIONS,
    INCIDENT_KINDS,
    NOT_PASSABLE,
    PASSABLE,
    RESTRICTED,
    ROAD_REPORT_KINDS,
    STATUSES,
    UNKNOWN,
    VERIFICATIONS,
)

KINDS = words(
    INCIDENT_KINDS,
    {
        "air_strike": (
            "airstrike",
            "air strikes",
            "air/drone strike",
            "drone strike",
            "drone",
            "uav strike",
            "aerial bombardment",
            "bombing",
            "missile strike",
        ),
        "shelling": (
            "artillery",
            "artillery shelling",
            "shelling/artillery/missile attack",
            "mortar",
            "rocket",
            "rocket attack",
            "bombardment",
        ),
        "ground_clash": (
            "clash",
            "clashes",
            "armed clash",
            "battle",
            "battles",
            "firefight",
            "ground fighting",
            "small arms fire",
        ),
        "explosive_hazard": (
            "mine",
            "landmine",
            "mines",
            "mines/uxo",
            "ied",
            "uxo",
            "erw",
            "unexploded ordnance",
            "remote explosive/landmine/ied",
            "cluster munition",
        ),
        "fire": ("burning", "wildfire"),
        "obstruction": (
            "roadblock",
            "road block",
            "barricade",
            "checkpoint",
            "blockage",
            "debris",
            "crater",
            "rubble",
        ),
        "other": ("unknown",),
    },
)
"""Words for the kinds. Any other word is a problem; it never silently counts as "other"."""

SURENESS = words(
    VERIFICATIONS,
    {
        "reported": ("unverified", "unconfirmed", "claimed"),
        "verified": ("confirmed",),
        "corroborated": ("partly confirmed", "partially confirmed"),
        "retracted": ("withdrawn",),
    },
)

ROAD_STATUSES = words(
    STATUSES,
    {
        PASSABLE: ("open", "accessible", "clear", "cleared", "reopened"),
        RESTRICTED: (
            "partially passable",
            "passable with restrictions",
            "limited",
            "limited access",
            "open with restrictions",
            "partly open",
        ),
        NOT_PASSABLE: ("impassable", "closed", "blocked", "destroyed", "inaccessible"),
        UNKNOWN: ("not known", "no information"),
    },
)
"""Words for the status of a road; any other word is a problem."""

ROAD_KINDS = words(
    ROAD_REPORT_KINDS,
    {
        "road_status": ("road", "road condition", "access"),
        "bridge_status": ("bridge",),
        "flood": ("flooding", "flooded"),
        "explosive_hazard": ("mines/uxo", "mine", "mines", "landmine", "uxo", "erw", "ied"),
        "roadblock": ("road block", "barricade", "obstruction"),
        "road_damage": ("crater", "damaged road"),
        "bridge_damage": ("damaged bridge", "destroyed bridge"),
        "checkpoint_official": ("checkpoint official", "official checkpoint"),
        "checkpoint_unofficial": ("checkpoint unofficial", "unofficial checkpoint"),
        "traffic_restriction": ("restriction", "weight limit", "height limit"),
        "landslide": ("rockfall", "mudslide"),
        "wreckage": ("wreck", "debris", "rubble"),
        "trees": ("fallen trees", "fallen tree"),
    },
)
"""Words for the kinds of road reports, with WFP's obstacle types (SDI-T); any other word is a
problem."""

DIRECTION_WORDS = words(
    DIRECTIONS,
    {
        "both": ("both directions", "both ways", "two way"),
        "northbound": ("north", "n"),
        "northeastbound": ("northeast", "ne"),
        "eastbound": ("east", "e"),
        "southeastbound": ("southeast", "se"),
        "southbound": ("south", "s"),
        "southwestbound": ("southwest", "sw"),
        "westbound": ("west", "w"),
        "northwestbound": ("northwest", "nw"),
    },
)
"""Words for the direction of traffic; any other word is a problem."""
