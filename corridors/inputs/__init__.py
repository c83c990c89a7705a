"""Readers: files and the network in, tables with their contract and their sources out."""
