"""Any small table file, as rows of text that still know where they stood.

    .csv .tsv .txt     UTF-8, or what encodings.py can tell for certain; columns parted by , ; or
    tab   grids.py .xlsx              the only sheet that holds anything
    grids.py .geojson .json     a FeatureCollection
    layers.py .gpkg .kml         the only layer, or the one named like the table wanted
    layers.py

Nothing is guessed and nothing is passed over: what can be read in one way only is read, all else is
a problem with its row. The bytes are read once, so that the hash kept is of what was parsed. What a
file holds is in content.py.
"""

from corridors.inputs.rows.dispatch import Rows, read_bytes
from corridors.inputs.rows.reading import read_rows

__all__ = ["Rows", "read_bytes", "read_rows"]
