"""Who may do what with cases and the money decided upon them.

claims: led by alice, bob works on it. cards: below retail, led by charlie; ursula leads the unit retail.
"""

from tests.core.access_table import Open, Row, World
from tests.funding import access_cases, access_memo, access_pages, access_portfolio


def furnish(world: World) -> None:
    access_cases.furnish(world)
    access_pages.furnish(world)
    access_memo.furnish(world)


ROWS: dict[str, Row | Open] = {
    **access_cases.CASES,
    **access_pages.PAGES,
    **access_portfolio.PORTFOLIO,
    **access_memo.MEMOS,
}
