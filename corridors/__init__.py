r"""Plan humanitarian corridors: roads and zones in, strikes closed and explained, corridors and
offline maps out.

    roads   zones   incidents   road reports   sites
       \      |         |             |         /
                    Situation                what is known, as of one moment
                        |
                     evidence                reports: which version counts, which tell of one
                     happening, how sure that is
                        |
                     exposure                per segment: how near, how recent, how sure
                        |
                      access                 per segment: passable or not, in which direction, and
                      why (the ledger)
                        |
                     network                 the usable segments as a networkx graph, and as arrays
                        |
                     routing                 corridors as segments in driving order
                        |
                    assessment               per corridor: time, clearance, chokepoints; who is cut
                    off, and by what
                        |
                      Plan
                        |
                     Release                 what of it an audience may see
               /     |     |     \
           maps  documents files exports     everything that writes

>>> import corridors as co
>>> folder = co.demo_folder()
>>> situation = co.read_situation(folder, as_of="2026-11-23T06:00:00Z")
>>> plan = co.plan_corridors(situation, rules=co.read_rules(folder))
>>> sorted(plan.corridors["rank"].unique().tolist())
[1, 2, 3]

The public names stand in `__init__.pyi`, in the order of the flow; each is loaded when first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
