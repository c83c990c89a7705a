"""What a driver meets on a corridor, from tables that a plan and a release both have.

crossings   where corridors and roads cross the borders of zones, and the roads of a corridor
waypoints   places on a corridor that a driver or a checkpoint can report
"""
