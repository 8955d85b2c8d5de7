"""A real browser for tests of pages: the Chromium that is installed, driven by Playwright."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@contextmanager
def browser_page(width: int = 1280, height: int = 900) -> Iterator[Any]:
    """A page of a browser; its ``outside`` lists what it asked of other computers.

    Skips the test where there is no browser.
    """
    api = pytest.importorskip("playwright.sync_api")
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("no Chromium is installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height})
        page.outside = []
        page.failures = []
        local = ("http://127.0.0.1", "data:", "blob:", "file:")
        page.on("request", lambda r: r.url.startswith(local) or page.outside.append(r.url))
        page.on("pageerror", lambda error: page.failures.append(str(error)))
        try:
            yield page
        finally:
            browser.close()
        assert page.outside == []
        assert page.failures == []


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of a folder, for this computer alone."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
