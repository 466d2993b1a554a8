"""The resources of this room: the inventory, gates and submissions, decisions, conditions, evidence."""

from governance.api.inventory import ModelEndpoint, ReviewEndpoint, TraceabilityApi

__all__ = ["ModelEndpoint", "ReviewEndpoint", "TraceabilityApi"]
