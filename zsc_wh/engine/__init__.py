"""The engine: from declared grids to a plan, a graph of stage tasks, and an ingest.

`resolve` looks at what declared cells name, `keys` says what they are, `names` what
they are called. `recorded` reads what the warehouse has, `plan` compares the two and
builds the `graph`, `changes` says what is new under a name, `preflight` whether this
machine can do it. `schedule` runs the graph on an `executor`, `outbox` brings the rows
to the warehouse, and `ingest` puts these together.
"""
