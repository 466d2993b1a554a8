"""Readers of the source tree, one per rule of the house. Each returns sentences; none means the rule holds."""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

ORDER = (
    "domain", "core", "portfolio", "kpis", "pilots", "funding", "governance", "assurance", "exchange", "config",
)  # fmt: skip
APPS = ("portfolio", "kpis", "pilots", "funding", "governance", "assurance", "exchange")
# The rooms of an app, left to right: a room imports only from rooms to its left (doors do not import doors).
LEVEL = {
    "models": 0, "translate": 1, "facts": 2, "queries": 2, "charts": 3, "exports": 3, "services": 4, "forms": 5,
    "views": 6, "api": 6, "tasks": 6, "admin": 6, "urls": 7, "apps": 0, "management": 6, "migrations": 9,
}  # fmt: skip
DOORS = {"views", "api", "tasks", "admin", "management"}
MAX_LINES, MAX_CORE_LINES, MAX_FUNCTION = 400, 200, 50


def sources(root: Path, *packages: str) -> Iterator[tuple[Path, ast.Module]]:
    """Python files of the packages with their trees, migrations left out."""
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(root), ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every module named by an import, anywhere in the file, functions included, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def imports_to_the_right(root: Path) -> list[str]:
    """Packages import only to their left."""
    out = []
    for path, tree in sources(root, *ORDER):
        own = ORDER.index(path.parts[0])
        for name, line in imported(tree):
            top = name.split(".")[0]
            if top in ORDER and ORDER.index(top) > own:
                out.append(f"{path}:{line} imports {name}, which lies to its right")
    return sorted(set(out))


def room_of(parts: tuple[str, ...]) -> str:
    """The room a file or module lies in: the first part below the app that is a room (sub-rooms included)."""
    for part in parts[1:]:
        name = part.removesuffix(".py")
        if name in LEVEL:
            return name
    return ""


def rooms_out_of_order(root: Path) -> list[str]:
    """Inside an app: models <- queries <- services <- {api, views, tasks}; a door does not import another door."""
    out = []
    for path, tree in sources(root, *APPS):
        here = room_of(path.parts)
        if not here or here == "urls":
            continue
        for name, line in imported(tree):
            parts = tuple(name.split("."))
            if parts[0] not in APPS:
                continue
            there = room_of(parts)
            if not there or there == here:
                continue
            if LEVEL[there] > LEVEL[here] or (there in DOORS and here in DOORS):
                out.append(f"{path}:{line} ({here}) imports {name} ({there})")
    return sorted(set(out))


def unnamed_rooms(root: Path, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Top-level files and folders of an app that are neither rooms nor named sub-rooms; and forbidden names."""
    out = []
    for app in APPS:
        for path in sorted((root / app).iterdir()):
            name = path.name.removesuffix(".py")
            hidden = name.startswith(("__", "."))
            if not hidden and name not in LEVEL and f"{app}/{name}" not in allowed:
                out.append(f"{app}/{path.name} is no room of the house")
    for path, _ in sources(root, *ORDER):
        if {p.removesuffix(".py") for p in path.parts} & {"utils", "common", "helpers"}:
            out.append(f"{path} has a name that says nothing")
    return out


def long_files(root: Path) -> list[str]:
    """No file over 400 lines, none in core over 200."""
    out = []
    for path, _ in sources(root, *ORDER):
        count = len((root / path).read_text().splitlines())
        limit = MAX_CORE_LINES if path.parts[0] == "core" else MAX_LINES
        if count > limit:
            out.append(f"{path} has {count} lines, over {limit}")
    return out


def long_functions(root: Path) -> list[str]:
    """No function over 50 lines."""
    out = []
    for path, tree in sources(root, *ORDER):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > MAX_FUNCTION:
                    out.append(f"{path}:{node.lineno} {node.name} has {count} lines")
    return out


def writers(root: Path, names: frozenset[str], allowed: frozenset[str], classes: frozenset[str]) -> list[str]:
    """Who writes these fields: by assignment to an attribute, or in an `.update(...)` of the class's rows.

    `allowed` are the files that may. Rows of other classes may have fields of the same name, so an `.update`
    counts only where its chain starts at one of `classes`, an assignment only where it is to an attribute.
    """
    out = []
    for path, tree in sources(root, *ORDER):
        if str(path) not in allowed:
            for node in ast.walk(tree):
                out += [f"{path}:{line} {what}" for line, what in _writes(node, names, classes)]
    return out


def _writes(node: ast.AST, names: frozenset[str], classes: frozenset[str]) -> Iterator[tuple[int, str]]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = [t for target in node.targets for t in _flat(target)]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        if isinstance(target, ast.Attribute) and target.attr in names and not _own(target):
            yield target.lineno, f"assigns .{target.attr}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
        wrote = sorted(names & {k.arg for k in node.keywords if k.arg})
        if wrote and _root_name(node.func.value) in classes:
            yield node.lineno, f"updates {', '.join(wrote)}"


def _flat(target: ast.expr) -> list[ast.expr]:
    return (
        [e for part in target.elts for e in _flat(part)]
        if isinstance(target, ast.Tuple | ast.List)
        else [target]
    )


def _own(target: ast.Attribute) -> bool:
    """`self.stage = ...` in a class that is no record."""
    return isinstance(target.value, ast.Name) and target.value.id == "self"


def _root_name(node: ast.expr) -> str:
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            node = node.value
        else:
            return node.id if isinstance(node, ast.Name) else ""


def makers(root: Path, classes: frozenset[str], allowed: frozenset[str]) -> list[str]:
    """Where rows of these classes are made by name, outside the files that may."""
    out = []
    for path, tree in sources(root, *ORDER):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.keywords and str(path) not in allowed:
                made = _made(node.func)
                out += [f"{path}:{node.lineno} makes a {made}"] if made in classes else []
    return out


def _made(called: ast.expr) -> str:
    """`Flag` of `Flag(...)` and of `Flag.objects.create(...)`."""
    if isinstance(called, ast.Attribute) and called.attr not in {
        "create",
        "get_or_create",
        "update_or_create",
    }:
        return ""
    return _root_name(called)


def calls(root: Path, name: str, allowed: frozenset[str]) -> list[str]:
    """Calls of a method by name outside the files that may."""
    out = []
    for path, tree in sources(root, *ORDER):
        if str(path) in allowed:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                out.append(f"{path}:{node.lineno} calls .{name}()")
    return out


def imports_of(root: Path, module: str, names: Collection[str]) -> list[str]:
    """Where these names of a module, or the module as a whole, are imported."""
    package, _, last = module.rpartition(".")
    out = []
    for path, tree in sources(root, *ORDER):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                whole = node.module == package and any(one.name == last for one in node.names)
                named = node.module == module and any(one.name in {*names, "*"} for one in node.names)
            elif isinstance(node, ast.Import):
                whole, named = any(one.name == module for one in node.names), False
            else:
                continue
            if whole or named:
                out.append(f"{path}:{node.lineno} imports {module}")
    return out


def row_locks(root: Path, allowed: frozenset[str]) -> list[str]:
    """Statements that lock rows, written as text outside the files that may."""
    locking = re.compile(r"\bselect\b.*\bfor\s+(no\s+key\s+update|update|key\s+share|share)\b", re.I | re.S)
    out = []
    for path, tree in sources(root, *ORDER):
        if str(path) in allowed:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and locking.search(node.value):
                out.append(f"{path}:{node.lineno} locks rows")
    return out
