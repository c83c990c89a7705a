r"""Plan humanitarian corridors: strikes closed and explained, corridors and offline maps out.

     roads   zones   incidents   road reports   sites
        \      |         |            |         /
                     Situation       what is known, as of one moment
                         |
                     evidence        reports -> incidents and road conditions, how sure they are
                         |
                     exposure        per segment: how near, how recent, how sure
                         |
                      access         per segment: passable or not, which direction, why (the ledger)
                         |
                      network        usable segments as arrays and as a networkx graph
                         |
                      routing        corridors as segments in driving order, primary and alternates
                         |
                     assessment      time, nearest incident, chokepoints; who is cut off, by what
                         |
                        Plan
                         |
                      Release        what of it an audience may see
                     /   |    \
                 maps documents exports

>>> import corridors as co
>>> folder = co.demo_folder()
>>> situation = co.read_situation(folder, as_of="2026-11-23T06:00:00Z")
>>> plan = co.plan_corridors(situation, rules=co.read_rules(folder))
>>> sorted(plan.corridors["rank"].unique().tolist())
[1, 2, 3]

The public names are in `__init__.pyi`, in the order of the flow; each is loaded when first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
