"""Everything that reads: files and the network in, tables that keep their contract and their
sources out.
"""
