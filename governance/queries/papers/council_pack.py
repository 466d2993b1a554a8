"""The pack of a council meeting: everything members read before it, in one paper of the order of council.md."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q

from core import clock, vocabulary
from core.access import Actor, everywhere
from core.roles import Action
from core.wording import day, plural
from domain.paper import Block, Facts, Paper, Points, Section, Table, Text
from domain.working_days import working_days_before
from governance.models import (
    AgendaItem,
    Condition,
    Delegation,
    GateSubmission,
    Meeting,
    MeetingAction,
    Minutes,
)
from governance.queries.council import Held, charter_on, seats_on
from governance.queries.council_queue import BECAUSE
from governance.queries.council_room import forecast, near
from governance.queries.deadlines import calendar_on
from governance.queries.item_pack import evidence_of
from governance.queries.our_time import in_our_time
from governance.queries.papers.decision import beside_of, decision_paper
from governance.queries.papers.from_record import facts_sections
from governance.queries.papers.item import pivot_facts, with_motion
from pilots.models import Pilot
from portfolio.models import Flag, Initiative

KIND: Final = "Council pack"
AHEAD: Final = timedelta(days=90)
MOST: Final = 12
Away = Mapping[int, Mapping[int, str]]
"""Item -> who may not judge it -> why."""


def council_pack(meeting: Meeting, actor: Actor, at: datetime) -> Paper:
    """As the record says it now, as far as the reader may see: what is issued, or would be. See `pack_parts`."""
    return pack_parts(meeting, actor, at)[0]


def pack_parts(meeting: Meeting, actor: Actor, at: datetime) -> tuple[Paper, list[int | None]]:
    """The pack, and of each of its sections the initiative it is about: None where it is about several.

    As far as the reader may see. A constant number of statements, and about a dozen for each item without a submission."""
    today = clock.day_of(at)
    items = list(
        AgendaItem.objects.visible_to(actor)
        .filter(meeting=meeting)
        .exclude(state=AgendaItem.State.WITHDRAWN)
        .select_related(
            "initiative__unit",
            "presenter",
            "submission__initiative__unit",
            "submission__case",
            "submission__submitted_by",
            "condition__owner",
        )
        .order_by("position", "pk")
    )
    held, away = seats_on(today), near(items)
    about, sealed = _papers(items, today)
    sections = [
        Section("Apologies, quorum and delegates", _quorum(items, held, away, meeting, today)),
        Section("Declarations, item by item", _declarations(items, held, away)),
        Section("Minutes to approve", _minutes(meeting)),
        Section("Open actions and conditions", _open(actor, today)),
        *(section for _, section in about),
        Section("For noting", _noting(actor), new_page=bool(items)),
        Section("Gates in the next 90 days", _ahead(actor, today)),
    ]
    seals = [
        (f"{one.submission.ref}, {one.initiative.name}", one.submission.seal)
        for one in items
        if one.submission
    ] + sealed
    before = 4  # the sections about the whole agenda, before those of its items
    subjects = [*[None] * before, *(pk for pk, _ in about), None, None]
    kind = "meeting" if meeting.kind == Meeting.Kind.MEETING else "written procedure"
    paper = Paper(
        KIND, f"AI council, {kind} {meeting.number}",
        f"{plural(len(items), 'item')} to decide.",
        [
            ("Begins", in_our_time(meeting.begins_at)), ("Ends", in_our_time(meeting.ends_at)),
            ("Place", meeting.place or "none"), ("Papers due by", day(papers_by(meeting))),
        ],
        sections, seals,
    )  # fmt: skip
    return paper, subjects


def papers_by(meeting: Meeting) -> date:
    """The last day on which the papers are in time: so many clear working days ahead. Two statements."""
    on = clock.day_of(meeting.begins_at)
    return working_days_before(on, charter_on(on).papers_days, calendar_on(on))


def _quorum(
    items: Sequence[AgendaItem], held: Sequence[Held], away: Away, meeting: Meeting, today: date
) -> list[Block]:
    seats = [
        (one.seat.name, one.holder.name if one.holder else "vacant", _presides(one.seat.presides))
        for one in held
    ]
    blocks: list[Block] = (
        [Table("Seats", ("Seat", "Held by", "Presides"), seats)] if seats else [Text("No seat is set up.")]
    )
    lent = Delegation.objects.filter(
        Q(meeting=meeting) | Q(meeting=None), revoked_at=None, until__gt=meeting.begins_at
    )
    rows = [
        (one.seat.name, one.holder.name, one.delegate.name)
        for one in lent.select_related("seat", "holder", "delegate")
    ]
    blocks.append(
        Table("Delegates", ("Seat", "Held by", "Delegate"), rows) if rows else Text("Nobody has lent a vote.")
    )
    charter = charter_on(today)
    counted = [(one, forecast(list(held), away[one.pk], charter)) for one in items]
    if counted:
        lines = [
            (
                f"{place}. {one.initiative.name}",
                str(found.eligible),
                str(found.needed),
                "possible" if found.eligible >= found.needed else "not possible: escalated",
            )
            for place, (one, found) in enumerate(counted, 1)
        ]
        blocks.append(Table("Quorum forecast", ("Item", "Eligible", "Needed", "Quorum"), lines, (1, 2)))
    return blocks


def _presides(place: int | None) -> str:
    return "" if place is None else "chair" if place == 1 else "deputy"


def _declarations(items: Sequence[AgendaItem], held: Sequence[Held], away: Away) -> list[Block]:
    """Those of the seats who leave an item, by the record or as they declared."""
    names = {one.holder.pk: one.holder.name for one in held if one.holder is not None}
    found = [
        f"{place}. {item.initiative.name}: {names[person]}, {why}"
        for place, item in enumerate(items, 1)
        for person, why in sorted(away[item.pk].items(), key=lambda one: names.get(one[0], ""))
        if person in names
    ]
    asked = Text("A member declares others at the start; the record is asked again when an item opens.")
    return [Points(found), asked] if found else [Text("None, as the record stands."), asked]


def _minutes(meeting: Meeting) -> list[Block]:
    rows = Minutes.objects.filter(approved_at=None, meeting__begins_at__lt=meeting.begins_at).select_related(
        "meeting"
    )
    words = [
        f"{one.meeting.get_kind_display()} {one.meeting.number} of {day(clock.day_of(one.meeting.begins_at))}"
        for one in rows
    ]
    return [Points(words)] if words else [Text("None wait.")]


def _open(actor: Actor, today: date) -> list[Block]:
    blocks: list[Block] = []
    if everywhere(actor, Action.VIEW):
        actions = MeetingAction.objects.filter(done_on=None).select_related("owner").order_by("due_on", "pk")
        rows = [
            (
                f"{one.ref} {one.text}",
                one.owner.name,
                day(one.due_on, today),
                plural(one.age_on(today), "day"),
                _over(one.due_on, today),
            )
            for one in actions
        ]
        blocks.append(
            Table("Actions", ("Action", "Owner", "Due", "Age", ""), rows)
            if rows
            else Text("No action is open.")
        )
    mine = Initiative.objects.visible_to(actor).order_by().values("pk")
    conditions = Condition.objects.filter(initiative__in=mine, state=Condition.State.OPEN).select_related(
        "owner", "initiative"
    )
    lines = [
        (
            f"{one.ref}, {one.initiative.name}: {one.text}",
            one.owner.name,
            day(one.due_on, today),
            _over(one.due_on, today),
        )
        for one in conditions.order_by("due_on", "pk")[:MOST]
    ]
    blocks.append(
        Table("Conditions", ("Condition", "Owner", "Due", ""), lines)
        if lines
        else Text("No condition is open.")
    )
    return blocks


def _over(on: date, today: date) -> str:
    return f"{plural((today - on).days, 'day')} over" if on < today else ""


def _papers(
    items: Sequence[AgendaItem], today: date
) -> tuple[list[tuple[int, Section]], list[tuple[str, str]]]:
    """Each decision paper on a page of its own, its parts one level lower, beside the initiative it is about; and the seals of what
    was known when items opened."""
    out: list[tuple[int, Section]] = []
    seals: list[tuple[str, str]] = []
    beside = beside_of([item.submission for item in items if item.submission is not None])
    for place, item in enumerate(items, 1):
        title = f"Item {place}: {item.initiative.ref} {item.initiative.name}"
        if item.submission is None:
            parts = [Section(title, _without_submission(item), new_page=True)]
            if item.condition is None:
                said = item.motion or item.draft or {}
                facts, pack = evidence_of(item, today)
                known = "when it opened" if pack else "today"
                parts += facts_sections(facts, said, moved=bool(item.motion), known=known)
                seals += [(f"{item.ref}, {item.initiative.name}", pack.seal)] if pack else []
            out += [(item.initiative_id, one) for one in parts]
            continue
        alone = decision_paper(item.submission, beside)
        paper = with_motion(alone, item, today)
        seals += paper.seals[len(alone.seals) :]
        parts = [Section(title, (Text(paper.lede, strong=True), Facts(paper.meta)), new_page=True)]
        parts += [Section(one.title, one.blocks, level=3) for one in paper.sections]
        out += [(item.initiative_id, one) for one in parts]
    return out, seals


def _without_submission(item: AgendaItem) -> list[Block]:
    """What is asked where no submission stands behind it: the motion, or what is drafted; the condition it is about."""
    motion, draft = item.motion, item.draft or {}
    if motion:
        words = f"Motion: {motion['outcome'].replace('_', ' ')}. {motion['because']}"
    elif draft:
        words = f"No motion yet. Drafted from the record: {draft['outcome'].replace('_', ' ')}. {draft['because']}"
    else:
        words = f"No motion yet. {BECAUSE.get(item.because, 'Put on the agenda')}."
    if item.condition is None:
        return [
            Text(words, strong=True),
            *([Facts(pivot)] if (pivot := pivot_facts(motion or draft)) else []),
            Text("No submission stands behind it: what follows is the record itself."),
        ]
    one = item.condition
    due = day(one.due_on) + ("" if one.due_on == one.first_due_on else f", first {day(one.first_due_on)}")
    facts = [(one.ref, one.text), ("Owner", one.owner.name), ("Due", due)]
    if motion.get("due_on"):
        facts.append(("New due date", day(date.fromisoformat(motion["due_on"]))))
    return [Text(words, strong=True), Facts(facts)]


def _noting(actor: Actor) -> list[Block]:
    stuck = (
        Pilot.objects.visible_to(actor).filter(ended_on=None, level="purgatory").select_related("initiative")
    )
    rows = [
        (one.ref, one.initiative.name, one.remedy.replace("_", " "))
        for one in stuck.order_by("decision_on", "pk")[:MOST]
    ]
    blocks: list[Block] = [
        Table("In purgatory", ("Pilot", "Initiative", "Remedy"), rows)
        if rows
        else Text("No pilot is in purgatory.")
    ]
    seen = Initiative.objects.visible_to(actor)
    red = Flag.objects.filter(
        initiative__in=seen.order_by().values("pk"), cleared_at=None, escalated_on__isnull=False
    )
    said = [
        f"{one.initiative.name if one.initiative else one.subject_label}. {one.cause}: {one.sentence}"
        for one in red.select_related("initiative").order_by("-severity", "pk")[:MOST]
    ]
    blocks.append(Points(said) if said else Text("No red flag is before the council."))
    counts = {
        code: seen.filter(kpi_status=code).count()
        for code in ("off_track", "at_risk", "blind", "on_track", "achieved")
    }
    blocks.append(Facts([(vocabulary.word("rollup", code), str(count)) for code, count in counts.items()]))
    return blocks


def _ahead(actor: Actor, today: date) -> list[Block]:
    asked = GateSubmission.objects.visible_to(actor).filter(
        state=GateSubmission.State.OPEN, due_on__lte=today + AHEAD
    )
    rows = [
        (one.gate, one.initiative.name, one.get_body_display(), day(one.due_on, today))
        for one in asked.select_related("initiative").defer("document").order_by("due_on", "pk")[:MOST]
    ]
    pilots = Pilot.objects.visible_to(actor).filter(
        ended_on=None, decision_on__gte=today, decision_on__lte=today + AHEAD
    )
    rows += [
        ("G4", one.initiative.name, "decision date of the pilot", day(one.decision_on, today))
        for one in pilots.select_related("initiative").order_by("decision_on", "pk")[:MOST]
    ]
    return (
        [Table("Gates ahead", ("Gate", "Initiative", "By", "Day"), rows)]
        if rows
        else [Text("None is known.")]
    )
