"""The gate: only this page, of this launch, with small requests; all else is told no before it costs anything."""

import asyncio
import itertools
import re

import httpx
import pytest
from pages import SMALL, TOKEN, opened

from neurogen_abm.serve.http.app import make_app

ROUTES = [
    ("GET", "/"),
    ("GET", "/static/index.html"),
    ("GET", "/api/about"),
    ("POST", "/api/preview"),
    ("POST", "/api/sessions"),
    ("GET", "/api/sessions/x"),
    ("DELETE", "/api/sessions/x"),
    ("POST", "/api/sessions/x/commands"),
    ("GET", "/api/sessions/x/frame"),
    ("GET", "/api/sessions/x/share"),
    ("GET", "/api/sessions/x/experiment"),
    ("GET", "/api/sessions/x/effect"),
    ("GET", "/api/sessions/x/arms/0/channels"),
    ("GET", "/api/sessions/x/arms/0/image?u_um=1"),
    ("GET", "/api/sessions/x/images/y/positions.csv"),
    ("GET", "/api/sessions/x/arms/0/tissue"),
    ("GET", "/api/sessions/x/arms/0/section?u_um=1"),
    ("GET", "/api/sessions/x/arms/0/still"),
    ("GET", "/api/sessions/x/arms/0/organ"),
    ("GET", "/api/sessions/x/past?day=0"),
    ("GET", "/api/sessions/x/arms/0/cell?id=1"),
    ("GET", "/api/sessions/x/arms/0/evidence"),
    ("GET", "/api/sessions/x/export/series.csv"),
]
FOREIGN_HOSTS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "0.0.0.0",
    "",
    "127.0.0.2",
    "localhost:80:80",
    "[::1",
    "[::2]",
    "localhost, evil.example",
    "ⅼocalhost",
]
OWN_HOSTS = ["localhost", "localhost.", "LOCALHOST:8765", "127.0.0.1", "127.0.0.1:9000", "[::1]", "[::1]:8765"]


def raw(app, method, path, headers, body=b"{}"):
    """Ask as raw as ASGI allows: headers are bytes and may repeat; return status and headers of the answer."""
    address, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": address,
        "raw_path": address.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("utf-8")) for name, value in headers],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 8765),
    }
    sent = []

    async def go():
        asked = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive():
            return next(asked, {"type": "http.disconnect"})

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)

    asyncio.run(go())
    return sent[0]["status"], dict(sent[0]["headers"])


def headers_of(host="localhost", **others):
    named = {"authorization": f"Bearer {TOKEN}", "content_type": "application/json"} | others
    return [("host", host), *((name.replace("_", "-"), value) for name, value in named.items() if value is not None)]


def test_every_route_is_in_the_list(app):
    listed = {path.split("?")[0].replace("/x", "/{id}").replace("/0/", "/{arm:int}/") for _, path in ROUTES}
    listed = {path.replace("y/positions.csv", "{number}/{file}") for path in listed}
    listed = {path.replace("series.csv", "{file}").replace("index.html", "{name}") for path in listed}
    assert {route.path for route in app.app.routes} == listed


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_answers_a_foreign_name_or_page_or_without_the_token(app, method, path):
    for host in FOREIGN_HOSTS:
        assert raw(app, method, path, headers_of(host))[0] in (400, 403), host
    assert raw(app, method, path, headers_of()[1:])[0] == 403
    assert raw(app, method, path, [("host", "localhost"), *headers_of()])[0] == 400
    for origin in ("http://evil.example", "null", "http://localhost.evil.example", "http://localhost:1", "file://"):
        assert raw(app, method, path, headers_of(origin=origin))[0] == 403, origin
    for site in ("cross-site", "same-site", "nonsense"):
        assert raw(app, method, path, headers_of(sec_fetch_site=site))[0] == 403, site
    for token in (None, "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
        status, headers = raw(app, method, path, headers_of(authorization=token))
        assert status == 401, token
        assert b"set-cookie" not in headers


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_answers_its_own_page(app, method, path):
    for host, origin in itertools.product(OWN_HOSTS, (True, False)):
        named = headers_of(host, origin=f"http://{host.lower()}" if origin else None, sec_fetch_site="same-origin")
        status, headers = raw(app, method, path, named)
        assert status in (200, 201, 204, 400 if path.endswith("commands") else 404, 404), (host, origin, status)
        assert b"default-src 'none'" in headers[b"content-security-policy"]
        assert b"unsafe" not in headers[b"content-security-policy"]  # nothing inline, no eval
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert not any(name.startswith(b"access-control") for name in headers)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "TRACE", "CONNECT", "BREW"])
def test_other_methods_are_refused(app, method):
    assert raw(app, method, "/api/about", headers_of())[0] == 405


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; a=b", "application/jsonx"]
)
def test_only_json_is_taken(app, kind):
    assert raw(app, "POST", "/api/sessions", headers_of(content_type=kind))[0] == 415


def test_bodies_over_four_kibibytes_are_refused(app):
    large = b'{"scenario": "' + b"x" * 4096 + b'"}'
    assert raw(app, "POST", "/api/sessions", headers_of(), large)[0] == 413
    assert raw(app, "POST", "/api/sessions", headers_of(content_length="4097"))[0] == 413
    assert raw(app, "POST", "/api/sessions", headers_of(content_length="-1"))[0] == 413
    assert raw(app, "POST", "/api/sessions", headers_of(content_length="9" * 30))[0] == 413
    fits = b'{"scenario": "' + b"x" * 40 + b'"}'
    assert raw(app, "POST", "/api/sessions", headers_of(), fits)[0] == 400
    assert raw(app, "GET", "/" + "x" * 600, headers_of())[0] == 414
    assert raw(app, "GET", "/?" + "x" * 5000, headers_of())[0] == 414


def test_the_token_is_traded_for_a_strict_cookie_and_leaves_the_address(app):
    status, headers = raw(app, "GET", f"/?token={TOKEN}", headers_of(authorization=None, sec_fetch_site="none"))
    cookie = headers[b"set-cookie"].decode()
    assert status == 200
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    value = cookie.split(";")[0]
    assert value.startswith("neurogen_8765=")
    assert raw(app, "GET", "/api/about", headers_of(authorization=None, cookie=value))[0] == 200
    assert raw(app, "GET", "/api/about", headers_of(authorization=None, cookie=f"a=b; {value}"))[0] == 200
    assert raw(app, "GET", "/api/about", headers_of(authorization=None, cookie="neurogen_8765=no"))[0] == 401
    assert raw(app, "GET", "/?token=no", headers_of(authorization=None))[0] == 401
    # Nowhere but at the door.
    assert raw(app, "GET", f"/api/about?token={TOKEN}", headers_of(authorization=None))[0] == 401


def test_a_link_on_another_page_opens_the_page_but_asks_nothing_of_it(app):
    named = headers_of(sec_fetch_site="cross-site", sec_fetch_mode="navigate")
    assert raw(app, "GET", "/", named)[0] == 200
    assert raw(app, "GET", "/api/about", named)[0] == 403
    assert raw(app, "POST", "/api/sessions", named)[0] == 403


def test_websockets_are_closed(app):
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app({"type": "websocket", "headers": [], "path": "/"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    "name", ["app.py", "..%2fapp.py", "%2e%2e%2fapp.py", "../app.py", "....//app.py", "index.html%00.js", "", "."]
)
def test_static_files_are_only_those_of_the_page(app, name):
    assert raw(app, "GET", f"/static/{name}", headers_of())[0] == 404


def test_other_machines_use_an_address_or_the_name_of_this_one(library, sessions):
    app = make_app(library, TOKEN, 8765, frozenset({"lab-machine"}), sessions)
    for host in ("192.168.1.7:8765", "lab-machine", "[fe80::1]", "localhost"):
        assert raw(app, "GET", "/api/about", headers_of(host))[0] == 200, host
    for host in ("evil.example", "lab-machine.evil.example"):
        assert raw(app, "GET", "/api/about", headers_of(host))[0] == 403, host


def test_nothing_is_kept_by_the_browser(run):
    async def story(client):
        paths = ("/", "/static/page.js", "/static/main.js", "/static/first.film", "/api/about", "/no")
        return [await client.get(path) for path in paths]

    assert [answer.headers["cache-control"] for answer in run(story)] == ["no-store"] * 6


def test_the_page_is_sent_as_one_script(run):
    """All modules of the page, each once and after those that it needs; none is asked for any more."""

    async def story(client):
        return await client.get("/static/page.js")

    answer = run(story)
    assert answer.headers["content-type"].startswith("text/javascript")
    modules = re.findall(r"^const \$(\w+) = \(\(\) => \{$", answer.text, re.M)
    assert len(modules) == len(set(modules)) > 40
    assert modules[-1] == "main"
    assert not re.search(r"^(import|export) ", answer.text, re.M)


def test_a_refused_page_says_what_to_do_to_a_person(app):
    async def go():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8765") as client:
            return await client.get("/")

    answer = asyncio.run(go())
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "neurogen serve" in answer.text


def test_sessions_beyond_the_most_push_out_the_one_idle_longest_and_it_can_be_lived_again(run, sessions):
    sessions.most = 3

    async def story(client):
        first = await opened(client)
        second = await opened(client)
        await first.run_to(0.5)
        others = [await client.post("/api/sessions", json={"changes": SMALL}) for _ in range(2)]
        assert len(sessions) == 3
        kept, gone = await first.get("share"), await second.get("share")
        assert [answer.status_code for answer in others] == [201, 201]
        assert kept.status_code == 200
        assert gone.status_code == 410
        error = gone.json()["error"]
        again = await client.post("/api/sessions", json={"share": error["share"]})
        assert again.status_code == 201
        assert "make room" in error["what"]
        return (await client.get("/api/sessions/nothing")).status_code

    assert run(story) == 404


def test_memory_is_capped(run, sessions):
    async def story(client):
        pages = [await opened(client) for _ in range(3)]
        sessions.most_bytes = sum(session.n_bytes for session in sessions._kept.values()) - 1
        sessions._looked_s = 0.0
        await pages[2].command({"do": "step"})
        await pages[2].frame()
        return [(await page.get("share")).status_code for page in pages]

    assert run(story) == [410, 200, 200]
