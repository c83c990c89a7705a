"""Any small table, as rows of text that keep their place in the file.

    .csv .tsv .txt   UTF-8, or an encoding that is certain (encodings); columns separated by
                     comma, semicolon or tab (grids)
    .xlsx            the only sheet that is not empty (grids)
    .geojson .json   a FeatureCollection (layers)
    .gpkg .kml       the only layer, or the one with the name of the wanted table (layers)
    DataFrame        a table in memory (frames)

Nothing is guessed or skipped silently: what has one reading is read, everything else is a problem
with its row. The bytes are read once, so that the hash is of what was parsed.
"""

from corridors.inputs.rows.raw_rows import Rows, read_bytes
from corridors.inputs.rows.reading import read_rows

__all__ = ["Rows", "read_bytes", "read_rows"]
