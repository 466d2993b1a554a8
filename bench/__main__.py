"""`python -m bench [NAME ...] [--scale S]` on the database DATABASE_URL names. Leaves that database as it was.

Makes databases of its own beside it, fills them, measures, prints, drops them. PostgreSQL and SQLite have benches of their
own; those of PostgreSQL need a superuser, who may fill a table without its keys. Exit 1 when a goal is not reached.
"""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable

import django

import bench
from bench.report import Row

Bench = Callable[[float], list[Row]]


def found(vendor: str) -> dict[str, Bench]:
    """Every bench for this database by name, from the modules of this package."""
    wanted = "BENCHES" if vendor == "postgresql" else "SQLITE_BENCHES"
    out: dict[str, Bench] = {}
    for module in pkgutil.iter_modules(bench.__path__, "bench."):
        if not module.name.endswith("__main__"):
            out.update(getattr(importlib.import_module(module.name), wanted, {}))
    return out


def main() -> int:
    """Run what is asked for; 0 when every goal is reached, 1 when not, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="benches to run; all unless given")
    parser.add_argument("--scale", type=float, default=1.0, help="1 = the scale the goals are stated at")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DJANGO_ENV", "test")
    django.setup()
    world = importlib.import_module("bench.world")
    benches = found(importlib.import_module("django.db").connection.vendor)
    unknown = [name for name in options.names if name not in benches]
    if unknown:
        print(f"No bench is called {unknown[0]}. Known: {', '.join(sorted(benches))}.", file=sys.stderr)
        return 2
    missed = 0
    with world.own_database():
        for name in options.names or sorted(benches):
            print(f"{name}, scale {options.scale:g}", flush=True)
            for row in benches[name](options.scale):
                print(f"  {row.line()}", flush=True)
                missed += not row.ok
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
