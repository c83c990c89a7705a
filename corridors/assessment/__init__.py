"""Corridors in figures, chokepoints, and who is cut off by what."""
