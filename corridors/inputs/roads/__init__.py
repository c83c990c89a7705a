"""Roads: from OpenStreetMap files, tables of lines, street graphs, or the network, to the roads
table.

    read_roads         a file in          osm.py lines.py graphs.py, chosen by the ending of its
    name roads_from_graph   an osmnx graph in  graphs.py download_roads     a place or box
    download.py: asks Overpass, only when it is called

What a road's tags mean to a truck is in tags.py, for all of them; account.py counts what was read,
kept and passed over. OpenStreetMap ways are cut into pieces at junctions in ways.py, edges of
graphs and tables become streets in streets.py, barriers part pieces in barriers.py, and pieces
become the roads table in pieces.py.
"""
