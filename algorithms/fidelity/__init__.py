"""Schedulers that wrap any sampler: train many candidates a little, and the best of them more."""
