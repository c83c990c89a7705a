"""Draw the pictures of the page on performance: `python docs/draw_performance.py`.

The figures come from the tables of benchmarks/README.md. The script needs the extra `benchmarks`.
"""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

DOCS = Path(__file__).parent
TABLES = (DOCS.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
INK, OURS, PEER = "#222222", "#0b6e4f", "#9a9a9a"


def main() -> None:
    """Draw two pictures, the same bytes each time."""
    mpl.rcParams |= {
        "svg.hashsalt": "corridors",
        "svg.fonttype": "path",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    draw_scaling()
    draw_engines()


def read_table(begin: str) -> list[list[str]]:
    """The rows of the table whose header begins with a text, without the header."""
    lines = TABLES[TABLES.index(begin) :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def read_number(cell: str) -> float:
    """The number in a cell, with commas between thousands."""
    return float(re.sub(r"[^0-9.]", "", cell))


def draw_scaling() -> None:
    """Draw time by the number of arcs, on two logarithmic axes."""
    rows = [[read_number(cell) for cell in row] for row in read_table("| arcs | order, s |")]
    arcs = [row[0] for row in rows]
    lines = {
        "prepare, once": [row[1] + row[2] for row in rows],
        "customize all weights": [row[4] / 1e3 for row in rows],
        "customize, each of 32": [row[5] / 1e3 for row in rows],
        "one path, with its arcs": [row[7] / 1e6 for row in rows],
        "one distance": [row[6] / 1e6 for row in rows],
    }
    figure, (times, memory) = plt.subplots(
        1, 2, figsize=(8, 3.4), width_ratios=(2, 1), layout="constrained"
    )
    for shade, (name, seconds) in enumerate(lines.items()):
        times.loglog(
            arcs, seconds, marker="o", markersize=3, color=plt.get_cmap("viridis")(shade / 5)
        )
        times.annotate(
            name,
            (arcs[-1], seconds[-1]),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    times.set(
        xlabel="arcs", ylabel="CPU seconds", xlim=(8e3, 9e7), title="Planar networks made by seed"
    )
    times.set_xticks([1e4, 1e5, 1e6])
    memory.loglog(
        arcs,
        [row[9] for row in rows],
        marker="o",
        markersize=3,
        color=INK,
        label="process, at most",
    )
    memory.loglog(
        arcs,
        [row[8] for row in rows],
        marker="o",
        markersize=3,
        color=OURS,
        label="arrays of the hierarchy",
    )
    memory.set(xlabel="arcs", ylabel="MB", title="Memory")
    memory.legend(frameon=False, fontsize=8)
    save(figure, "performance_scaling.svg")


def draw_engines() -> None:
    """Draw how many times longer others take for the same work on Iceland."""
    bars, work = [], ""
    for first, engine, _, ratio, *_ in read_table("| work | engine | Iceland, ms |"):
        work = first or work
        if engine != "ours" and ratio:
            bars.append((f"{work}: {engine.split(', ')[0].replace('`', '')}", read_number(ratio)))
    figure, axes = plt.subplots(figsize=(8, 0.3 * len(bars) + 0.8), layout="constrained")
    names, ratios = zip(*reversed(bars), strict=True)
    axes.barh(names, ratios, color=PEER, height=0.7)
    axes.axvline(1, color=OURS)
    for place, ratio in enumerate(ratios):
        axes.annotate(
            f"{ratio:,g}",
            (ratio, place),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set(
        xscale="log",
        xlim=(0.5, 5e4),
        xlabel="times the CPU time of ours (the line), Iceland with a node at every bend",
    )
    save(figure, "performance_engines.svg")


def save(figure: plt.Figure, name: str) -> None:
    """Write one picture into docs/images."""
    figure.savefig(DOCS / "images" / name, metadata={"Date": None})
    plt.close(figure)
    print(DOCS / "images" / name)


if __name__ == "__main__":
    main()
