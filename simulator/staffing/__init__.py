"""How many agents: the least in each half-hour of the week with which customers are answered in time.

`plan.py` is the way in. A roster (`roster.py`) is tried on customers who stay the same (`trying.py`) and counted by
half-hour (`tally.py`); theory has the first one (`demand.py`), trials make it better (`search.py`), and it is held
against the targets (`aims.py`) on customers whom the search has never met (`checking.py`).
"""
