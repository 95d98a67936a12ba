"""Operators of the language, a file a family. Their modules import torch only when something is built."""
