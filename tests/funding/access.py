"""Who may do what in the funding room."""

from tests.core.access_table import Open, Row, World
from tests.funding import access_memo


def furnish(world: World) -> None:
    access_memo.furnish(world)


ROWS: dict[str, Row | Open] = {**access_memo.MEMOS}
