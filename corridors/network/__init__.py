"""The usable segments as arrays and as a networkx graph."""
