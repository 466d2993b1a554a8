"""Doors for the worker. What this room asks again by time is a step of the sweep (`governance.tasks.STEPS`)."""
