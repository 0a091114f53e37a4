"""The server as a process and on a socket: where it listens, how it ends, and clients that are slow or vanish."""

import json
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest
from pages import SMALL, TOKEN

from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.serve.http import guard, launch
from neurogen_abm.serve.http.app import make_app
from neurogen_abm.serve.session.sessions import Sessions

_open = []


@pytest.fixture
def port(library, monkeypatch):
    """Serve in a thread with short patience; yield the port."""
    monkeypatch.setattr(launch, "_HEAD_S", 0.4)
    monkeypatch.setattr(launch, "_STALLED_S", 0.6)
    monkeypatch.setattr(guard, "BODY_S", 0.4)
    monkeypatch.setattr(guard, "SEND_S", 0.5)
    listener = launch.listening("127.0.0.1", 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)  # it waits in the server, not the kernel
    number = listener.getsockname()[1]
    server = launch.server_of(make_app(library, TOKEN, number, sessions=Sessions(library)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield number
    while _open:
        _open.pop().close()
    server.should_exit = True
    thread.join(10)
    listener.close()
    assert not thread.is_alive()


def asked(port, request):
    """Send bytes and return the socket."""
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    _open.append(client)
    client.sendall(request)
    return client


def connections(port, *states):
    """Return the ends of connections that the server holds in some states."""
    return [c for c in psutil.Process().net_connections() if c.laddr.port == port and c.status in states]


def eventually(holds):
    """Wait until something holds."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def head(method, path, *extra):
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"authorization: Bearer {TOKEN}", *extra, "", ""]
    return "\r\n".join(lines).encode()


def fetch(port, path="/api/about"):
    return httpx.get(f"http://127.0.0.1:{port}{path}", headers={"authorization": f"Bearer {TOKEN}"}, timeout=10)


def read_all(client):
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_a_head_that_never_ends_is_given_up(port):
    silent = asked(port, b"")
    slow = asked(port, b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ")
    assert read_all(silent) == b""  # or else `asked` loses its patience
    assert read_all(slow) == b""
    again = asked(port, head("GET", "/api/sessions/x", "connection: keep-alive"))
    assert b"404" in again.recv(12)
    again.sendall(b"GET / HT")
    assert b"200" not in read_all(again)


def test_a_body_that_never_comes_is_given_up(port):
    slow = asked(port, head("POST", "/api/preview", "content-type: application/json", "content-length: 20") + b"{")
    answer = read_all(slow)
    assert b"408" in answer.split(b"\r\n")[0]


def test_a_body_without_a_length_is_cut_off(port):
    client = asked(port, head("POST", "/api/preview", "content-type: application/json", "transfer-encoding: chunked"))
    sent = 0
    try:
        for _ in range(4000):
            client.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            sent += 4096
    except OSError:
        pass
    else:
        assert b"413" in client.recv(65536).split(b"\r\n")[0]
    assert fetch(port).status_code == 200


@pytest.mark.slow
def test_clients_that_do_not_read_are_dropped_and_others_do_not_wait(port):
    whole = len(fetch(port, "/static/first.film").content)
    assert whole > 1_000_000
    deaf = []
    for _ in range(30):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.sendall(head("GET", "/static/first.film"))
        deaf.append(client)
    assert fetch(port).status_code == 200
    eventually(lambda: len(connections(port, "ESTABLISHED")) == 0)
    dropped = 0
    for client in deaf:
        client.settimeout(5)
        try:
            dropped += len(read_all(client)) < whole
        except ConnectionError:
            dropped += 1
        client.close()
    assert dropped == 30


def test_clients_that_vanish_leave_nothing_behind(port):
    body = json.dumps({"changes": SMALL}).encode()
    create = head("POST", "/api/sessions", "content-type: application/json", f"content-length: {len(body)}") + body
    for request in (create, head("GET", "/api/about"), b"nonsense\r\n\r\n", head("GET", "/")):
        for _ in range(5):
            asked(port, request).close()
    assert fetch(port).status_code == 200
    eventually(lambda: connections(port, "CLOSE_WAIT", "ESTABLISHED") == [])


@pytest.mark.slow
def test_a_hundred_sessions_and_some_more(port):
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        numbers = [client.post("/api/sessions", json={"changes": SMALL}).json()["id"] for _ in range(105)]
        answers = [client.get(f"/api/sessions/{number}/frame?after=0").status_code for number in numbers]
        assert answers[:5] == [410] * 5
        assert set(answers[5:]) == {200}
        gone = client.get(f"/api/sessions/{numbers[0]}").json()["error"]
        assert client.post("/api/sessions", json={"share": gone["share"]}).status_code == 201


def test_a_port_that_is_taken_is_said_in_words():
    with (
        launch.listening("127.0.0.1", 0) as taken,
        pytest.raises(EnvironmentFault, match=r"^port: .*Choose another port"),
    ):
        launch.listening("127.0.0.1", taken.getsockname()[1])


def test_the_command_serves_this_machine_only_and_ends_quietly():
    command = [sys.executable, "-m", "neurogen_abm", "serve", "mouse_sedentary", "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().split()[-1]
        base, _, token = address.partition("/?token=")
        listening = [c for c in psutil.Process(process.pid).net_connections() if c.status == "LISTEN"]
        assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
        with httpx.Client(base_url=base, timeout=20) as client:
            assert client.get("/").status_code == 401
            assert client.get(f"/?token={token}").status_code == 200
            assert client.get("/api/about").json()["default_scenario"] == "mouse_sedentary"
        process.send_signal(signal.SIGHUP)  # the terminal is closed
        try:
            out, errors = process.communicate(timeout=20)
        finally:
            process.kill()  # where it has not ended; leaving this block would wait for it
    assert "Traceback" not in errors
    assert token not in out + errors
    assert process.returncode in (0, 130)


def test_what_cannot_be_served_is_said_before_anything_listens(neurogen, monkeypatch):
    asked_for = []
    monkeypatch.setattr(launch, "listening", lambda *place: asked_for.append(place))
    told = neurogen("serve", "--no-open", "../../etc/passwd")
    assert told.code == 2
    assert asked_for == []
    assert "Traceback" not in told.err
    assert told.err.startswith("neurogen: ")


def test_the_browser_is_given_a_file_of_ones_own_and_not_the_token(monkeypatch):
    opened, said = [], []

    class Server:
        def run(self, sockets):
            (address,) = opened
            file = Path(address.removeprefix("file://"))
            assert TOKEN not in address
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
            assert f'url={said[0]}"' in file.read_text()
            said.append(file)

    monkeypatch.setattr(launch.webbrowser, "open", opened.append)
    monkeypatch.setattr(launch, "server_of", lambda app: Server())
    launch.serve("mouse_sedentary", port=0, open_browser=True, allow_remote=False, say=said.append, token=TOKEN)
    assert TOKEN in said[0]
    assert not said[1].parent.exists()
