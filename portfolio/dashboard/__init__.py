"""The dashboard: reads its own room's tables only, in a constant number of queries."""
