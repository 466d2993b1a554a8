"""Who may do what with cases and the money decided upon them."""

from tests.core.access_table import Row
from tests.funding import access_cases, access_portfolio

furnish = access_cases.furnish
ROWS: dict[str, Row] = {**access_cases.CASES, **access_portfolio.PORTFOLIO}
