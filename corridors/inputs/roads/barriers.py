"""Limits and barriers at nodes, applied to the segments that meet there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from corridors.inputs.roads.segmentation import ENDS, LIMITS, make_nodes
from corridors.inputs.roads.tags import Node
from corridors.messages import Message


def apply_nodes(
    segments: pd.DataFrame, nodes: Mapping[int, Node]
) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """The segments with the limits of their end nodes, separated at barriers that stop a truck.

    At such a barrier every segment ends in a node of its own (negative, made from its segment_id),
    so that none connects there. The messages note both.
    """
    taken = set(segments["from_node"]) | set(segments["to_node"])
    used = {node_id: nodes[node_id] for node_id in sorted(nodes) if node_id in taken}
    if not used:
        return segments, ()
    segments = segments.copy()
    limits = pd.DataFrame(
        {limit: [getattr(node, limit) for node in used.values()] for limit in LIMITS},
        index=list(used),
    )
    for limit in LIMITS:
        for end in ENDS:
            segments[limit] = np.fmin(segments[limit], segments[end].map(limits[limit]))
    stopping = {node_id: node.barrier for node_id, node in used.items() if node.barrier}
    for end in ENDS:
        at = segments[end].isin(list(stopping))
        segments.loc[at, end] = make_nodes(
            [f"{name}|{end}" for name in segments.loc[at, "segment_id"]], taken
        )
        taken |= set(segments.loc[at, end])
    kinds = sorted(Counter(stopping.values()).items())
    notes = [Message("note.barriers", kind=kind, n=times) for kind, times in kinds]
    if limited := int(limits.notna().any(axis=1).sum()):
        notes.append(Message("note.node_limits", n=limited))
    return segments, tuple(notes)
