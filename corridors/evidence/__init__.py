"""What sources report, and what follows from it: incidents, conditions of roads, and the structures
they concern.

    incidents    versions of reports, and reports of one incident fused
    status       what each report counts for at a moment
    matching     which segments each road report may mean
    conditions   what road reports say together of each segment
    structures   bridges, tunnels, culverts and fords

A road report only adds a closure, or lifts what an earlier road report closed. It never changes
what an incident, a zone or a limit of the road itself closes.
"""
