"""How far a use reaches: the largest of what was counted, and nothing where nobody counted."""

from domain.reach import Counted, Reach, reach_of


def test_nothing_counted_reaches_nobody_knows_how_far() -> None:
    assert reach_of(Counted()) == Reach(None, None)
    assert reach_of(Counted(wave_users=(None,), wave_sites=())) == Reach(None, None)


def test_waves_are_added_and_an_uncounted_one_adds_nothing() -> None:
    assert reach_of(Counted(wave_users=(80, None, 240), wave_sites=(1, 3))) == Reach(320, 4)


def test_the_largest_count_speaks_and_nobody_is_counted_twice() -> None:
    assert reach_of(Counted(charter_users=60, weekly_users=400, wave_users=(80, 240))).users == 400
    assert reach_of(Counted(charter_sites=5, wave_sites=(1, 1))).sites == 5
