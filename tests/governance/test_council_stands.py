"""What the database keeps of a vote, whatever the application asks of it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import Problem
from core.models import AuditEvent
from core.refusals import keep
from governance.models import Ballot, GateConflict
from governance.services.council_close import close_item
from tests.cast import Cast
from tests.governance.sitting import LATER, asked, council, opened, vote, votes, voting


def raw(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_the_database_keeps_a_closed_item_as_it_was(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyyy.")
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    ballot = Ballot.objects.first()
    assert ballot is not None
    for statement, pk in (
        ("UPDATE governance_ballot SET choice = 'reject' WHERE id = %s", ballot.pk),
        ("DELETE FROM governance_ballot WHERE id = %s", ballot.pk),
        ("UPDATE governance_agendaitem SET result = 'not_adopted' WHERE id = %s", item.pk),
        ("UPDATE governance_agendaitem SET state = 'open' WHERE id = %s", item.pk),
        ("DELETE FROM governance_agendaitem WHERE id = %s", item.pk),
        ("UPDATE governance_itemseat SET may_veto = TRUE WHERE item_id = %s", item.pk),
        ("DELETE FROM governance_gateconflict WHERE initiative_id = %s", item.initiative_id),
        ("UPDATE governance_gateconflict SET user_id = NULL WHERE initiative_id = %s", item.initiative_id),
    ):
        with pytest.raises(IntegrityError):
            raw(statement, pk)
    assert GateConflict.objects.exists()


def test_the_database_refuses_another_motion_while_it_is_voted_on(cast: Cast) -> None:
    item = voting(cast)
    with pytest.raises(IntegrityError):
        raw("UPDATE governance_agendaitem SET motion = '{}' WHERE id = %s", item.pk)


def test_a_refusal_goes_on_record(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast, sponsor=cast.people["rosa"])
    item = opened(cast, initiative)
    with pytest.raises(Problem) as refused:
        vote(cast, item, "rosa")
    assert (refused.value.status, refused.value.code) == (403, "four_eyes")
    keep(refused.value)
    assert AuditEvent.objects.get(action="decision.refused").actor_id == cast.rosa.pk
