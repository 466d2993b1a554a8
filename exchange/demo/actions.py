"""What was undertaken in the demo about its flags, and where KPIs were set right after the fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from exchange.demo.people import MANAGER
from exchange.demo.play import World
from exchange.demo.table import Row
from kpis.models import Intervention, Kpi, Remediation
from kpis.services.interventions import assign_intervention, change_intervention, close_intervention
from kpis.services.remediation import open_remediation, take_step
from portfolio.models import Flag


@dataclass(frozen=True, slots=True)
class Given:
    """Somebody is asked, `given` days ago, to act within `within` days on the flag of a rule. `who` empty: its lead.

    `moved`: how many days ago the day was moved, and by how many. `closed`: how many days ago, and what was done.
    """

    rule: str
    given: int
    within: int
    action: str
    who: str = ""
    moved: tuple[int, int, str] = (0, 0, "")
    closed: tuple[int, str] = (0, "")


GIVEN: Final[dict[str, Given]] = {
    # Open and in time.
    "Motor claims triage": Given("R12", 6, 14, "Name who takes the triage over in motor operations, with their director's word."),
    "SAR narrative drafting": Given("kpi_off_track", 9, 21, "Read ten drafts with two investigators and say what they rewrite."),
    "Chat deflection": Given("kpi_off_track", 4, 10, "Go through October's complaints about the assistant with the contact centre, by reason."),
    "Affordability pre-check": Given("kpi_stale", 3, 12, "Have the lending platform deliver the overturned pre-checks again.",
                                     moved=(1, 5, "The platform team is in its release freeze until Friday.")),
    # Overdue: before the council.
    "Branch footfall forecasting": Given("kpi_stale", 30, 12, "Bring the rota hours of the last quarter, or say that nobody has them."),
    "Collections voice agent": Given("R11", 26, 15, "Find a sponsor in Lending, or put the pilot up for its stop.", MANAGER),
    "Broker e-mail drafting": Given("R08", 21, 10, "Show the underwriters the replies they throw away, and ask why."),
    # Done; the flag stands where its fact did not change.
    "Candidate screening": Given("dossier_section_old", 40, 20, "Have the section on bias and segments written anew.",
                                 closed=(24, "Written with this year's segments; it is with the validator, who records it once it is read.")),
    "Flood exposure scoring": Given("R09", 28, 14, "Count the addresses scored so far by hand.",
                                    closed=(17, "Counted: the pipeline has not run since it was deployed. The ticket is with the platform team.")),
}  # fmt: skip
REMEDIED: Final = "Quote abandonment nudges"
HALF_WAY: Final = "Flood exposure scoring"


def write(world: World, rows: Sequence[Row]) -> None:
    """Add the acts to the script."""
    by_name = {row.name: row for row in rows}
    for name, given in GIVEN.items():
        _give(world, by_name[name], given)
    _remedy(world, by_name[REMEDIED])
    _begin(world, by_name[HALF_WAY])


def _give(world: World, row: Row, given: Given) -> None:
    script = world.script
    made: list[Intervention] = []
    script.on(script.back(given.given), partial(_assigned, world, row, given, made), hour=11)
    back, more, because = given.moved
    if back:
        script.on(script.back(back), partial(_moved, world, row, made, more, because), hour=13)
    closed, note = given.closed
    if closed:
        script.on(script.back(closed), partial(_closed, world, made, note), hour=16)


def _assigned(world: World, row: Row, given: Given, made: list[Intervention], at: datetime) -> None:
    """On the flag of that rule, or else the worst that stands by then."""
    open_now = Flag.objects.filter(initiative=world.initiatives[row.name], cleared_at=None)
    flags = list(open_now.order_by("-severity", "since", "rule"))
    flag = next((one for one in flags if one.rule.startswith(given.rule)), flags[0] if flags else None)
    if flag is None:
        raise ValueError(f"The demo has nothing to act on in {row.name}.")
    made.append(
        assign_intervention(
            flag_id=flag.pk, assigned_to=world.people[given.who or row.lead], action=given.action,
            due_on=world.script.day(at) + timedelta(days=given.within), by=world.who(MANAGER), at=at,
        )
    )  # fmt: skip


def _moved(world: World, row: Row, made: list[Intervention], more: int, because: str, at: datetime) -> None:
    (asked,) = made
    due_on = asked.due_on + timedelta(days=more)
    change_intervention(
        pk=asked.pk, expected_version=None, change={"due_on": due_on}, because=because, by=world.who(row.lead), at=at
    )  # fmt: skip


def _closed(world: World, made: list[Intervention], note: str, at: datetime) -> None:
    (asked,) = made
    close_intervention(pk=asked.pk, note=note, by=world.who(asked.assigned_to.name), at=at)


def _remedy(world: World, row: Row) -> None:
    """All four steps, weeks apart."""
    script = world.script
    because = "The baseline was taken months after go-live: nobody had said what success is."
    script.on(script.back(88), partial(_opened, world, row, because), hour=10)
    script.on(script.back(81), partial(_step, world, row, "retrospective", (
        "It changes when and how often we write to people who leave a quote. Handlers see no difference; "
        "customers who had decided against us get two letters more."
    ), ""), hour=14)  # fmt: skip
    script.on(script.back(74), partial(_step, world, row, "post_hoc_kpi", (
        "Quotes completed are what the nudges are sold on, and the policy system has counted it all along."
    ), ""), hour=14)  # fmt: skip
    script.on(script.back(40), partial(_step, world, row, "validation", (
        "Take-up rose before the nudges went live and goes on rising at the same pace. The history does not show their part."
    ), ""), hour=14)  # fmt: skip
    script.on(script.back(33), partial(_step, world, row, "realignment", (
        "The model is trained on opened letters. It is to be trained on policies taken up."
    ), "retrain"), hour=14)  # fmt: skip


def _begin(world: World, row: Row) -> None:
    """Two steps; the third waits for a history that is not on record."""
    script = world.script
    because = "The pilot began without a KPI: addresses scored was named weeks later, when the first were in."
    script.on(script.back(60), partial(_opened, world, row, because), hour=10)
    script.on(script.back(52), partial(_step, world, row, "retrospective", (
        "It changes the flood loading of single addresses in nine postcodes. Prices elsewhere stay by postcode."
    ), ""), hour=14)  # fmt: skip
    script.on(script.back(45), partial(_step, world, row, "post_hoc_kpi", (
        "A rough one: how far the scoring has come. What it does to losses cannot be measured before the winter."
    ), ""), hour=14)  # fmt: skip


def _opened(world: World, row: Row, because: str, at: datetime) -> None:
    initiative = world.initiatives[row.name]
    open_remediation(initiative_id=initiative.pk, because=because, by=world.who(row.lead), at=at)


def _step(world: World, row: Row, step: str, finding: str, realignment: str, at: datetime) -> None:
    initiative = world.initiatives[row.name]
    kpi = (
        Kpi.objects.select_related("promised").get(initiative=initiative, primary=True)
        if step == "post_hoc_kpi"
        else None
    )
    pk = Remediation.objects.get(initiative=initiative, closed_at=None).pk
    take_step(
        pk=pk, step=step, finding=finding, kpi=kpi, realignment=realignment, by=world.who(row.lead), at=at
    )  # fmt: skip
