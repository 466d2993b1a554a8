"""What every template keeps: it compiles, carries no inline script or style, and asks no other host for anything."""

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from config.env import BASE_DIR
from core.finders import STATIC_PATH
from core.models import User
from core.style_page import sample, style

TEMPLATES = sorted((BASE_DIR / "templates").rglob("*.html"))
STATIC = sorted(p for p in (BASE_DIR / "static").rglob("*") if p.suffix in {".css", ".js", ".svg"})
# Where `|safe` or `{% autoescape off %}` may stand, and why. Nothing needs it today.
MAY_BE_UNESCAPED: dict[str, str] = {}

INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "htmx code in an attribute": re.compile(r"\bhx-on\b|hx-vals\s*=\s*[\"']js:|\bhx-vars\b", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a script without a source": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "another host": re.compile(r"(?:src|href|action|data|poster)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE),
}


def faults(source: str) -> list[str]:
    """What of the forbidden stands in a template, `{{ }}` and `{% %}` taken out first."""
    markup = re.sub(r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}", "", source, flags=re.DOTALL)
    markup = re.sub(r"{{.*?}}|{%.*?%}|{#.*?#}", "x", markup, flags=re.DOTALL)
    return [name for name, pattern in INLINE.items() if pattern.search(markup)]


def named(path: Path) -> str:
    return path.relative_to(BASE_DIR).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_every_template_compiles(path: Path) -> None:
    get_template(path.relative_to(BASE_DIR / "templates").as_posix())


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_no_template_needs_a_weaker_policy(path: Path) -> None:
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">x</p>',
        '<button onclick="go()">x</button>',
        '<div hx-on:click="go()">x</div>',
        "<style>p{}</style>",
        "<script>go()</script>",
        '<a href="javascript:go()">x</a>',
        '<script src="https://cdn.example/x.js"></script>',
        '<link href="//cdn.example/x.css">',
    ],
)
def test_each_forbidden_thing_is_found(bad: str) -> None:
    assert faults(f"{{% if x %}}{bad}{{% endif %}}")


def test_nothing_is_written_unescaped_without_a_reason() -> None:
    unescaped = {
        named(p) for p in TEMPLATES if re.search(r"\|\s*safe(seq)?\b|autoescape\s+off", p.read_text())
    }
    assert unescaped == set(MAY_BE_UNESCAPED)


@pytest.mark.parametrize("path", [p for p in TEMPLATES if "components" in p.parts], ids=named)
def test_every_component_says_what_it_needs(path: Path) -> None:
    said = re.search(r"{%\s*comment\s*%}(.*?){%\s*endcomment\s*%}", path.read_text(), re.DOTALL)
    assert said is not None
    assert "Context" in said[1]


@pytest.mark.parametrize("path", STATIC, ids=named)
def test_no_own_file_asks_another_host(path: Path) -> None:
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(\s*[\"']?//", text)


def test_own_scripts_are_small_and_never_evaluate_text() -> None:
    scripts = [p for p in STATIC if p.suffix == ".js"]
    assert scripts
    for path in scripts:
        text = path.read_text()
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text), (
            path.name
        )
        assert len(text) < 12_000, path.name


class _Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_stand_with_no_context_at_all(name: str) -> None:
    page = render_to_string(name)
    assert "<h1>" in page
    assert 'lang="en"' in page
    assert faults(page) == []


def test_plotly_comes_from_the_installed_package_and_nothing_else_of_it_is_served() -> None:
    found = finders.find(STATIC_PATH)
    assert found
    assert Path(str(found)).name == "plotly.min.js"
    assert finders.find("vendor/widgetbundle.js") is None
    assert finders.find("vendor/../plotly.min.js") is None


def test_the_style_element_plotly_would_add_is_forestalled() -> None:
    bundle = Path(str(finders.find(STATIC_PATH))).read_text()
    wanted = re.findall(r'if\(!document\.getElementById\("([0-9a-f]{64})"\)\)', bundle)
    scripts = (BASE_DIR / "templates/components/charts_scripts.html").read_text()
    assert wanted, (
        "plotly.js no longer adds a style element this way: look how, then mend charts_scripts.html"
    )
    assert [i for i in wanted if f'id="{i}"' not in scripts] == []
    assert (
        'id="plotly.js-style-global" class="no-inline-styles"'
        in (BASE_DIR / "templates/document.html").read_text()
    )
    assert '.matches(".no-inline-styles")' in bundle


def test_layers_are_declared_before_any_is_used() -> None:
    document = (BASE_DIR / "templates/document.html").read_text()
    sheets = re.findall(r"css/([a-z]+)\.css", document)
    assert sheets[0] == "tokens"
    assert {f"{s}.css" for s in sheets} == {p.name for p in (BASE_DIR / "static/css").glob("*.css")}


def test_the_project_has_one_template_engine() -> None:
    assert [engine.name for engine in engines.all()] == ["django"]


def test_the_style_page_is_refused_to_whoever_is_not_staff(rf: RequestFactory) -> None:
    request = rf.get("/style/")
    request.user = User(name="Karin", is_staff=False)
    with pytest.raises(PermissionDenied):
        style(request)


def test_the_style_page_draws_every_component_without_repeating_an_id(rf: RequestFactory) -> None:
    context = {
        "request": rf.get("/style/"),
        "today": date(2026, 11, 24),
        **sample(rf.get("/style/"), date(2026, 11, 24)),
    }
    page = render_to_string("core/style.html", context)
    ids = _Ids()
    ids.feed(page)
    assert len(ids.ids) == len(set(ids.ids))
    drawn = re.sub(
        r'<script type="application/json".*?</script>|<script id="spec-[a-z]+" type="application/json">.*?</script>',
        "",
        page,
        flags=re.DOTALL,
    )
    assert faults(drawn) == []
    assert "€388k" in page
