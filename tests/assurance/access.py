"""Who may do what with a model's life, by noun."""

from tests.assurance import access_d
from tests.core.access_table import Open, Row, World

ROWS: dict[str, Row | Open] = {**access_d.ROWS}


def furnish(world: World) -> None:
    """The records these rows speak of."""
    access_d.furnish(world)
