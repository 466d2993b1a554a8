"""Reads: the model inventory, and what models are judged from."""
