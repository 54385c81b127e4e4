"""Distances and neighbours between the samples of a space; arrays in, arrays out.

What reducers, clusterers, scores and probes measure is measured here, so that a faster
search or another device is a change of this package alone.
"""
