"""A PDF, as poppler reads it."""

from __future__ import annotations

import re
import subprocess
from html import unescape

import numpy as np
import pandas as pd
from matplotlib.image import imread
from programs import need

DPI = 150
PER_MM = DPI / 25.4


class Paper:
    """A PDF, as poppler reads it."""

    def __init__(self, content, folder):
        self.content, self.path = content, folder / "map.pdf"
        self.path.write_bytes(content)

    def run(self, tool, *options):
        need(tool)
        return subprocess.run(
            [tool, *map(str, options)], capture_output=True, check=True
        ).stdout.decode()

    def info(self):
        return dict(re.findall(r"^([^:]+):\s+(.*)$", self.run("pdfinfo", self.path), re.MULTILINE))

    def texts(self):
        """The text of each page."""
        return self.run("pdftotext", "-layout", self.path, "-").split("\f")[:-1]

    def words(self, page):
        """The words of a page with the middle of their boxes, in millimetres from the upper left
        corner."""
        told = self.run("pdftotext", "-bbox", "-f", page, "-l", page, self.path, "-")
        found = re.findall(
            r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>',
            told,
        )
        at = [
            (
                unescape(word),
                np.array([float(x) + float(right), float(y) + float(low)]) / 2 / 72 * 25.4,
            )
            for x, y, right, low, word in found
        ]
        return pd.DataFrame(
            {
                "word": [word.strip("\u200e") for word, _ in at],
                "x": [xy[0] for _, xy in at],
                "y": [xy[1] for _, xy in at],
            }
        )

    def grey(self, page):
        """A page as luminance from 0 to 1, at `DPI`."""
        need("pdftoppm")
        out = self.path.with_suffix("")
        subprocess.run(
            [
                "pdftoppm",
                "-gray",
                "-png",
                "-r",
                str(DPI),
                "-f",
                str(page),
                "-l",
                str(page),
                "-singlefile",
                self.path,
                out,
            ],
            capture_output=True,
            check=True,
        )
        image = imread(out.with_suffix(".png"))
        return image if image.ndim == 2 else image[..., :3].mean(axis=2)
