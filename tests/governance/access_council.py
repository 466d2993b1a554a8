"""Who may do what with the council. claims: an item on what alice leads and bob works on; cards: on what charlie leads.

Dana holds a seat; nobody of the cast is the chair, so the portfolio manager alone arranges. Nobody opened an item yet.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain.gates import GATES
from domain.motions import motion_to_json, read_motion
from governance.models import AgendaItem, CouncilSeat, Meeting, Minutes, SeatTerm
from portfolio.models import InitiativeMember
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, Case, Open, Row, World, reads, row
from tests.governance.stored import initiative

SEES = {
    "claims": ("alice bob vera dana edith max audrey adam", "charlie mona ursula"),
    "cards": ("charlie ursula dana edith max audrey adam", "alice bob mona vera"),
}
BECAUSE = {"because": "It waits."}
STOP = {"outcome": "stop", "because": "It does not work.", "reason_code": "no_value", "lessons": "Ask first."}
WHOLE = motion_to_json(read_motion(STOP, gate=GATES[3], today=TODAY))


MINUTES = {
    "form": 1, "items": [], "actions": [],
    "meeting": {"ref": "CM-0001", "number": 1, "kind": "meeting", "place": "", "begins_at": AT.isoformat(), "ended_at": None},
}  # fmt: skip


def furnish(world: World) -> None:
    """A meeting with an item in claims and one in cards, a seat that is held and a vacant one, minutes."""
    cast = world.cast
    where = Meeting.objects.create(
        number=1, begins_at=AT + timedelta(minutes=10), ends_at=AT + timedelta(hours=2), planned_at=AT
    )
    for place, (at, lead) in enumerate((("claims", cast.alice), ("cards", cast.charlie)), 1):
        row_ = initiative(
            cast, f"Decided in {at}", unit=getattr(cast, at), lead=lead, stage="pilot", entered_on=TODAY
        )
        if at == "claims":
            InitiativeMember.objects.create(initiative=row_, user=cast.bob, added_at=AT)
        item = AgendaItem.objects.create(
            meeting=where, position=place, initiative=row_, gate="G4", motion=WHOLE, created_at=AT
        )
        world.ids |= {f"item.{at}": item.pk, f"decided.{at}": row_.pk}
    held, vacant = (CouncilSeat.objects.create(name=name) for name in ("Retail", "Finance"))
    SeatTerm.objects.create(
        seat=held, holder=cast.dana, from_on=TODAY, until_on=TODAY + timedelta(days=700), seated_at=AT
    )
    Minutes.objects.create(meeting=where, document=json.dumps(MINUTES), due_on=TODAY, drafted_at=AT)
    world.ids |= {
        "meeting.one": where.pk,
        "seat.held": held.pk,
        "seat.vacant": vacant.pk,
        "dana.one": cast.dana.pk,
    }


def acts(data: Mapping[str, Any] | None = None, *, pk: bool = False, claims: str, cards: str) -> Row:
    """A row of one item that takes POST alone: these answers for those who see it, 404 for the others."""
    said = (("claims", claims), ("cards", cards))
    return row(
        *(Case(at=at, post=f"{words}; 404: {SEES[at][1]}", data=data or {}) for at, words in said),
        **({"pk": "item"} if pk else {"ref": "item"}),
    )


def arranged(words: str, data: Mapping[str, Any] | None = None) -> Row:
    return row(*(Case(at=at, post=words, data=data or {}) for at in SEES), pk="item")


VOTE = {"choice": "approve"}
STATEMENT = {"kind": "dissenting", "text": "I would not."}
WATCH = ("409: alice bob vera dana edith max audrey adam", "409: charlie ursula dana edith max audrey adam")
NEAR_FREE = ("409: vera dana edith max audrey adam", "409: ursula dana edith max audrey adam")
ONE = {"ref": "meeting"}
RECUSED = {"user": "$dana.one", "because": "A cousin works there."}
LIFTED = {"recusal": 987_654_321, "because": "It is over."}
NO_SUCH = tuple(one.replace("409", "404") for one in WATCH)

ROWS: dict[str, Row | Open] = {
    "council-home": reads(ROLED),
    "council-seats": reads(ROLED),
    "council-seat-fill": row(Case(at="vacant", get="200: max", post="400: max"), pk="seat"),
    "council-seat-vacate": row(Case(at="held", get="200: max", post="302: max", data=BECAUSE), pk="seat"),
    "council-delegate": row(Case(get="200: dana", post="400: dana")),
    "council-take-back": row(Case(at="nowhere", post="404: dana"), pk="seat"),
    "council-meeting-new": row(
        Case(get="200: max", post="302: max", data={"kind": "meeting", "begins_at": "2027-01-12T14:00"})
    ),
    "council-meeting": row(Case(at="one", get=f"200: {ROLED}"), Case(at="nowhere", get=f"404: {ROLED}"), **ONE),
    "council-put": row(Case(at="one", get="200: max", post="400: max"), **ONE),
    "council-minutes": row(Case(at="one", get=f"200: {ROLED}"), Case(at="nowhere", get=f"404: {ROLED}"), **ONE),
    "council-ics": row(Case(at="one", get=f"200: {ROLED}"), **ONE),
    **{
        name: row(Case(at="one", get=f"200: {ROLED}"), Case(at="nowhere", get=f"404: {ROLED}"), **ONE)
        for name in ("council-pack", "council-pack-pdf", "minutes-paper", "minutes-pdf")
    },
    "council-meeting-build": row(Case(at="one", post="302: max"), **ONE),
    "council-meeting-end": row(Case(at="one", post="302: max"), **ONE),
    "council-meeting-draft-minutes": row(Case(at="one", post="409: max"), **ONE),
    "council-meeting-approve-minutes": row(Case(at="one", post="409: max", data={"in_meeting": "$meeting"}), **ONE),
    "council-meeting-move-up": row(Case(at="one", post="302: max", data={"item": "$item.cards"}), **ONE),
    "council-meeting-issue": row(Case(at="one", post="302: max"), **ONE),
    "council-meeting-move": row(Case(at="one", get="200: max", post="400: max"), **ONE),
    "council-meeting-cancel": row(Case(at="one", get="200: max", post="400: max"), **ONE),
    "council-meeting-action": row(Case(at="one", post="400: max"), **ONE),
    "council-item": row(
        *(Case(at=at, get=f"200: {sees}; 404: {not_}") for at, (sees, not_) in SEES.items()), ref="item"
    ),
    **{
        name: row(*(Case(at=at, get=f"200: {sees}; 404: {not_}") for at, (sees, not_) in SEES.items()), ref="item")
        for name in ("item-paper", "item-paper-pdf")
    },
    # Nobody opened them, so nothing is sealed.
    "api:agenda-items-evidence": row(*(Case(at=at, get=f"404: {ROLED}") for at in SEES), pk="item"),
    "council-vote": acts(VOTE, claims="409: dana", cards="409: dana"),
    "council-confirm": row(
        *(Case(at=at, get=f"409: {sees}; 404: {not_}", post=f"409: {sees}; 404: {not_}") for at, (sees, not_) in SEES.items()),
        ref="item",
    ),
    "council-item-open": acts(claims="302: max", cards="302: max"),
    "council-item-close": acts(claims="409: max", cards="409: max"),
    "council-item-take-off": acts(BECAUSE, claims="302: max", cards="302: max"),
    "council-item-recuse": acts(BECAUSE, claims="302: dana", cards="302: dana"),
    "council-item-above": acts({"carried": "yes", "because": "Plain."}, claims=NEAR_FREE[0], cards=NEAR_FREE[1]),
    "council-item-statement": acts(STATEMENT, claims=WATCH[0], cards=WATCH[1]),
    "council-item-motion": row(Case(at="claims", get="200: max", post="400: max"), ref="item"),
    "council-item-recuse-other": acts(RECUSED, claims="302: max", cards="302: max"),
    "council-item-lift": acts(LIFTED, claims=NO_SUCH[0], cards=NO_SUCH[1]),
    "council-item-adopt": acts(claims="409: max", cards="409: max"),
    "council-action-done": row(Case(at="nowhere", post=f"404: {ROLED}", data={"note": "Done."}), pk="seat"),
    "api:council-seats-list": row(Case(get=f"200: {ROLED}", post="201: max", data={"name": "Legal"})),
    "api:council-seats-detail": row(
        Case(at="held", get=f"200: {ROLED}"), Case(at="nowhere", get=f"404: {ROLED}"), pk="seat"
    ),
    "api:council-seats-fill": row(Case(at="vacant", post="409: max", data={"holder": "$dana.one"}), pk="seat"),
    "api:council-seats-vacate": row(Case(at="held", post="200: max", data=BECAUSE), pk="seat"),
    "api:delegations-list": row(
        Case(get=f"200: {ROLED}", post="400: dana", data={"delegate": "$user.max", "meeting": "$meeting.one"})
    ),
    "api:delegations-detail": row(Case(at="nowhere", get=f"404: {ROLED}"), pk="seat"),
    "api:delegations-take-back": row(Case(at="nowhere", post="404: dana"), pk="seat"),
    "api:meetings-list": row(
        Case(get=f"200: {ROLED}", post="201: max", data={"begins_at": "2027-01-12T14:00:00Z"})
    ),
    "api:meetings-detail": row(
        Case(at="one", get=f"200: {ROLED}"), Case(at="nowhere", get=f"404: {ROLED}"), pk="meeting"
    ),
    "api:meetings-end": row(Case(at="one", post="200: max"), pk="meeting"),
    "api:meetings-cancel": row(Case(at="one", post="200: max", data=BECAUSE), pk="meeting"),
    "api:meetings-move": row(
        Case(at="one", post="200: max", data={"begins_at": "2027-01-12T14:00:00Z", **BECAUSE}), pk="meeting"
    ),
    "api:meetings-issue": row(Case(at="one", post="201: max"), pk="meeting"),
    "api:meetings-order": row(Case(at="one", post="400: max", data={"items": [999_999_999]}), pk="meeting"),
    "api:meetings-minutes": row(Case(at="one", get=f"200: {ROLED}"), pk="meeting"),
    "api:meetings-draft": row(Case(at="one", post="409: max"), pk="meeting"),
    "api:meetings-approve": row(Case(at="one", post="409: max", data={"in_meeting": "$meeting"}), pk="meeting"),
    "api:agenda-items-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="409: max",
            data={"meeting": "$meeting.one", "initiative": "$decided", "motion": STOP},
        )
    ),
    "api:agenda-items-detail": row(
        *(
            Case(at=at, get=f"200: {sees}; 404: {not_}", patch="200: max", data={"minutes": 20})
            for at, (sees, not_) in SEES.items()
        ),
        Case(at="nowhere", get=f"404: {ROLED}", patch="404: max", data={"minutes": 20}),
        pk="item",
    ),
    "api:agenda-items-open": arranged("200: max"),
    "api:agenda-items-take-off": arranged("200: max", BECAUSE),
    "api:agenda-items-close": acts(pk=True, claims="409: max", cards="409: max"),
    "api:agenda-items-confirm": acts({"conditions": [{}]}, pk=True, claims=NEAR_FREE[0], cards=NEAR_FREE[1]),
    "api:agenda-items-above": acts(
        {"carried": True, "because": "Plain."}, pk=True, claims=NEAR_FREE[0], cards=NEAR_FREE[1]
    ),
    "api:agenda-items-conditions": row(
        *(Case(at=at, get=f"409: {sees}; 404: {not_}") for at, (sees, not_) in SEES.items()), pk="item"
    ),
    "api:agenda-items-lift": acts(LIFTED, pk=True, claims=NO_SUCH[0], cards=NO_SUCH[1]),
    "api:agenda-items-adopt": arranged("409: max"),
    "api:meeting-actions-list": row(
        Case(
            get=f"200: {ROLED}", post="201: max",
            data={"meeting": "$meeting.one", "text": "Ask legal", "owner": "$dana.one", "due_on": "2027-01-12"},
        )
    ),
    "api:meeting-actions-detail": row(Case(at="nowhere", get=f"404: {ROLED}"), pk="seat"),
    "api:meeting-actions-done": row(Case(at="nowhere", post=f"404: {ROLED}", data={"note": "Done."}), pk="seat"),
    "api:agenda-items-recuse": acts(BECAUSE, pk=True, claims="200: dana", cards="200: dana"),
    "api:agenda-items-statements": acts(STATEMENT, pk=True, claims=WATCH[0], cards=WATCH[1]),
    "api:agenda-items-votes": acts(VOTE, pk=True, claims="409: dana", cards="409: dana"),
    "api:gate-submission-votes": row(
        Case(at="nowhere", post=f"404: {ROLED}", data=VOTE), submission_id="item"
    ),
}  # fmt: skip
