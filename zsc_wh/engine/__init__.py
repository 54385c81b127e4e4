"""The engine: from declared grids to a plan, a graph of stage tasks, and an ingest.

`resolve` looks at what declared cells name, `keys` says what they are, `names` what
they are called. `recorded` reads what the warehouse has, `plan` compares the two and
builds the `graph`, `shapes` says what no size allows, `changes` what is new under a
name, `listed` what a dataset needs a word about, `preflight` whether this machine can
do it, `forecast` what it takes. `schedule` runs the graph on an `executor`, `remaining`
forecasts the time that is left, `outbox` brings the rows to the warehouse, and `ingest`
puts these together.
"""
