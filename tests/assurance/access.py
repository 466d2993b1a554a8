"""Who may do what with models' lives: each noun has its rows in a file of its own."""

from tests.assurance import access_f
from tests.core.access_table import Open, Row, World

ROWS: dict[str, Row | Open] = {**access_f.ROWS}


def furnish(world: World) -> None:
    """The records the rows speak of."""
    access_f.furnish(world)
