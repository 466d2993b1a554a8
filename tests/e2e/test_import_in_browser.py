"""Importing in a real browser: with script the page comes back by itself, without it a link does."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core import outbox
from tests.cast import Cast
from tests.e2e.browser import LOOKS, chromium, session_of, visit
from tests.exchange.files import SAMPLE
from tests.exchange.staged import FEW, few

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
COMMIT = "button[form=commit]"


def work() -> None:
    """A worker for a moment, off the browser's thread."""

    def drained() -> None:
        outbox.drain()
        connection.close()

    worker = threading.Thread(target=drained)
    worker.start()
    worker.join(60)


@pytest.mark.slow
def test_every_import_page_is_accessible_quiet_and_fits(cast: Cast, live_server: Any) -> None:
    session = session_of(cast.max)
    with chromium() as browser:
        first = visit(browser, live_server.url, session=session)
        page = first.page
        page.goto(f"{live_server.url}/exchange/imports/new/")
        page.set_input_files("input[name=file]", SAMPLE)
        page.select_option("select[name=mapping]", "throughline-portfolio")
        page.click("text=Upload and look")
        page.wait_for_selector(COMMIT)
        preview = page.url
        page.goto(f"{live_server.url}/exchange/imports/new/")
        page.set_input_files("input[name=file]", SAMPLE)
        page.click("text=Upload and look")
        page.wait_for_selector("button[value=preview]")
        mapping = page.url
        first.context.close()
        imports = f"{live_server.url}/exchange/imports/"
        pages = (
            imports,
            f"{imports}new/",
            preview,
            f"{preview}?show=cells",
            f"{preview}?show=refused",
            mapping,
        )
        for size, theme in LOOKS:
            seen = visit(browser, live_server.url, size, theme, session)
            for address in pages:
                seen.page.goto(address)
                assert (seen.axe(), seen.faults, seen.too_wide()) == ([], [], False), (address, size, theme)
            seen.context.close()


def test_a_large_file_is_watched_until_it_is_written(cast: Cast, live_server: Any, tmp_path: Path) -> None:
    session = session_of(cast.max)
    (tmp_path / "large.csv").write_bytes(
        few("Name,Unit,Stage", *(f"Use case {n},Claims,pilot" for n in range(2_100)))
    )
    (tmp_path / "few.toml").write_text(FEW)
    with chromium() as browser:
        seen = visit(browser, live_server.url, session=session)
        page = seen.page
        page.goto(f"{live_server.url}/exchange/imports/new/")
        page.set_input_files("input[name=file]", tmp_path / "large.csv")
        page.select_option("select[name=mapping]", "+file")
        page.set_input_files("input[name=mapping_file]", tmp_path / "few.toml")
        page.click("text=Upload and look")
        page.wait_for_selector("text=Reading the file")
        work()
        # Nobody touches the page: it asks by itself, and shows the preview once there is one.
        page.wait_for_selector(COMMIT, timeout=30_000)
        assert "2,100 new" in page.inner_text("main")
        page.click(COMMIT)
        page.wait_for_selector("text=Writing the rows, all or none")
        work()
        page.wait_for_selector("text=Open the initiatives of this series", timeout=30_000)
        assert seen.faults == []


def test_the_same_works_without_script(cast: Cast, live_server: Any, tmp_path: Path) -> None:
    session = session_of(cast.max)
    (tmp_path / "large.csv").write_bytes(
        few("Name,Unit,Stage", *(f"Use case {n},Claims,pilot" for n in range(2_100)))
    )
    with chromium() as browser:
        context = browser.new_context(java_script_enabled=False)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}/exchange/imports/new/")
        page.set_input_files("input[name=file]", tmp_path / "large.csv")
        page.click("text=Upload and look")
        page.wait_for_selector("text=Reading the file")
        work()
        page.click("text=Look again")
        page.click("text=Map the columns >> nth=0")
        page.click("button[value=preview]")
        work()
        page.click("text=Look again")
        page.click(COMMIT)
        work()
        page.click("text=Look again")
        assert "2,100 new" in page.inner_text("main")
        assert "Written" in page.inner_text("main")
