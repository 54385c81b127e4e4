"""Partitions of the same samples: what they share beyond chance.

Both the scores against labels and the steps of queries stand on it; label vectors in,
numbers out.
"""
