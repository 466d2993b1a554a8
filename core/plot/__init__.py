"""Server-drawn pictures: pure functions from plain data to SVG text, with classes only.

They follow the theme shown, print, and need no script. Every caption inside them is escaped here.
"""
