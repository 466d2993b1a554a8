"""Takes docs/dashboard.png from a running demo: `python3 dev.py run`, then `.venv/bin/python docs/picture.py`.

Needs the development requirements and Chromium (CHROMIUM_PATH, else `chromium` on the PATH).
"""

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

SIGN_IN, PASSWORD = "astrid.vale@calder.example", "throughline-demo"
WIDTH, HEIGHT = 1440, 1320


def main() -> None:
    """Sign in as the executive, wait for the charts, take the first screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("dashboard.png"))
    said = parser.parse_args()
    program = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"{said.site}/accounts/login/")
        page.fill("input[name=login]", SIGN_IN)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/portfolio/")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=said.out)
        browser.close()


if __name__ == "__main__":
    main()
