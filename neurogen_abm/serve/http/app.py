"""The routes: what the page may ask, and who answers. The gate in `guard` stands before all of them."""

import asyncio
import contextlib
import json
import mimetypes
from collections.abc import AsyncIterator, Callable
from functools import partial
from importlib import resources
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from neurogen_abm.errors import NeurogenError
from neurogen_abm.microscope.image import USUAL
from neurogen_abm.numerals import plain
from neurogen_abm.scene.colourings import GROUP
from neurogen_abm.scene.geometry import THICKNESS_UM
from neurogen_abm.serve.http import exports, requests
from neurogen_abm.serve.http.guard import Guard
from neurogen_abm.serve.payload import microscope, payloads
from neurogen_abm.serve.payload.about import about
from neurogen_abm.serve.payload.effect import effect_payload
from neurogen_abm.serve.payload.past import past_block
from neurogen_abm.serve.plain_json import plain_json
from neurogen_abm.serve.refusals import Refusal, body_of, status_of
from neurogen_abm.serve.script import bundled
from neurogen_abm.serve.session import dose
from neurogen_abm.serve.session.experiment import experiment_payload
from neurogen_abm.serve.session.library import Library, settings_of
from neurogen_abm.serve.session.life import Life
from neurogen_abm.serve.session.session import Session
from neurogen_abm.serve.session.sessions import Sessions

_LONGEST_LEAVE_S = 600
Found = TypeVar("Found")
_SCRIPT = "page.js"  # main.js and all that it needs, in one
_KINDS = {".html", ".css", ".js", ".svg", ".png", ".ico", ".json", ".woff2", ".film"}


def make_app(
    library: Library,
    token: str,
    port: int,
    remote_hosts: frozenset[str] | None = None,
    sessions: Sessions | None = None,
) -> Guard:
    """Return the whole server as one ASGI application behind its gate.

    Parameters
    ----------
    library
        The scenarios on offer.
    token, port, remote_hosts
        As `Guard` takes them.
    sessions
        Where sessions are kept; new ones by default.
    """
    kept = Sessions(library) if sessions is None else sessions

    routes = Routes(kept, port)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ahead = asyncio.create_task(routes.begin())
        yield
        ahead.cancel()
        kept.close()

    app = Starlette(
        routes=routes.table(),
        lifespan=lifespan,
        exception_handlers={NeurogenError: _refused, HTTPException: _not_found, Exception: _broken},
    )
    app.state.sessions = kept
    return Guard(app, token, port, remote_hosts)


async def _refused(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, NeurogenError)
    status = status_of(fault)
    headers = {"retry-after": "1"} if status == 503 else None
    return JSONResponse(body_of(fault), status, headers)


async def _not_found(_: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    what = "This method is not allowed." if status == 405 else "There is nothing at this address."
    return JSONResponse(body_of(Refusal(what, status=status, code="not-found" if status == 404 else "http")), status)


async def _broken(_: Request, __: Exception) -> Response:
    what, cure = "The server met a fault of its own.", "Its terminal says which; please report it."
    return JSONResponse(body_of(Refusal(what, status=500, code="fault", cure=cure)), 500)


class Routes:
    """One method per request; requests of one session wait for its lock."""

    def __init__(self, sessions: Sessions, port: int) -> None:
        self.sessions, self.port = sessions, port
        self._about: bytes | None = None
        self._images = microscope.KeptImages()

    def table(self) -> list[Route]:
        """Return the routes."""
        one = "/api/sessions/{id}"
        return [
            Route("/", self.page),
            Route("/static/{name}", self.static),
            Route("/api/about", self.about),
            Route("/api/preview", self.preview, methods=["POST"]),
            Route("/api/sessions", self.create, methods=["POST"]),
            Route(one, self.describe, methods=["GET"]),
            Route(one, self.end, methods=["DELETE"]),
            Route(f"{one}/commands", self.commands, methods=["POST"]),
            Route(f"{one}/frame", self.frame),
            Route(f"{one}/past", self.past),
            Route(f"{one}/share", self.share),
            Route(f"{one}/experiment", self.experiment),
            Route(f"{one}/effect", self.effect),
            Route(f"{one}/arms/{{arm:int}}/tissue", self.tissue),
            Route(f"{one}/arms/{{arm:int}}/section", self.section),
            Route(f"{one}/arms/{{arm:int}}/still", self.still),
            Route(f"{one}/arms/{{arm:int}}/organ", self.organ),
            Route(f"{one}/arms/{{arm:int}}/cell", self.cell),
            Route(f"{one}/arms/{{arm:int}}/evidence", self.evidence),
            Route(f"{one}/arms/{{arm:int}}/channels", self.channels),
            Route(f"{one}/arms/{{arm:int}}/image", self.image),
            Route(f"{one}/images/{{number}}/{{file}}", self.image_file),
            Route(f"{one}/export/{{file}}", self.export),
        ]

    async def page(self, _: Request) -> Response:
        """Answer with the page."""
        return _file("index.html")

    async def static(self, request: Request) -> Response:
        """Answer with a file of the page."""
        return _file(request.path_params["name"])

    async def about(self, _: Request) -> Response:
        """Answer with what never changes."""
        return Response(await self.told(), media_type="application/json")

    async def told(self) -> bytes:
        """Return what never changes; it is put together once."""
        if self._about is None:
            found = await self.sessions.threads.run(lambda: about(self.sessions.library))
            self._about = json.dumps(found, ensure_ascii=False).encode()
        return self._about

    async def begin(self) -> None:
        """Put together what every page asks for first."""
        await self.sessions.threads.run(lambda: bundled("main.js"))
        await self.told()

    async def preview(self, request: Request) -> Response:
        """Check a scenario and tell its dose."""
        wanted = requests.parse(requests.Preview, await _body(request))
        library = self.sessions.library

        def job() -> dict[str, Any]:
            resolved = library.prepare(wanted.scenario or library.first, wanted.seed, wanted.changes)
            return {"settings": settings_of(resolved), "dose": dose.dose_of(resolved)}

        return JSONResponse(await self.sessions.threads.run(job))

    async def create(self, request: Request) -> Response:
        """Begin a session."""
        wanted = requests.parse(requests.NewSession, await _body(request))
        plan = await self.sessions.threads.run(partial(self.sessions.plan_for, wanted))
        number, session = self.sessions.begin(plan)
        return JSONResponse(payloads.session_payload(session, number), 201)

    async def describe(self, request: Request) -> Response:
        """Tell what a session is."""
        number = request.path_params["id"]
        return JSONResponse(await self._locked(request, lambda session: payloads.session_payload(session, number)))

    async def end(self, request: Request) -> Response:
        """End a session: now, or after some seconds unless its page comes back."""
        number, after_s = request.path_params["id"], min(_whole(request, "after", 0), _LONGEST_LEAVE_S)
        if after_s:
            self.sessions.leave(number, after_s)
        else:
            self.sessions.end(number)
        return Response(status_code=204)

    async def commands(self, request: Request) -> Response:
        """Queue commands."""
        batch = requests.parse(requests.Batch, await _body(request))
        session = self.sessions.session(request.path_params["id"])
        ids = await self.sessions.threads.run(lambda: session.queue_commands(batch.commands))
        return JSONResponse({"queued": len(session.queue), "ids": ids}, 202)

    async def frame(self, request: Request) -> Response:
        """Answer with the next frame."""
        session = self.sessions.session(request.path_params["id"])
        after = _whole(request, "after", 0)
        rows = [int(part) for part in request.query_params.get("rows", "").split(",") if part.isdecimal()][:2]
        block = await session.frame(after, [min(row, 2**31) for row in rows], request.query_params.get("by", GROUP))
        self.sessions.make_room()
        return Response(status_code=204) if block is None else _octets(block)

    async def past(self, request: Request) -> Response:
        """Answer with a day that has been lived; the life goes on from where it is."""
        day, by = _number(request, "day", "a day", "Give a number."), request.query_params.get("by", GROUP)
        return _octets(await self._locked(request, lambda session: past_block(session.lives, day, by)))

    async def share(self, request: Request) -> Response:
        """Answer with a code that lives this again."""
        again = await self._locked(request, lambda session: session.again)
        if again is None:
            what = "This life has more changes than fit into a link."
            raise Refusal(what, status=409, code="too-long", cure="Download the scenario and the series instead.")
        return JSONResponse({**again, "url": f"/#s={again['code']}"})

    async def experiment(self, request: Request) -> Response:
        """Answer with what was injected, and with the counts of this moment."""
        return JSONResponse(await self._locked(request, lambda session: experiment_payload(session.lives)))

    async def effect(self, request: Request) -> Response:
        """Answer with what the second life differs in, in words."""
        return JSONResponse(await self._locked(request, lambda session: effect_payload(session.lives)))

    async def tissue(self, request: Request) -> Response:
        """Answer with the static layers of the map."""
        return _octets(await self._of_life(request, payloads.tissue_block))

    async def section(self, request: Request) -> Response:
        """Answer with the static layers of a section."""
        u_um = _number(request, "u_um")
        thick_um = _number(request, "thick_um") if "thick_um" in request.query_params else THICKNESS_UM
        return _octets(await self._of_life(request, lambda life: payloads.section_block(life, u_um, thick_um)))

    async def still(self, request: Request) -> Response:
        """Answer with every granule cell born in development."""
        return _octets(await self._of_life(request, payloads.still_block))

    async def organ(self, request: Request) -> Response:
        """Answer with the surface on which the organ lies."""
        return _octets(await self._of_life(request, payloads.organ_block))

    async def cell(self, request: Request) -> Response:
        """Answer with one cell."""
        if "id" in request.query_params:
            number = _whole(request, "id", 0)
            return JSONResponse(await self._of_life(request, lambda life: payloads.cell_payload(life, number)))
        u_um, v_um = _number(request, "u_um"), _number(request, "v_um")
        out_um = _number(request, "out_um") if "out_um" in request.query_params else None
        found = await self._of_life(
            request, lambda life: payloads.cell_payload(life, payloads.cell_near(life, u_um, v_um, out_um))
        )
        return JSONResponse(found)

    async def evidence(self, request: Request) -> Response:
        """Answer with the parameters behind a life."""
        return JSONResponse(await self._of_life(request, payloads.evidence_payload))

    async def channels(self, request: Request) -> Response:
        """Answer with what the microscope can show."""
        return JSONResponse(await self._of_life(request, microscope.channels_offered))

    async def image(self, request: Request) -> Response:
        """Answer with a section as the microscope shows it."""
        wish = _wish(request)
        life, job = await self._of_life(request, lambda life: (life, microscope.exposure(life, wish)))
        image = await self.sessions.threads.run_image(job)
        number = self._images.keep(request.path_params["id"], image)
        return _octets(microscope.image_block(image, number, life))

    async def image_file(self, request: Request) -> Response:
        """Answer with a file of an image that was taken."""
        name = request.path_params["file"]
        image = self._images.of(request.path_params["id"], request.path_params["number"])
        content = await self.sessions.threads.run_image(lambda: microscope.image_file(image, name))
        about = image.about
        saved = f"{about['scenario']}-seed{about['seed']}-day{plain(about['day'])}-section{about['section']}-{name}"
        headers = {"content-disposition": f'attachment; filename="{saved.replace("-section.ome", ".ome")}"'}
        return Response(content, media_type=microscope.FILES[name], headers=headers)

    async def export(self, request: Request) -> Response:
        """Answer with a file to keep."""
        name, asked = request.path_params["file"], dict(request.query_params)
        job = await self._locked(request, lambda session: exports.export(session, name, asked))
        made = await self.sessions.threads.run_long(job) if callable(job) else job
        headers = {"content-disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type=made.kind, headers=headers)

    async def _locked(self, request: Request, job: Callable[[Session], Found]) -> Found:
        session = self.sessions.session(request.path_params["id"])
        async with session.lock:
            return await self.sessions.threads.run(lambda: job(session))

    async def _of_life(self, request: Request, job: Callable[[Life], Found]) -> Found:
        arm = request.path_params["arm"]
        return await self._locked(request, lambda session: job(session.life(arm)))


async def _body(request: Request) -> Any:
    body = await request.body()
    try:
        return plain_json(body)
    except ValueError as fault:
        what = f"The body cannot be read as JSON: {fault}."
        raise Refusal(what, code="bad-json", cure="Send one JSON object.") from None


def _whole(request: Request, key: str, default: int) -> int:
    text = request.query_params.get(key, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 19):
        raise Refusal(f"`{key}` is not a whole number.", where=key, code="bad-request", cure="Write digits.")
    return int(text)


def _number(request: Request, key: str, what: str = "a place on the sheet", cure: str = "Give it in um.") -> float:
    try:
        value = float(request.query_params.get(key, "nan"))
    except ValueError:
        value = float("nan")
    if not 0.0 <= value <= 1e6:
        raise Refusal(f"`{key}` is not {what}.", where=key, code="bad-request", cure=cure)
    return value


def _wish(request: Request) -> microscope.Wish:
    asked = request.query_params
    section = _whole(request, "section", 0) if "section" in asked else None
    u_um = None if section is not None else _number(request, "u_um")
    size = _number(request, "pixel_um", "the edge of a pixel", "Give it in um.") if "pixel_um" in asked else None
    names = [name for name in asked.get("channels", "")[:300].split(",") if name.strip()]
    return microscope.Wish(section, u_um, tuple(names) or USUAL, size)


def _octets(block: bytes) -> Response:
    return Response(block, media_type="application/octet-stream")


def _file(name: str) -> Response:
    """Return a file of the page; names are looked up among those there are, so that none leads elsewhere."""
    if name == _SCRIPT:
        return Response(bundled("main.js"), media_type="text/javascript")
    folder = resources.files("neurogen_abm.serve") / "static"
    there = {entry.name: entry for entry in folder.iterdir() if entry.is_file()}
    ending = name[name.rfind(".") :]
    if name not in there or ending not in _KINDS:
        raise HTTPException(404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(there[name].read_bytes(), media_type=kind)
