"""Who may do what with business cases.

claims: led by alice, bob works on it. cards: below retail, led by charlie; ursula leads the unit retail.
"""

from tests.core.access_table import Open, Row, World
from tests.funding import access_pages


def furnish(world: World) -> None:
    access_pages.furnish(world)


ROWS: dict[str, Row | Open] = {**access_pages.PAGES}
