"""Starting the server: address, token, patience with slow clients."""

import asyncio
import contextlib
import os
import secrets
import socket
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from neurogen_abm import scratch
from neurogen_abm.errors import EnvironmentFault, argument
from neurogen_abm.serve.http.app import make_app
from neurogen_abm.serve.http.guard import Guard
from neurogen_abm.serve.http.terminal import log_config
from neurogen_abm.serve.session.library import Library
from neurogen_abm.serve.session.sessions import Sessions

# Seconds that a client may take for the head of a request, and to make room for a piece of its answer.
_HEAD_S = 10.0
_STALLED_S = 20.0
# Connections beyond these are answered 503 at once.
_MOST_CONNECTIONS = 400


class ImpatientProtocol(H11Protocol):
    """HTTP that drops clients which do not finish their request line and headers, or do not take their answer."""

    def __init__(self, *parts: object, **named: object) -> None:
        super().__init__(*parts, **named)  # type: ignore[arg-type]
        self._head_due: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the client some seconds for its first request."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is begun must be finished in time."""
        super().data_received(data)
        waiting = self.cycle is None or self.cycle.response_complete
        if not waiting:
            self._forget_head()
        elif self._head_due is None and not self.transport.is_closing():
            self._expect_head()

    def on_response_complete(self) -> None:
        """Let the client keep the connection for the time that uvicorn allows; a next head that is begun has less."""
        super().on_response_complete()
        self._forget_head()
        begun = self.cycle is None or self.cycle.response_complete
        if begun and self.conn.trailing_data[0] and not self.transport.is_closing():
            self._expect_head()

    def pause_writing(self) -> None:
        """Give a client that does not read some seconds to go on."""
        super().pause_writing()
        self._stalled = self.loop.call_later(_STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with a client that reads again."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clocks of a client that is gone."""
        self._forget_head()
        if self._stalled is not None:
            self._stalled.cancel()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_due = self.loop.call_later(_HEAD_S, self.transport.close)

    def _forget_head(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    EnvironmentFault
        The port is taken, or the address is not one of this machine.
    """
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as fault:
        what = f"The server cannot listen on {host}:{port}: {fault.strerror or fault}."
        raise EnvironmentFault(
            what, where=argument("port"), cure=f"Choose another {argument('port')}.", code="port"
        ) from None


def serve(
    source: str,
    *,
    port: int,
    open_browser: bool,
    allow_remote: bool,
    say: Callable[[str], None],
    token: str | None = None,
) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    source
        The scenario that the page opens with.
    port
        0 lets the system choose.
    open_browser
        Whether to open the page.
    allow_remote
        Whether to listen on every address of the machine, instead of on this machine only.
    say
        Told the address, once the server listens.
    token
        Of this launch; a new one by default.

    Raises
    ------
    NeurogenError
        The scenario cannot be used, or the port is taken.
    """
    library = Library(source)
    own = token or secrets.token_urlsafe(32)
    listener = listening("0.0.0.0" if allow_remote else "127.0.0.1", port)
    port = listener.getsockname()[1]
    sessions = Sessions(library)
    server = server_of(make_app(library, own, port, _names() if allow_remote else None, sessions))
    address = f"http://127.0.0.1:{port}/?token={own}"
    say(address)
    with listener, door(address) as file, contextlib.suppress(KeyboardInterrupt):
        if open_browser:
            webbrowser.open(file.as_uri())
        sessions.make_ahead()
        server.run(sockets=[listener])


@contextlib.contextmanager
def door(address: str) -> Iterator[Path]:
    """Yield a file that leads a browser to an address, in a folder of one's own.

    Every user of a machine can list the words that its programs were started with, so the address, which holds the
    token, must not be among them; the name of a file that nobody else can read may.
    """
    folder = scratch.own_folder()
    try:
        file = folder / "open.html"
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as page:
            link = f'<meta http-equiv="refresh" content="0;url={address}"><p><a href="{address}">Open the page</a></p>'
            page.write(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>neurogen</title>{link}</html>\n')
        yield file
    finally:
        scratch.remove(folder)


def server_of(app: Guard) -> uvicorn.Server:
    """Return a server of the page that waits for nobody for long."""
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        access_log=False,
        log_config=log_config(),
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=16_384,
    )
    return uvicorn.Server(config)


def _names() -> frozenset[str]:
    """Return the names of this machine."""
    return frozenset({socket.gethostname().lower(), socket.getfqdn().lower()})
