"""How facts are written on a page: days, money, numbers, badges, links that keep the query."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from core import wording
from core.plot.glide import Glide
from core.style_page import amended

TODAY = date(2026, 11, 24)


def drawn(source: str, url: str = "/", **context: object) -> str:
    request = RequestFactory().get(url)
    return Template(source).render(
        Context({"request": request, "today": TODAY, "currency": "EUR", **context})
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 7, 6), "6 Jul"),
        (date(2025, 12, 31), "31 Dec 2025"),
        (date(2027, 1, 15), "15 Jan 2027"),
        (None, "no date"),
    ],
)
def test_a_day_names_the_year_only_when_it_is_not_this_one(value: date | None, words: str) -> None:
    assert drawn("{{ value|day:today }}", value=value) == words


def test_without_today_a_day_always_names_its_year() -> None:
    assert drawn("{{ value|day }}", value=TODAY) == "24 Nov 2026"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal(0), "€0"),
        (Decimal(950), "€950"),
        (Decimal("999.60"), "€1k"),
        (Decimal(387_600), "€388k"),
        (Decimal(387_500), "€388k"),
        (Decimal(388_500), "€388k"),
        (Decimal(999_499), "€999k"),
        (Decimal(999_600), "€1.00m"),
        (Decimal(1_420_000), "€1.42m"),
        (Decimal(9_996_000), "€10.0m"),
        (Decimal(10_460_000), "€10.5m"),
        (Decimal(99_960_000), "€100m"),
        (Decimal(1_500_000_000), "€1.50bn"),
        (Decimal(-18_000), "−€18k"),
        (None, "never recorded"),
    ],
)
def test_money_is_three_figures_and_unknown_money_is_words(value: Decimal | None, words: str) -> None:
    assert drawn("{{ value|money }}", value=value) == words


def test_money_names_a_currency_without_a_sign() -> None:
    assert wording.money(Decimal(388_000), "CHF") == "CHF\u00a0388k"
    assert wording.money(Decimal(388_000), "USD") == "$388k"
    assert wording.money_exact(Decimal("163834.44")) == "€163,834.44"
    assert wording.money_exact(Decimal("-57953.6949")) == "−€57,953.69"
    assert wording.money_exact(None) == "never recorded"


@pytest.mark.parametrize(
    ("value", "places", "words"),
    [
        (1204, None, "1,204"),
        (Decimal("5.800000"), None, "5.8"),
        (Decimal("1E+3"), None, "1,000"),
        (Decimal("5.8"), 2, "5.80"),
        (Decimal("-0.001"), 1, "0.0"),
        (Decimal("-2.50"), None, "−2.5"),
        (0, None, "0"),
        (Decimal("NaN"), None, "not a number"),
        (None, None, "never recorded"),
    ],
)
def test_numbers_keep_their_figures_and_say_when_there_are_none(
    value: Decimal | None, places: int | None, words: str
) -> None:
    assert wording.number(value, places) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("0.54"), "54 %"),
        (Decimal("1.0588"), "106 %"),
        (Decimal("-0.06"), "−6 %"),
        (Decimal(0), "0 %"),
        (Decimal("0.004"), "under 1 %"),
        (Decimal("0.996"), "over 99 %"),
        (Decimal(1), "100 %"),
        (None, "never recorded"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_to_all(value: Decimal | None, words: str) -> None:
    assert wording.percent(value).replace("\u00a0", " ") == words


def test_due_days_say_how_they_stand() -> None:
    assert wording.due(date(2026, 10, 30), TODAY) == "25 days over"
    assert wording.due(date(2026, 11, 25), TODAY) == "in 1 day"
    assert wording.due(TODAY, TODAY) == "today"
    assert wording.due(None, TODAY) == "no date"
    assert wording.age(date(2026, 11, 23), TODAY) == "yesterday"
    assert wording.age(None, TODAY) == "never recorded"
    assert wording.since(None) == "start never recorded"


def test_counts_are_written_as_people_say_them() -> None:
    assert drawn(
        '{{ 1|plural:"pilot" }}, {{ 4|plural:"entry,entries" }}, {{ 9|spelled }}, {{ 54|spelled }}'
    ) == ("1 pilot, 4 entries, nine, 54")


def test_a_percentage_in_a_sentence_is_not_parted_from_its_sign() -> None:
    assert drawn('{{ "70.4 % expected"|tied }}') == f"70.4{wording.NBSP}% expected"


def test_the_name_of_a_number_reads_as_words() -> None:
    assert drawn('{{ "days_in_stage"|wordy }}') == "days in stage"


def test_quick_days_lie_before_today_and_name_each_day_once() -> None:
    assert [d for _, d in wording.quick_days(TODAY)] == [
        date(2026, 9, 30),
        date(2026, 6, 30),
        date(2025, 12, 31),
    ]
    assert wording.quick_days(date(2026, 1, 1)) == [("Year end", date(2025, 12, 31))]


def test_a_badge_is_word_shape_and_colour() -> None:
    badge = drawn('{% status "pilot" "watch" %}')
    assert 'class="st r-warn"' in badge
    assert 'href="#s-tri-o"' in badge
    assert badge.endswith("Watch</span>")


def test_a_badge_may_be_named_and_boxed_and_escapes_its_name() -> None:
    badge = drawn('{% status "severity" 3 text=cause tag=True %}', cause="<b>Over timebox")
    assert "st st-tag r-bad" in badge
    assert "&lt;b&gt;Over timebox" in badge


def test_a_fact_shows_unknown_in_its_own_hue() -> None:
    assert drawn('{% fact None "money" "none yet" %}') == '<span class="t-unknown">none yet</span>'
    assert drawn('{% fact None "day" %}') == '<span class="t-unknown">no date</span>'
    assert drawn('{% fact value "day" %}', value=TODAY) == '<time datetime="2026-11-24">24 Nov</time>'
    assert drawn('{% fact 0 "money" %}') == "€0"
    assert drawn("{% fact value %}", value="<i>") == "&lt;i&gt;"
    at = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
    assert drawn("{% fact value %}", value=at).endswith(">24 Nov 14:20</time>")


def test_money_follows_the_currency_of_the_page() -> None:
    assert drawn('{% fact 388000 "money" %}', currency="GBP") == "£388k"


def test_a_changed_query_keeps_the_rest_and_returns_to_the_first_page() -> None:
    link = drawn('{% query stage="pilot" %}', "/?unit=3&unit=4&page=7&stage=idea")
    assert link == "?unit=3&amp;unit=4&amp;stage=pilot"
    assert drawn("{% query page=8 %}", "/?unit=3&page=7") == "?unit=3&amp;page=8"
    assert drawn("{% query unit=None %}", "/?unit=3") == "?"


def test_a_query_cannot_break_out_of_the_link() -> None:
    assert '"' not in drawn("{% query page=1 %}", '/?q="><script>')


def test_hidden_inputs_keep_the_query_of_a_small_form() -> None:
    held = drawn('{% hidden_query "as_of" %}', "/?unit=3&as_of=2026-06-30&page=2")
    assert held == '<input type="hidden" name="unit" value="3">'


def test_a_sorted_head_says_so_and_turns_round() -> None:
    head = drawn('{% sort_header "Spent" "spent" css="num" %}', "/?ordering=spent&unit=3")
    assert 'aria-sort="ascending"' in head
    assert "unit=3&amp;ordering=-spent" in head
    assert 'class="num"' in head
    assert "aria-sort" not in drawn('{% sort_header "Spent" "spent" %}', "/")
    assert 'aria-sort="descending"' in drawn('{% sort_header "Spent" "spent" current="-spent,ref" %}', "/")


def test_an_icon_is_decoration() -> None:
    svg = drawn('{% icon "calendar" %}')
    assert 'class="ic"' in svg
    assert 'aria-hidden="true"' in svg


def test_a_heat_cell_is_hatched_only_where_somebody_cannot_be_seen() -> None:
    assert "hatch" in drawn('{% heat "blind" 2 4 "/x/" %}')
    assert "hatch" not in drawn('{% heat "blind" 0 4 %}')
    assert 'class="hm r-good l4"><a class="plain" href="/x/">4</a>' in drawn(
        '{% heat "on_track" 4 4 "/x/" %}'
    )
    assert "none" in drawn('{% heat "on_track" 0 4 %}')


def test_a_record_without_a_glide_path_says_when_there_will_be_one() -> None:
    assert "drawn once a KPI is sealed" in drawn("{% glide path %}", path=None)
    path: Glide = amended(TODAY)
    assert drawn("{% glide path %}", path=path).startswith("<svg")


class _Form(forms.Form):
    name = forms.CharField(help_text="As people say it.")
    on = forms.DateField(label="Target date")
    way = forms.ChoiceField(choices=[("a", "Up"), ("b", "Down")], widget=forms.RadioSelect)
    ref = forms.CharField(disabled=True, initial="AI-0042", required=False)
    kept = forms.BooleanField(required=False)


def test_a_refused_form_links_each_error_to_its_field_and_keeps_what_was_typed() -> None:
    page = str(_Form({"name": "Motor <claims>", "on": "31.02.2027"}))
    assert 'role="alert"' in page
    assert 'href="#id_on"' in page
    assert 'href="#id_way_0"' in page
    assert 'id="id_on_error"' in page
    assert 'aria-describedby="id_on_error"' in page
    assert 'aria-invalid="true"' in page
    assert "Motor &lt;claims&gt;" in page
    assert "from the record" in page


def test_a_fresh_form_has_labels_and_help_and_no_alert() -> None:
    page = str(_Form())
    assert "alert" not in page
    assert '<label for="id_name">Name</label>' in page
    assert 'aria-describedby="id_name_helptext"' in page
    assert "<legend>Way</legend>" in page
