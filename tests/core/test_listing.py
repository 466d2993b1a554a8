"""Lists: what can be filtered and searched, and what can never be learnt from them."""

from typing import Any

from core.export import cell, csv_lines
from core.models import BusinessUnit
from portfolio.models import Initiative, StrategicObjective
from tests.cast import AT, TODAY, Cast


def make(cast: Cast, name: str, **facts: Any) -> Initiative:
    return Initiative.objects.create(
        **{"name": name, "unit": cast.claims, "created_at": AT, "updated_at": AT, **facts}
    )


def names(client: Any, query: str) -> list[str]:
    body = client.get(f"/api/v1/initiatives/?{query}").json()
    return [row["name"] for row in body["results"]]


def test_a_unit_means_the_unit_and_everything_below(cast: Cast, api: Any) -> None:
    make(cast, "retail", unit=cast.retail)
    make(cast, "cards", unit=cast.cards)
    make(cast, "claims")
    client = api("max")
    assert names(client, f"unit={cast.retail.pk}&ordering=id") == ["retail", "cards"]
    assert names(client, f"unit={cast.cards.pk}") == ["cards"]
    assert names(client, f"unit__in={cast.cards.pk},{cast.claims.pk}&ordering=id") == ["cards", "claims"]
    assert names(client, f"unit={cast.cards.pk}&unit={cast.claims.pk}&ordering=id") == ["cards", "claims"]


def test_two_objectives_do_not_double_an_initiative(cast: Cast, api: Any) -> None:
    row = make(cast, "both")
    aims = [StrategicObjective.objects.create(name=name) for name in ("a", "b")]
    row.objectives.set(aims)
    make(cast, "neither")
    client = api("max")
    assert names(client, f"objective__in={aims[0].pk},{aims[1].pk}") == ["both"]
    assert names(client, "objective__isnull=true") == ["neither"]


def test_empty_is_asked_for_and_is_not_zero(cast: Cast, api: Any) -> None:
    make(cast, "undated", entered_on=None)
    make(cast, "dated", entered_on=TODAY, spent=0)
    client = api("max")
    assert names(client, "entered_on__isnull=true") == ["undated"]
    assert names(client, "spent__isnull=true") == ["undated"]
    assert names(client, "entered_on__gte=2026-11-24") == ["dated"]
    assert names(client, "entered_on__lte=2026-11-23") == []


def test_search_finds_every_word_in_name_ref_or_person(cast: Cast, api: Any) -> None:
    row = make(cast, "Motor claims triage", lead=cast.alice)
    make(cast, "Motor pricing")
    client = api("max")
    assert names(client, "q=motor+triage") == ["Motor claims triage"]
    assert names(client, f"q={row.ref}") == ["Motor claims triage"]
    assert names(client, "q=alice") == ["Motor claims triage"]
    assert names(client, "q=motor+zebra") == []


def test_a_reader_of_one_unit_learns_nothing_of_another(cast: Cast, api: Any, signed_in: Any) -> None:
    make(cast, "Secret acquisition", unit=cast.retail, sponsor=cast.edith, lead=cast.charlie)
    make(cast, "Open claims")
    client = api("vera")
    for query in (
        "",
        "q=secret",
        f"unit={cast.retail.pk}",
        f"sponsor={cast.edith.pk}",
        "ordering=-name",
        "q=edith",
    ):
        assert "Secret acquisition" not in names(client, query), query
    page = signed_in("vera").get("/portfolio/initiatives/").content.decode()
    assert "1 to 1 of 1" in page
    assert "Secret" not in page
    assert "Retail" not in page, "not even as a choice of the filter"
    assert "Edith" not in page
    csv = b"".join(signed_in("vera").get("/portfolio/initiatives/?format=csv").streaming_content).decode()
    assert "Secret" not in csv
    assert "Open claims" in csv
    assert "Secret" not in signed_in("vera").get("/portfolio/objectives/").content.decode()


def test_a_count_beside_an_objective_counts_only_what_the_reader_sees(cast: Cast, signed_in: Any) -> None:
    aim = StrategicObjective.objects.create(name="Grow")
    for unit in (cast.claims, cast.retail, cast.cards):
        make(cast, "x", unit=unit).objectives.add(aim)

    def counted(name: str) -> int:
        return int(signed_in(name).get("/portfolio/objectives/").context["rows"][0].serving)

    assert (counted("max"), counted("vera"), counted("ursula"), counted("bob")) == (3, 1, 2, 0)


def test_a_reader_of_names_finds_nobody_by_address_or_role(cast: Cast, api: Any) -> None:
    client = api("vera")
    assert client.get("/api/v1/users/?q=calder.example").json()["results"] == []
    assert client.get("/api/v1/users/?role=admin").status_code == 400
    assert client.get("/api/v1/users/?ordering=email").status_code == 400
    [row] = client.get("/api/v1/users/?q=edith").json()["results"]
    assert set(row) == {"id", "name", "title", "is_active"}
    [seen] = api("adam").get("/api/v1/users/?q=edith@calder.example").json()["results"]
    assert seen["email"] == "edith@calder.example"
    assert not {"password", "is_staff", "is_superuser", "last_login"} & set(seen)


def test_fields_and_expand_give_what_was_asked_and_refuse_the_rest(cast: Cast, api: Any) -> None:
    make(cast, "x", sponsor=cast.edith)
    client = api("max")
    [row] = client.get("/api/v1/initiatives/?fields=name,sponsor&expand=sponsor").json()["results"]
    assert row == {"name": "x", "sponsor": {"id": cast.edith.pk, "name": "Edith"}}
    [row] = client.get("/api/v1/initiatives/?expand=unit,sponsor,lead").json()["results"]
    assert row["unit"] == {"id": cast.claims.pk, "name": "Claims", "code": "CLM"}
    assert row["lead"] is None
    Initiative.objects.all().delete()
    for query in ("fields=password", "expand=objectives", "expand=sponsor__password"):
        assert client.get(f"/api/v1/initiatives/?{query}").status_code == 400, "also on an empty list"


def test_a_foreign_unit_and_one_that_does_not_exist_are_refused_in_the_same_words(
    cast: Cast, api: Any
) -> None:
    client = api("charlie")
    answers = [
        client.post("/api/v1/initiatives/", {"name": "x", "unit": pk}) for pk in (cast.claims.pk, 987654)
    ]
    assert [a.status_code for a in answers] == [400, 400]
    said = [
        a.json()["errors"][0]["detail"].replace(str(pk), "N")
        for a, pk in zip(answers, (cast.claims.pk, 987654), strict=True)
    ]
    assert said[0] == said[1]
    own = make(cast, "own", unit=cast.retail, lead=cast.charlie)
    foreign = make(cast, "foreign")
    for pk in (foreign.pk, 987654):
        answer = client.post(
            "/api/v1/expenditures/", {"initiative": pk, "amount": "1", "spent_on": "2026-11-01"}
        )
        assert answer.status_code == 400
        patched = client.patch(
            f"/api/v1/initiatives/{own.pk}/", {"unit": cast.claims.pk}, headers={"If-Match": '"v1"'}
        )
        assert patched.status_code == 400


def test_what_a_spreadsheet_would_run_is_made_harmless_and_numbers_stay_numbers() -> None:
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", " =1", "\u00a0=1", "\x00=1"]
    assert all(cell(text).startswith("'") for text in hostile)
    assert [cell(v) for v in (-5, 1.5, True, None, "plain", "1-2", "a=b")] == [
        "-5",
        "1.5",
        "true",
        "",
        "plain",
        "1-2",
        "a=b",
    ]
    text = "".join(csv_lines(["a"], [["=HYPERLINK()"], ['say "x"']]))
    assert text == '\ufeffa\r\n\'=HYPERLINK()\r\n"say ""x"""\r\n'


def test_a_list_leaves_as_csv_with_every_row_of_the_selection_and_no_formula(
    cast: Cast, signed_in: Any
) -> None:
    BusinessUnit.objects.filter(pk=cast.claims.pk).update(name="=cmd|' /C calc'!A0")
    for number in range(60):
        make(cast, f"I{number}", spent=-number)
    answer = signed_in("max").get("/portfolio/initiatives/?format=csv&columns=name,unit,spent&ordering=id")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert len(lines) == 61
    assert all(",'=cmd|" in line for line in lines[1:])
    assert lines[2].endswith(",-1.00") or ",-1.00," in lines[2]
