"""Pilots with their charters, rollout, use and log."""

from pilots.models.charters import CharterVersion, Hypothesis
from pilots.models.fast_lane import FastLane, Iteration
from pilots.models.log import CheckAnswer, FlagSnooze, LogEntry
from pilots.models.pilots import PATHS, Pilot, PilotExtension, PilotQuerySet
from pilots.models.plans import PilotPlan
from pilots.models.rollout import Wave, WaveCriterion
from pilots.models.use import AdoptionWeek, ChangeItem, Feedback, TrainingGroup

__all__ = [
    "PATHS", "AdoptionWeek", "ChangeItem", "CharterVersion", "CheckAnswer", "FastLane", "Feedback", "FlagSnooze", "Hypothesis", "Iteration", "LogEntry",
    "Pilot", "PilotExtension", "PilotPlan", "PilotQuerySet", "TrainingGroup", "Wave", "WaveCriterion",
]  # fmt: skip
