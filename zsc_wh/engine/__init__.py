"""The engine: from declared grids to a plan, a graph of stage tasks, and an ingest.

`cells` gives declared cells their keys, `recorded` reads what the warehouse has, `plan`
compares the two and builds the `graph`, `schedule` runs it on an `executor`, `outbox`
brings the rows to the warehouse, and `ingest` puts these together.
"""
