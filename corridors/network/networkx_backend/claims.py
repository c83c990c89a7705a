"""The description of this backend, which networkx reads at its import: this imports nothing."""

from __future__ import annotations

from typing import Any

WITH_ENDS = "With a source, a target or both; by Dijkstra's method (others run in networkx)."
FUNCTIONS = {
    "bidirectional_dijkstra": "",
    "bidirectional_shortest_path": "",
    "dijkstra_path": "",
    "dijkstra_path_length": "",
    "has_path": "",
    "shortest_path": WITH_ENDS,
    "shortest_path_length": WITH_ENDS,
    "single_source_dijkstra": "",
    "single_source_dijkstra_path": "",
    "single_source_dijkstra_path_length": "",
    "single_source_shortest_path": "",
    "single_source_shortest_path_length": "",
}
"""The functions of networkx that run here, and what a user should know in addition to `ALL`."""
ALL = (
    "Weights must be names of edge attributes, int or float, from 0 up. A graph is converted and"
    " contracted once: for many questions."
)


def describe_backend() -> dict[str, Any]:
    """The description that networkx reads, and prints in the documentation of its functions.

    >>> describe_backend()["backend_name"], len(describe_backend()["functions"])
    ('corridors', 12)
    """
    return {
        "backend_name": "corridors",
        "project": "corridors",
        "package": "corridors",
        "short_summary": "Shortest paths on road networks by customizable contraction hierarchies.",
        "functions": {
            name: {"additional_docs": f"{ALL} {more}".strip()} for name, more in FUNCTIONS.items()
        },
    }
