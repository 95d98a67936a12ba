"""Sinks: listeners that write down what a search does. Found in the group `symspace.sinks`."""
