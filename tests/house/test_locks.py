"""What is installed is what was tried: pinned, hashed, complete, and from nowhere in particular."""

import re
import subprocess
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
# Beside the project's own: what a real counterpart of the tests is made of.
ALL_LOCKS = (*LOCKS, "requirements-mlflow.txt")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")

# Put together from parts, so that this file does not hold what it looks for.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("repo", "maven"),
        ("conda", "anaconda"),
        ("registry", "docker"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
    )
]
FLAGS = [
    "--" + flag for flag in ("index-url", "extra-index-url", "find-links", "trusted-host", "default-index")
]
ADDRESS = re.compile("|".join(re.escape(word) for word in HOSTS), re.IGNORECASE)
SOURCE_FLAG = re.compile("|".join(re.escape(word) + r"[= ]" for word in FLAGS))
OWN_TEXT = {
    "",
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".yml",
    ".yaml",
    ".html",
    ".css",
    ".js",
    ".json",
    ".cfg",
    ".ini",
    ".sh",
}


def pins(lock: str) -> dict[str, tuple[Requirement, str]]:
    """Read a lock: normalised name -> (the requirement, the whole entry with its hashes)."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, tuple[Requirement, str]] = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement = Requirement(line.partition("--hash")[0].strip())
            found[canonicalize_name(requirement.name)] = (requirement, line)
    return found


def unhashed(lock_lines: dict[str, tuple[Requirement, str]]) -> list[str]:
    """Names of entries that are not pinned to one version with at least one hash."""
    bad = []
    for name, (requirement, line) in lock_lines.items():
        one_version = [spec.operator for spec in requirement.specifier] == ["=="]
        if not one_version or requirement.url or not HASH.search(line):
            bad.append(name)
    return bad


def own_files() -> list[Path]:
    """Every file that git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git work tree: there is no list of own files")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("lock", ALL_LOCKS)
def test_every_package_is_pinned_to_one_version_and_hashed(lock: str) -> None:
    found = pins(lock)
    assert len(found) > 20
    assert unhashed(found) == []


@pytest.mark.parametrize(
    "line",
    [
        "thing==1",
        "thing>=1 --hash=sha256:" + "0" * 64,
        "thing @ https://example.invalid/thing.whl --hash=sha256:" + "0" * 64,
        "thing==1 --hash=md5:" + "0" * 32,
    ],
)
def test_a_loose_entry_is_found(line: str) -> None:
    requirement = Requirement(line.partition(" --hash")[0])
    assert unhashed({"thing": (requirement, line)}) == ["thing"]


@pytest.mark.parametrize("lock", ALL_LOCKS)
def test_a_lock_holds_names_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not SOURCE_FLAG.search(text)
    assert not re.search(r"^\s*-(?!-hash)", text, re.MULTILINE)


def declared(group: str) -> list[Requirement]:
    """What pyproject.toml asks for: `runtime` or a dependency group."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] if group == "runtime" else project["dependency-groups"][group]
    return [Requirement(line) for line in wanted]


@pytest.mark.parametrize(
    ("group", "lock"),
    [("runtime", LOCKS[0]), ("runtime", LOCKS[1]), ("dev", LOCKS[1]), ("mlflow", ALL_LOCKS[2])],
)
def test_everything_the_project_asks_for_is_locked_within_its_bounds(group: str, lock: str) -> None:
    found = pins(lock)
    for wanted in declared(group):
        name = canonicalize_name(wanted.name)
        assert name in found, f"{wanted} is not in {lock}: make the lock anew"
        (pin,) = found[name][0].specifier
        assert wanted.specifier.contains(pin.version, prereleases=True), (
            f"{lock} holds {found[name][0]}, not {wanted}"
        )


def test_the_tests_run_on_exactly_the_packages_that_production_gets() -> None:
    runtime, dev = pins(LOCKS[0]), pins(LOCKS[1])
    differing = [
        name for name in runtime if name not in dev or runtime[name][0].specifier != dev[name][0].specifier
    ]
    assert differing == []


def test_what_is_installed_here_is_what_the_lock_says() -> None:
    """Also for a developer who installed something by hand: the suite then speaks of other packages."""
    installed: dict[str, str] = {
        canonicalize_name(dist.metadata["Name"]): dist.version for dist in distributions()
    }
    for name, (requirement, _) in pins(LOCKS[1]).items():
        if requirement.marker is None or requirement.marker.evaluate():
            assert installed.get(name) in {spec.version for spec in requirement.specifier}, name


def test_no_own_file_names_a_package_registry() -> None:
    named = []
    for path in own_files():
        if path.suffix in OWN_TEXT and path.name != "LICENSE":
            text = path.read_text(encoding="utf-8", errors="replace")
            named += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in ADDRESS.finditer(text)]
    assert named == []


def test_no_own_file_tells_an_installer_where_to_look() -> None:
    """An index belongs to the machine, not to the repository. Documents may explain the options."""
    telling = []
    for path in own_files():
        if path.suffix in OWN_TEXT - {".md"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            telling += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in SOURCE_FLAG.finditer(text)]
    assert telling == []


@pytest.mark.parametrize("address", [f"https://{host}/simple" for host in HOSTS])
def test_the_search_finds_an_address_where_there_is_one(address: str) -> None:
    assert ADDRESS.search(f"index = {address}")


@pytest.mark.parametrize("name", ["uv.lock", "pip.conf", ".env", ".venv", "var"])
def test_what_belongs_to_one_machine_stays_out_of_the_repository(name: str) -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert name in {line.strip("/") for line in ignored}
    assert not [path for path in own_files() if path.relative_to(ROOT).parts[0] == name]
