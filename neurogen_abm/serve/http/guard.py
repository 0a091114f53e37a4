"""The gate of the server: who may ask, from where, how, and how much. It stands outside the framework.

Everything is decided on the scope of the request itself; nothing is answered before every check has passed.
"""

import asyncio
import hmac
import ipaddress
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from neurogen_abm.serve.http.terminal import LOGGER

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 4096
MAX_QUERY = 4096
MAX_PATH = 512
# How long the body of a request may take to come, and the client to take up a piece of the answer, seconds.
BODY_S = 10.0
SEND_S = 20.0

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# Who is refused may still be sending.
_CLOSE = ((b"connection", b"close"),)


class _Rejected(Exception):
    """A request that does not pass."""

    def __init__(self, status: int, code: str, what: str, cure: str = "") -> None:
        super().__init__(what)
        self.status, self.code, self.what, self.cure = status, code, what, cure


class Guard:
    """Lets through only requests of the page itself.

    Parameters
    ----------
    app
        What answers them.
    token
        Of this launch.
    port
        Part of the name of the cookie: cookies are shared by all ports of a host.
    remote_hosts
        Names, besides addresses, under which the server may be asked from elsewhere; None where it may not.
    """

    def __init__(self, app: App, token: str, port: int, remote_hosts: frozenset[str] | None = None) -> None:
        self.app, self.token, self.cookie, self.remote_hosts = app, token, f"neurogen_{port}", remote_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        sender = _Sender(send)
        try:
            host = self._check(scope)
            if _query_token(scope) is not None:
                await _answer(sender, *self._traded(host))
                return
            body = await asyncio.wait_for(_whole_body(receive), BODY_S)
            if body is not None:
                await self.app(scope, _replayed(body, receive), sender)
        except _Rejected as no:
            if not sender.begun:
                await _answer(sender, *_refused(no, scope))
        except TimeoutError:
            # Where an answer is under way, the client does not take it; the server below drops the connection.
            if not sender.begun:
                await _answer(sender, *_refused(_Rejected(408, "timeout", "The request took too long."), scope))
        except Exception:  # noqa: BLE001 - the application has answered 500; the terminal is told of what, and why
            LOGGER.exception("%s %s met a fault of the server; please report it.", scope["method"], _route(scope))

    def _check(self, scope: Scope) -> str:
        headers = scope["headers"]
        if len(scope["path"]) > MAX_PATH or len(scope.get("query_string", b"")) > MAX_QUERY:
            raise _Rejected(414, "too-long", "The address is too long.")
        host = self._check_host(_only(headers, b"host"))
        if scope["method"] not in _METHODS:
            raise _Rejected(405, "method", "This method is not allowed.")
        self._check_origin(scope, host)
        self._check_body(scope)
        self._check_token(scope)
        return host

    def _check_host(self, value: str | None) -> str:
        match = _HOST.fullmatch((value or "").lower())
        name = match.group(1).rstrip(".") if match else ""
        known = name in _LOOPBACK
        if not known and self.remote_hosts is not None:
            # A name that somebody else controls could be made to point here; an address cannot.
            known = name in self.remote_hosts or _is_address(name)
        if value is None or not match or not known:
            what, cure = "This server does not answer under that name.", "Use the address it printed."
            raise _Rejected(403, "foreign-host", what, cure)
        return value

    def _check_origin(self, scope: Scope, host: str) -> None:
        headers = scope["headers"]
        origin, site, mode = (_only(headers, key) for key in (b"origin", b"sec-fetch-site", b"sec-fetch-mode"))
        foreign = origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}")
        opened = scope["method"] == "GET" and scope["path"] == "/" and mode == "navigate"
        if foreign or (site not in (None, "same-origin", "none") and not opened):
            raise _Rejected(403, "foreign-origin", "The request comes from another page.")

    def _check_body(self, scope: Scope) -> None:
        headers = scope["headers"]
        length = _only(headers, b"content-length")
        if length is not None and (not re.fullmatch(r"[0-9]{1,18}", length, re.ASCII) or int(length) > MAX_BODY):
            raise _Rejected(413, "too-large", f"The body is larger than {MAX_BODY} bytes.", "Send less.")
        kind = (_only(headers, b"content-type") or "").split(";")[0].strip().lower()
        if scope["method"] == "POST" and kind != "application/json":
            what, cure = "The body is not declared as JSON.", "Send Content-Type: application/json."
            raise _Rejected(415, "content-type", what, cure)

    def _check_token(self, scope: Scope) -> None:
        headers = scope["headers"]
        given = [_query_token(scope), _cookie(headers, self.cookie)]
        bearer = _only(headers, b"authorization") or ""
        given.append(bearer[7:] if bearer[:7].lower() == "bearer " else None)
        fits = [hmac.compare_digest(text.encode(), self.token.encode()) for text in given if text is not None]
        if not any(fits):
            cure = "Open the address that `neurogen serve` printed."
            raise _Rejected(401, "no-token", "The token of this launch is missing.", cure)

    def _traded(self, host: str) -> tuple[int, bytes, bytes, tuple[tuple[bytes, bytes], ...]]:
        """Return the page that stores the token as a cookie and goes on to the page without it in its address."""
        cookie = f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        # Going on by the page, not by a redirect: a strict cookie would not follow one that began on another site.
        page = _page('<meta http-equiv="refresh" content="0;url=/">')
        return 200, b"text/html; charset=utf-8", page, ((b"set-cookie", cookie.encode()),)


async def _whole_body(receive: Receive) -> bytes | None:
    """Return the body of a request that is small and comes in time; None where the client went away."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise _Rejected(413, "too-large", f"The body is larger than {MAX_BODY} bytes.", "Send less.")
        if not message.get("more_body", False):
            return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives a body that was read already, then what comes after it."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay


class _Sender:
    """Adds the headers of every answer, and gives up on clients that do not take theirs."""

    def __init__(self, send: Send) -> None:
        self._send, self.begun = send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() != b"cache-control"]
            message = {**message, "headers": [*kept, *_HEADERS, (b"cache-control", b"no-store")]}
        await asyncio.wait_for(self._send(message), SEND_S)


def _only(headers: list[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the one header of a name; a request that has it twice is refused."""
    found = [value for key, value in headers if key.lower() == name]
    if len(found) > 1:
        raise _Rejected(400, "bad-header", "A header stands twice.")
    return found[0].decode("latin-1").strip() if found else None


def _cookie(headers: list[tuple[bytes, bytes]], name: str) -> str | None:
    for key, value in headers:
        if key.lower() == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(name)
            except CookieError:
                continue
            if found is not None:
                return str(found.value)
    return None


def _query_token(scope: Scope) -> str | None:
    """Return the token in the address, where it is looked for only at the door."""
    if scope["path"] != "/" or scope["method"] != "GET":
        return None
    try:
        found = parse_qs(scope.get("query_string", b"").decode("ascii"), max_num_fields=8).get("token")
    except ValueError:
        return None
    return found[0] if found else None


def _route(scope: Scope) -> str:
    """Return the route of a request, as the application matched it; a path could be anything."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _page(content: str) -> bytes:
    """Return a small page; its empty icon keeps browsers from asking for one."""
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>neurogen</title><link rel="icon" href="data:,">'
    return f"{head}{content}".encode()


def _refused(no: _Rejected, scope: Scope) -> tuple[int, bytes, bytes, tuple[tuple[bytes, bytes], ...]]:
    """Return the answer to a request that does not pass: a page for people, JSON for scripts."""
    if scope["path"] == "/" and scope["method"] == "GET":
        return no.status, b"text/html; charset=utf-8", _page(f"<p>{no.what} {no.cure}</p>"), _CLOSE
    error = {"code": no.code, "what": no.what, "where": "", "cure": no.cure, "seen": None}
    return no.status, b"application/json", json.dumps({"error": error}).encode(), _CLOSE


async def _answer(
    send: Send, status: int, kind: bytes, body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind), length, *headers]}
    await send(start)
    await send({"type": "http.response.body", "body": body})
