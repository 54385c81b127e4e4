"""The stages: embed, reduce, cluster, score.

A stage task is a frozen dataclass of plain data with one method, ``run``: it reads
arrays from the store, calls the numerics, writes arrays to the store and returns the
warehouse rows that it made. Tasks run in worker processes; none of them knows the
warehouse.
"""
