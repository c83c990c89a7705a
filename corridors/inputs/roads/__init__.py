"""Roads: from OpenStreetMap files, line tables, street graphs or the network, to the roads table.

    read_roads         from a file              osm.py, lines.py or graphs.py, by its ending
    roads_from_graph   from an osmnx graph      graphs.py
    download_roads     from a place or box      download.py: asks Overpass, only when called

`tags.py` states what a road's tags mean to a truck, for every source; `tag_reader.py` counts the
ways read, kept and excluded. `ways.py` cuts OpenStreetMap ways into segments at junctions.
`streets.py` makes streets of the edges of graphs and tables. `barriers.py` separates segments at
barriers. `segmentation.py` makes the roads table of the segments.
"""
