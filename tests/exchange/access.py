"""Who may do what with imports and mappings: a portfolio manager of the whole organisation, and nobody else.

ready: previewed, one row refused. committed: written, another series.
"""

from tests.core.access_table import ROLED, Case, Open, Row, World, reads, row
from tests.exchange.staged import FEW, few, load, stage

OTHER = FEW.replace('series = "few"', 'series = "other"')
VERSION = {"version": 2}


def furnish(world: World) -> None:
    """Two imports, each with rows."""
    ready = stage(world.cast, few("Name,Unit,Id", "Triage,Claims,C-1", "Fraud,Claims,C-1"), FEW)
    done = load(world.cast, few("Name,Unit,Id", "Scoring,Retail Banking,R-1"), OTHER)
    world.ids |= {"run.ready": ready.pk, "run.committed": done.pk, "line.ready": 1, "line.committed": 1}


def of_run(ready: Case, committed: Case, nowhere: Case) -> Row:
    """A route of one import."""
    return row(ready, committed, nowhere, pk="run")


def page() -> Row:
    return of_run(
        Case(at="ready", get="200: max"),
        Case(at="committed", get="200: max"),
        Case(at="nowhere", get="404: max"),
    )


def act(ready: str, committed: str, data: dict[str, object]) -> Row:
    """A POST to one import."""
    return of_run(
        Case(at="ready", post=f"{ready}: max", data=data),
        Case(at="committed", post=f"{committed}: max", data=data),
        Case(at="nowhere", post="404: max", data=data),
    )


ROWS: dict[str, Row | Open] = {
    "readings-load": row(
        Case(
            get="200: alice bob charlie max mona ursula", post="200: alice bob charlie max mona ursula",
            data={"text": "K-1,2026-11-20,5", "decimal": "point"},
        )
    ),
    "money-load": row(
        Case(
            get="200: alice charlie max ursula", post="200: alice charlie max ursula",
            data={"text": "initiative,day,amount\nAI-1,2026-11-20,5"},
        ),
        kind="=spend",
    ),
    "import-list": reads("max"),
    "import-create": row(Case(get="200: max", post="400: max")),
    "import-detail": page(),
    "import-mapping-file": page(),
    "import-rejects": of_run(
        Case(at="ready", get="200: max"), Case(at="committed", get="404: max"), Case(at="nowhere", get="404: max")
    ),
    "import-mapping": of_run(
        Case(at="ready", get="200: max", post="302: max", data={"action": "look", "header_row": 1}),
        Case(at="committed", get="302: max", post="302: max", data={"action": "look", "header_row": 1}),
        Case(at="nowhere", get="404: max", post="404: max"),
    ),
    "import-commit": act("302", "412", {**VERSION, "only_good_rows": "on"}),
    "import-discard": act("302", "409", {}),
    "import-again": act("302", "302", {}),
    "mapping-list": reads("max"),
    "mapping-file": row(Case(get="200: max"), name="=us-federal-2024"),
    # Everybody downloads what they may see.
    "api:exports-list": reads(ROLED),
    "api:exports-detail": row(Case(get=f"200: {ROLED}"), pk="=initiatives"),
    "api:imports-list": row(Case(get="200: max", post="415: max", data={"mapping": "x"})),
    "api:imports-detail": page(),
    "api:imports-rejects": of_run(
        Case(at="ready", get="200: max"), Case(at="committed", get="404: max"), Case(at="nowhere", get="404: max")
    ),
    "api:imports-commit": act("200", "409", {"only_good_rows": True}),
    "api:imports-discard": act("200", "409", {}),
    "api:import-rows-list": row(
        Case(at="ready", get="200: max"), Case(at="committed", get="200: max"), Case(at="nowhere", get="404: max"),
        import_id="run",
    ),
    "api:import-rows-detail": row(
        Case(at="ready", get="200: max"), Case(at="committed", get="200: max"), Case(at="nowhere", get="404: max"),
        import_id="run", pk="line",
    ),
}  # fmt: skip
