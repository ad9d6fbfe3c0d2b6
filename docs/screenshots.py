"""Screenshots for the docs, from the page as it is: ``python docs/screenshots.py`` (or ``make screenshots``).

Loads the samples into a store of its own, serves it, and writes ``docs/images/NAME.png`` with Debian's
Chromium (``apt-get install chromium fonts-noto-cjk``). Takes about a minute.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

#: Pages that are reached by a link: the page that has it, and its words.
LINKS = {
    "ARTICLE": ("/articles?q=計算資源", "計算資源"),
    "ENTITY": ("/entities?q=みなとデータ", "みなとデータ"),
    "PREDICTION": ("/?q=520億円", "520億円"),
}
#: name, path or page of ``LINKS``, language, dark, width, height.
SHOTS = (
    ("home-ja", "/", "ja", False, 1440, 900),
    ("home-en", "/", "en", False, 1440, 900),
    ("article-ja", "ARTICLE", "ja", False, 1440, 900),
    ("article-dark", "ARTICLE", "ja", True, 1440, 900),
    ("article-phone", "ARTICLE", "ja", False, 390, 844),
    ("articles-ja", "/articles", "ja", False, 1440, 900),
    ("claims-en", "/claims", "en", False, 1440, 900),
    ("predictions-ja", "/predictions", "ja", False, 1440, 900),
    ("prediction-ja", "PREDICTION", "ja", False, 1440, 1000),
    ("entities-ja", "/entities", "ja", False, 1440, 900),
    ("entity-ja", "ENTITY", "ja", False, 1440, 1000),
    ("graph-ja", "/graph", "ja", False, 1440, 1000),
    ("graph-dark", "/graph", "en", True, 1440, 1000),
    ("sparql-en", "/query?q=SELECT%20%3Fprediction%20%3Fdue%20%3Fsource%20WHERE%20%7B%0A%20%20%3Fprediction%20a%20iib%3APrediction%20%3B%0A%20%20%20%20iib%3AdueEnd%20%3Fdue%20%3B%0A%20%20%20%20iib%3Asource%20%3Fsource%20.%0A%7D%0AORDER%20BY%20%3Fdue", "en", False, 1440, 1000),
    ("record-ja", "/record", "ja", False, 1440, 900),
)  # fmt: skip


def main() -> int:
    """Take every shot, or those named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which: {', '.join(s[0] for s in SHOTS)} (default: all)")
    names = set(parser.parse_args().names)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"IIBUN_STORE": folder, "OMP_NUM_THREADS": "1"}
        iibun = [sys.executable, "-m", "iibun"]
        subprocess.run([*iibun, "ingest", "--samples"], env=environment, cwd=ROOT, check=True)
        port = _free_port()
        server = subprocess.Popen([*iibun, "serve", "--port", str(port)], env=environment, cwd=ROOT)
        try:
            _wait(port)
            _shoot(f"http://127.0.0.1:{port}", names)
        finally:
            server.terminate()
            server.wait(15)
    return 0


def _shoot(url: str, names: set[str]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, path, lang, dark, width, height in SHOTS:
            if names and name not in names:
                continue
            context = browser.new_context(
                locale={"ja": "ja-JP", "en": "en-US"}[lang], color_scheme="dark" if dark else "light",
                viewport={"width": width, "height": height},
            )  # fmt: skip
            page = context.new_page()
            where, words = LINKS.get(path, (path, ""))
            _open(page, url + where)
            if words:
                page.get_by_role("link", name=words).first.click()
            if path == "ARTICLE":
                page.locator(".text .prediction", has_text="2026年までに").first.click()
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / f"{name}.png")
            print(IMAGES / f"{name}.png")
            context.close()
        browser.close()


def _open(page: Any, url: str) -> None:
    page.goto(url)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("the server did not start within a minute")


if __name__ == "__main__":
    sys.exit(main())
