"""Reads: which pilots, and what they are judged from."""
