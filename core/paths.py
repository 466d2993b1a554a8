"""Where a model keeps what access asks about. Imports nothing, so that every model may say it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paths:
    """A model's `ACCESS`.

    `unit`: lookup to a BusinessUnit path (`"unit__path"`), empty = readable by anyone with the action anywhere.
    `people`: lookups to the people an ASSIGNED role works through. They may look and measure.
    `runs`: those of them who may also change things, as far as their grant's unit reaches; empty = all of them.
    `by_grant`: the row is a unit itself, so any grant there opens it, also one that reaches only what is assigned.
    """

    unit: str
    people: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    by_grant: bool = False
