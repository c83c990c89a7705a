"""What stands at a node laid upon the pieces of road that meet there: limits, and barriers that
part them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from corridors.inputs.roads.segmentation import made_nodes
from corridors.inputs.roads.tags import Node
from corridors.messages import Message

ENDS = ("from_node", "to_node")


def apply_nodes(
    pieces: pd.DataFrame, nodes: Mapping[int, Node]
) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """The pieces with the limits of the nodes they touch, and parted where a barrier stops a truck;
    notes of both.

    At a barrier every piece ends in a node of its own (negative, made from its segment_id), so that
    none connects there.
    """
    taken = set(pieces["from_node"]) | set(pieces["to_node"])
    met = {node_id: nodes[node_id] for node_id in sorted(nodes) if node_id in taken}
    if not met:
        return pieces, ()
    pieces = pieces.copy()
    for limit in ("max_weight_t", "max_height_m"):
        stated = {
            node_id: getattr(node, limit)
            for node_id, node in met.items()
            if not np.isnan(getattr(node, limit))
        }
        for end in ENDS:
            pieces[limit] = np.fmin(pieces[limit], pieces[end].map(stated).astype(float))
    stopping = {node_id: node.barrier for node_id, node in met.items() if node.barrier}
    for end in ENDS:
        at = pieces[end].isin(list(stopping))
        pieces.loc[at, end] = made_nodes(
            [f"{name}|{end}" for name in pieces.loc[at, "segment_id"]], taken
        )
        taken |= set(pieces.loc[at, end])
    limited = sum(
        not (np.isnan(node.max_weight_t) and np.isnan(node.max_height_m)) for node in met.values()
    )
    kinds = sorted(Counter(stopping.values()).items())
    notes = [Message("note.barriers", kind=kind, n=times) for kind, times in kinds]
    if limited:
        notes.append(Message("note.node_limits", n=limited))
    return pieces, tuple(notes)
