"""Who may do what with what is recorded of a model beyond its register."""

from tests.assurance import access_g
from tests.core.access_table import Open, Row, World

ROWS: dict[str, Row | Open] = {**access_g.ROWS}


def furnish(world: World) -> None:
    access_g.furnish(world)
