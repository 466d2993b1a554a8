"""A real Chromium for tests, and what a page must never do in it.

Make every row a test needs before opening the browser: Playwright keeps an event loop in the thread, in which
Django's ORM refuses to work.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from core.models import User

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, NARROW = (1440, 900), (390, 844)
Theme = Literal["light", "dark"]
# Each width and each theme once: what fits depends on the one, what can be read on the other.
LOOKS: list[tuple[tuple[int, int], Theme]] = [(WIDE, "light"), (NARROW, "dark")]
SHOTS = os.environ.get("SHOTS", "")
if SHOTS:  # somebody looks: in all four
    LOOKS += [(WIDE, "dark"), (NARROW, "light")]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless; `CHROMIUM_PATH` names another."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


def session_of(user: User) -> str:
    """The cookie of a signed-in browser. Ask for it before the browser is opened."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@dataclass
class Visit:
    """A page in one size and theme, and everything that went wrong while it was open."""

    page: Page
    context: BrowserContext
    theme: Theme = "light"
    faults: list[str] = field(default_factory=list)

    def axe(self) -> list[str]:
        """Violations of WCAG 2.0 to 2.2 A and AA and best practice, as "rule: first element"."""
        found = (
            Axe().run(self.page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
        )
        return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]

    def too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def look(self, address: str, name: str = "") -> list[str]:
        """Open a page, let its charts be drawn, leave a picture under `name`, and say all that is wrong with it."""
        answer = self.page.goto(address)
        if answer is None or answer.status != 200:
            return [f"{address} answered {answer and answer.status}"]
        if self.page.locator(".chart").count():
            self.page.wait_for_selector(".chart[data-drawn]")
        self.picture(name)
        wide = ["it scrolls sideways"] if self.too_wide() else []
        found = [f"{address}: {fault}" for fault in (*self.axe(), *self.faults, *wide)]
        self.faults.clear()
        return found

    def picture(self, name: str) -> None:
        """The whole page as a PNG, where SHOTS names a folder for somebody who wants to look."""
        if SHOTS and name:
            size = self.page.viewport_size or {"width": 0}
            file = Path(SHOTS) / f"{name}-{size['width']}-{self.theme}.png"
            self.page.screenshot(path=file, full_page=True)


def visit(
    browser: Browser, base: str, size: tuple[int, int] = WIDE, theme: Theme = "light", session: str = ""
) -> Visit:
    """A fresh page on `base` (the live server's address), signed in where a session is given."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, reduced_motion="reduce"
    )
    if session:
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base}])
    page = context.new_page()
    seen = Visit(page, context, theme)

    def console(message: Any) -> None:
        if message.type in {"error", "warning"}:
            seen.faults.append(f"console: {message.text[:200]}")

    def request(sent: Any) -> None:
        if not sent.url.startswith((base, "data:", "blob:")):
            seen.faults.append(f"another host: {sent.url[:200]}")

    page.on("console", console)
    page.on("pageerror", lambda error: seen.faults.append(f"script: {error}"))
    page.on("request", request)
    return seen
