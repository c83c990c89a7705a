"""Distances on the WGS 84 ellipsoid, and an exact search for the lines near places.

A line is straight in longitude and latitude between its vertices (RFC 7946, section 3.1.1). The
distance of a place from a line is the geodesic distance to the nearest point of the line. Where the
answer is within the error of the method (`GUARD_M`, 0.01 mm), the line counts as within.

- `index`: `LineIndex`, the lines near places; the modules below it are its parts
- `chords`: distances from chords through the Earth, with the proof of their error
- `pieces`: lines cut into pieces of 200 m, in a grid: all pieces that can lie near a point
- `azimuthal`: distances beyond 20 km, from Karney's inverse
- `shapes`: places that are lines or areas
- `groups`: rows sorted by group
- `measures`: lengths, areas, parts of lines and discs
- `crs`: coordinates of any coordinate reference system as longitude and latitude
"""

from corridors.geodesy.index import GUARD_M as GUARD_M
from corridors.geodesy.index import LineIndex as LineIndex
from corridors.geodesy.index import NearPairs as NearPairs
from corridors.geodesy.index import find_within as find_within
