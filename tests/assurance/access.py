"""Who may do what with models' lives: each noun has its rows in a file of its own."""

from tests.assurance import access_f
from tests.core.access_table import Open, Row, World

ROWS: dict[str, Row | Open] = {**access_f.ROWS}


def furnish(world: World) -> None:
    """The records the rows speak of."""
    access_f.furnish(world)
"""Who may do what with a model's life, by noun."""

from tests.assurance import access_e
from tests.core.access_table import Open, Row, World

ROWS: dict[str, Row | Open] = {**access_e.ROWS}


def furnish(world: World) -> None:
    """The records these rows speak of."""
    access_e.furnish(world)
"""Who may do what with what is recorded of a model beyond its register."""

from tests.assurance import access_g
from tests.core.access_table import Open, Row, World

ROWS: dict[str, Row | Open] = {**access_g.ROWS}


def furnish(world: World) -> None:
    access_g.furnish(world)
