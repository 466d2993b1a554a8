"""A repository in small, for the tests of dev.py."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dev

ECHO = """\
import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}))
sys.exit(int(os.environ.get("END_WITH", "0")))
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A repository in small: dev.py, two locks without a package, and programs that say how they were called."""
    shutil.copy(dev.ROOT / "dev.py", tmp_path)
    for lock in dev.LOCKS.values():
        (tmp_path / lock).write_text("# nothing to install\n")
    (tmp_path / "manage.py").write_text(ECHO)
    (tmp_path / "pytest.py").write_text(ECHO)
    (tmp_path / "bench.py").write_text(ECHO)
    return tmp_path


@pytest.fixture
def standing(house: Path) -> Path:
    """The same with an environment in place and both locks installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(house / ".venv")], check=True)
    version = dev.venv_version(house / ".venv")
    assert version is not None
    dev.write_stamp(house, "dev", version)
    return house
