"""What pilots put on the pages of the portfolio: how their events are told, and which of their flags are put off."""

from collections.abc import Mapping, Sequence
from datetime import date

from core.access import Actor
from core.wording import day
from pilots.queries.file import snoozes_of
from portfolio.models import Flag
from portfolio.queries.history import tells
from portfolio.views.slots import Beside, Panel, beside_flags

SNOOZED = "pilots/_snoozed.html"

tells("pilot.opened", "opened the pilot")
tells("pilot.planned", "changed the plan of the pilot")
tells("pilot.began_as_planned", "let the pilot begin with the charter planned for it", alone=True)
tells("pilot.conditions_stand", "changed which conditions of the approval the pilot waits for", alone=True)
tells("pilot.ended", "ended the pilot on {ended_on}")
tells("pilot.edited", "recorded facts of the pilot")
tells("pilot.dated", "took the decision date of a source over", alone=True)
tells(
    "pilot.fast_lane_entered",
    "entered the fast lane: a first release within {days} days of the start of the pilot",
)
tells("pilot.iteration_released", "recorded iteration {iteration}, released on {released_on}: {changed}")
tells("pilot.extended", "extended the pilot by {days} days")
tells("pilot.hypothesis_answered", "said what the pilot showed of: {hypothesis}")
tells("pilot.wave_planned", "planned wave {wave} of the rollout, {name}")
tells("pilot.wave_changed", "changed wave {wave} of the rollout")
tells("pilot.wave_began", "began wave {wave} of the rollout on {started_on}")
tells("pilot.wave_judged", "judged a go criterion of wave {wave}: {criterion}")
tells("pilot.use_recorded", "recorded the use of the week of {week}")
tells("pilot.finding_logged", "logged finding {number}: {text}")
tells("pilot.finding_on_roadmap", "put finding {number} on the roadmap: {todo}")
tells("pilot.finding_closed", "closed finding {number}: {closed_because}")
tells("pilot.likeness_checked", "checked how like production its {item} is: {answer}")
tells("pilot.training_planned", "planned training for {audience}")
tells("pilot.trained", "recorded {trained} trained of {audience}")
tells("pilot.change_planned", "added to the change plan: {text}")
tells("pilot.change_done", "finished of the change plan: {text}")
tells("pilot.feedback_given", "gave feedback", alone=True)
tells("pilot.feedback_answered", "answered feedback", alone=True)
tells("pilot.flag_snoozed", "put {rule} off until {until}")
tells("pilot.snooze_ended", "took the snooze of {rule} back")


@beside_flags
def put_off(flags: Sequence[Flag], actor: Actor, today: date) -> Mapping[int, Beside]:  # noqa: ARG001  whoever sees the flag
    """The snooze that runs on a flag of a pilot, wherever the flag is shown. One query, where one of them is a pilot's."""
    own = [flag for flag in flags if flag.subject_type == "pilot" and flag.cleared_at is None]
    found = snoozes_of(own, today) if own else {}
    return {
        pk: Beside(f"put off until {day(row.until)}: {row.because}", Panel(SNOOZED, {"snooze": row}))
        for pk, row in found.items()
    }
