"""Small maps as OpenStreetMap files."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import networkx as nx
import pytest
from hypothesis import strategies as st

from corridors.errors import InputError
from corridors.inputs.roads.reader import read_roads
from corridors.rules import RoadRules

UNDIVIDED = RoadRules(max_piece_m=1e9)


def tags_xml(tags):
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def write_osm(path, ways, nodes=None, *, places=None, head="", tail=""):
    """A map whose node n lies n thousandths of a degree east of (35, 33), if `places` says nothing
    else."""
    nodes, places = nodes or {}, places or {}
    used = sorted({ref for refs, _ in ways.values() for ref in refs})
    text = [f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{head}']
    for ref in used:
        lon, lat = places.get(ref, (35 + ref / 1000, 33))
        if lon is not None:
            text.append(
                f'<node id="{ref}" lon="{lon:.7f}" lat="{lat:.7f}">{tags_xml(nodes.get(ref, {}))}</node>'
            )
    for way, (refs, tags) in ways.items():
        text.append(
            f'<way id="{way}">{"".join(f"<nd ref={quoteattr(str(ref))}/>" for ref in refs)}{tags_xml(tags)}</way>'
        )
    path.write_text("\n".join(text) + tail + "</osm>", encoding="utf-8")
    return path


def connected(table, *places):
    """Whether the points lie on one connected network."""
    graph = nx.Graph(zip(table["from_node"], table["to_node"], strict=True))
    ends = {}
    for a, b, line in zip(table["from_node"], table["to_node"], table.geometry, strict=True):
        ends.setdefault(line.coords[0], a)
        ends[line.coords[-1]] = b
    return nx.has_path(graph, ends[places[0]], ends[places[1]])


ENDS = (35.001, 33.0), (35.003, 33.0)


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_roads(path)
    problem = caught.value.problems[0]
    assert problem.file == path.name
    assert problem.hint
    assert str(path.parent) not in str(caught.value)
    return problem


CITY = st.dictionaries(
    st.integers(1, 30),
    st.lists(st.integers(1, 12), min_size=2, max_size=7).filter(lambda refs: len(set(refs)) > 1),
    min_size=1,
    max_size=8,
)


def grid(ref):
    """Twelve places in general position, up to five kilometres apart."""
    return 35 + (ref * 37 % 12) * 0.004, 33 + (ref * 53 % 11) * 0.0045 + ref * 1e-4
