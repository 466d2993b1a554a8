"""The shared reference cases. They lie beside the project where they are at all; their committed counterparts always run."""

from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "shared" / "oracles"


def shared(name: str) -> Path:
    """The file of cases of that name; the test that asks is skipped, and says so, where it is not there."""
    path = BESIDE / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the shared reference cases are not here: {path}")
    return path
