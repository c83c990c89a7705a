"""Which lines lie near which places: within so many metres on the WGS 84 ellipsoid, wherever on
Earth, exactly.

"Within R metres" is decided between a place and the nearest point of a line whose vertices are
joined by straight lines in longitude and latitude (RFC 7946, section 3.1.1).

    chords    distances from straight lines through the Earth, and the proof of how far they err
    pieces    the lines in pieces of 200 m, in a grid: everything that may lie within reach of a
    place plane     distances beyond 20 km, by Karney's inverse shapes    places that are lines or
    areas index     `LineIndex`, which puts these together

Where the answer is within the error of the method (`GUARD_M`, 0.01 mm) it is "within".
"""

from corridors.geodesy.index import GUARD_M as GUARD_M
from corridors.geodesy.index import LineIndex as LineIndex
from corridors.geodesy.index import Nearness as Nearness
from corridors.geodesy.index import find_within as find_within
