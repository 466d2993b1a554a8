"""The look in a real browser: both themes, wide and narrow, under the strict policy."""

from typing import Any

import pytest

from core.models import User
from tests.cast import AT
from tests.e2e.browser import LOOKS, WIDE, chromium, session_of, visit

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staff() -> str:
    karin = User.objects.create_user(
        "karin@calder.example", "a long enough password", name="Karin Ekström", is_staff=True, created_at=AT
    )
    return session_of(karin)


def test_the_style_page_is_accessible_quiet_and_asks_nobody_else(live_server: Any, staff: str) -> None:
    with chromium() as browser:
        for size, theme in LOOKS:
            seen = visit(browser, live_server.url, size, theme, staff)
            seen.page.goto(f"{live_server.url}/style/")
            seen.page.wait_for_selector(".chart[data-drawn]")
            assert (seen.axe(), seen.faults, seen.too_wide()) == ([], [], False), (size, theme)
            seen.context.close()


def test_sign_in_says_what_went_wrong_and_keeps_the_e_mail(live_server: Any, staff: str) -> None:
    with chromium() as browser:
        for size, theme in LOOKS:
            seen = visit(browser, live_server.url, size, theme)
            seen.page.goto(f"{live_server.url}/accounts/login/")
            seen.page.fill("#id_login", "karin@calder.example")
            seen.page.fill("#id_password", "not the password")
            seen.page.click("button[type=submit]")
            seen.page.wait_for_selector("[role=alert]")
            assert "The e-mail or the password is wrong." in seen.page.inner_text("[role=alert]")
            assert seen.page.input_value("#id_login") == "karin@calder.example"
            assert seen.page.input_value("#id_password") == ""
            assert (seen.axe(), seen.faults, seen.too_wide()) == ([], [], False), (size, theme)
            seen.context.close()


def test_the_theme_is_chosen_kept_and_repaints_the_charts(live_server: Any, staff: str) -> None:
    line = "document.querySelector('.chart .js-line').style.stroke || getComputedStyle(document.querySelector('.chart .js-line')).stroke"
    with chromium() as browser:
        seen = visit(browser, live_server.url, WIDE, "light", staff)
        seen.page.goto(f"{live_server.url}/style/")
        seen.page.wait_for_selector(".chart[data-drawn] .js-line")
        before = seen.page.evaluate(line)
        for _ in range(2):
            seen.page.click("[data-theme-button]")
        assert seen.page.get_attribute("html", "data-theme") == "dark"
        seen.page.wait_for_function(f"({line}) !== {before!r}")
        seen.page.reload()
        assert seen.page.get_attribute("html", "data-theme") == "dark"
        assert seen.faults == []


def test_escape_closes_a_menu_and_gives_the_focus_back(live_server: Any, staff: str) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, WIDE, "light", staff)
        seen.page.goto(f"{live_server.url}/style/")
        seen.page.click("header .asof > summary")
        assert seen.page.is_visible("header .asof .panel")
        seen.page.focus("#as_of")
        seen.page.keyboard.press("Escape")
        assert not seen.page.is_visible("header .asof .panel")
        assert seen.page.evaluate("document.activeElement.closest('.asof') !== null")


def test_the_first_tab_skips_to_the_content(live_server: Any, staff: str) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, WIDE, "light", staff)
        seen.page.goto(f"{live_server.url}/style/")
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.textContent") == "Skip to content"
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "main"


def test_without_script_the_page_still_says_everything(live_server: Any, staff: str) -> None:
    with chromium() as browser:
        context = browser.new_context(java_script_enabled=False)
        context.add_cookies([{"name": "sessionid", "value": staff, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}/style/")
        page.click("header .asof > summary")
        assert page.is_visible("header .asof .panel")
        page.click("details.data > summary")
        assert page.is_visible("details.data table")
        assert page.locator("svg.gp").count() > 10
        context.close()
