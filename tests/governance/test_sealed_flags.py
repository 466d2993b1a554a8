"""What the record says against it, as it was sealed: each flag with its cause and what it is about, never a shape alone."""

import json
from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import Client

from portfolio.models import Flag
from tests.cast import Cast
from tests.governance.asking import idea, submitted
from tests.governance.sitting import council, opened
from tests.kpis.acting import raise_flag

pytestmark = pytest.mark.django_db


def test_a_flag_is_sealed_with_its_cause_and_its_subject_and_the_item_shows_both(
    cast: Cast, signed_in: Callable[[str], Client], frozen: Callable[[], None]
) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2)
    for name in ("Handling time", "Straight-through rate"):
        one = raise_flag(row, f"measured_late_{name[0]}", sentence="Version 1 was sealed 587 days late.")
        Flag.objects.filter(pk=one.pk).update(cause="Set after the fact", subject_label=name)
    pack = submitted(row, cast)
    sealed = json.loads(pack.document)
    assert sealed["form"] == 3
    assert {(one["cause"], one["subject"]) for one in sealed["flags"]} == {
        ("Set after the fact", "Handling time"), ("Set after the fact", "Straight-through rate"),
    }  # fmt: skip
    item = opened(cast, row)
    for url in (f"/governance/council/items/{item.ref}/", f"/governance/submissions/{pack.ref}/"):
        text = signed_in("cora").get(url).content.decode()
        assert text.count("Set after the fact") == 2
        assert "<strong>Handling time</strong>" in text
        assert "<strong>Straight-through rate</strong>" in text


def test_a_pack_sealed_before_causes_were_shows_the_rule() -> None:
    old = [{"rule": "feedback_waits", "severity": 2, "sentence": "Eleven days without an answer."}]
    text = render_to_string("governance/_sealed_flags.html", {"flags": old})
    assert "Feedback waits" in text
    assert "Eleven days without an answer." in text
