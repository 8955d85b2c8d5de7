"""``distsnn view``: look at recorded spikes in a browser, served to this computer alone."""

from __future__ import annotations

import json
import sys
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import typer

from distsnn.record.spikes.spike_levels import SpikeLevels, Window
from distsnn.record.spikes.spike_reader import SpikeFile

_ADDRESS = "127.0.0.1"
_PAGE = Path(__file__).with_name("viewer.html")
_MOST_PIXELS = 4096


def view(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of recorded spikes.")],
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Port; by default one that is free.")
    ] = 0,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Look at spikes in a browser: zoom in time and neurons, also of very large files.

    Counts are made once and kept beside the file (.FILE.levels.npz). The page needs no network, and
    only this computer can ask for it; Ctrl-C ends.
    """
    server = view_server(file, port)
    address = f"http://{_ADDRESS}:{server.server_address[1]}/"
    print(f"{file} is at {address}  (Ctrl-C ends)", flush=True)
    if browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)
    finally:
        server.server_close()


def view_server(file: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of the page and of the pictures of a file; raises FileError if it has no spikes."""
    levels = SpikeLevels(SpikeFile(file))

    class Answers(_Answers):
        pass

    Answers.levels = levels
    return ThreadingHTTPServer((_ADDRESS, port), Answers)


class _Answers(BaseHTTPRequestHandler):
    levels: SpikeLevels

    def do_GET(self) -> None:
        """Answer what the page asks."""
        host = self.headers.get("Host", "").rpartition(":")[0]
        address = urlsplit(self.path)
        # Pages of others could lead here under a name of theirs.
        if host not in {_ADDRESS, "localhost"}:
            self.send_error(403)
        elif address.path == "/":
            self._send(_PAGE.read_bytes(), "text/html; charset=utf-8")
        elif address.path == "/file":
            self._send(json.dumps(self._about()).encode(), "application/json")
        elif address.path == "/image":
            try:
                given = {name: values[0] for name, values in parse_qs(address.query).items()}
                name, window = given["group"], _window(given)
                image = self.levels.image(name, window)
            except (KeyError, ValueError):
                self.send_error(400)
                return
            self._send(image.astype("<u4").tobytes(), "application/octet-stream")
        else:
            self.send_error(404)

    def _about(self) -> dict[str, Any]:
        file = self.levels.file
        return {
            "name": Path(file.path).name,
            "start": self.levels.start,
            "stop": self.levels.stop,
            "groups": [
                {"name": name, "size": size, "spikes": file.count(name)}
                for name, size in file.groups.items()
            ],
        }

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing of each question."""


def _window(given: dict[str, str]) -> Window:
    """The window that a page asks for; raises ValueError or KeyError if it is none."""
    start, stop, first, last = (float(given[name]) for name in ("t0", "t1", "n0", "n1"))
    width, height = int(given["w"]), int(given["h"])
    if not (start < stop and first < last and max(map(abs, (start, stop, first, last))) < 1e15):
        raise ValueError
    if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        raise ValueError
    return Window(start, stop, first, last, width, height)
