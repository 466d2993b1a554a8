"""Who may do what with models' lives: each noun has its rows in a file of its own."""

from types import ModuleType

from tests.assurance import access_d, access_e, access_f, access_g
from tests.core.access_table import Open, Row, World

NOUNS: tuple[ModuleType, ...] = (access_d, access_e, access_f, access_g)
ROWS: dict[str, Row | Open] = {name: row for noun in NOUNS for name, row in noun.ROWS.items()}


def furnish(world: World) -> None:
    """The records the rows speak of."""
    for noun in NOUNS:
        noun.furnish(world)
