"""``python -m benchmarks.serve_frames``: what a frame of the live page costs the server, over 2,000 frames.

A server runs as a process of its own; frames of one hour are pulled from it one after the other, as the page does. The
processor time of simulating is taken inside it, so that what is left is what serving costs. Results go to
``benchmarks/results/serve_frames.json``.
"""

import argparse
import json
import multiprocessing
import os
import secrets
import statistics
import time
from ctypes import c_double
from pathlib import Path

import httpx
import psutil

from benchmarks.machine import describe

RESULTS = Path(__file__).parent / "results" / "serve_frames.json"
TARGET_CPU_MS, TARGET_BYTES = 10.0, 200_000
WHEEL = [{"kind": "wheel", "distance": "7 km/d"}]


def _serve(token, port, simulated, kept):
    """Run the server; count the processor time that lives take to advance, and the bytes they hold."""
    from neurogen_abm.serve.http import launch
    from neurogen_abm.serve.session.life import Life

    advance, held = Life.advance, {}

    def timed(life):
        began = time.thread_time()
        advance(life)
        simulated.value += time.thread_time() - began
        if life.step % 100 == 0:
            held[id(life)] = life.n_bytes
            kept.value = sum(held.values())

    Life.advance = timed
    launch.serve("mouse_sedentary", port=port, open_browser=False, allow_remote=False, say=lambda _: None, token=token)


class Page:
    """Pulls frames as fast as they come."""

    def __init__(self, port, token, body):
        headers = {"authorization": f"Bearer {token}"}
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120)
        self.number = self.client.post("/api/sessions", json=body).json()["id"]
        self.seq, self.rows, self.sizes = 0, [0, 0], []

    def frame(self):
        """Pull a frame and return its header."""
        query = {"after": self.seq, "rows": f"{self.rows[0]},{self.rows[1]}"}
        answer = self.client.get(f"/api/sessions/{self.number}/frame", params=query)
        answer.raise_for_status()
        length = int.from_bytes(answer.content[:4], "little")
        header = json.loads(answer.content[4 : 4 + length])
        self.seq = header["seq"]
        for arm, told in enumerate(header["arms"]):
            self.rows[arm] = told["rows"][1]
        self.sizes.append(len(answer.content))
        return header

    def living(self):
        """Pull until there is an animal."""
        while self.frame()["phase"] == "preparing":
            pass
        self.client.post(
            f"/api/sessions/{self.number}/commands", json={"commands": [{"do": "play", "speed_h": 1}]}
        ).raise_for_status()


def measure(port, token, process, simulated, kept, *, arms, frames):
    """Return what frames cost with one life or two."""
    body = {"changes": {"duration": f"{frames // 24 + 2} d", "activity": WHEEL}}
    if arms == 2:
        body["compare"] = {"changes": {"activity": []}}
    page = Page(port, token, body)
    page.living()
    for _ in range(20):
        header = page.frame()
    page.sizes.clear()
    memory, lives, began = [], [], time.perf_counter()
    cpu, sim = sum(process.cpu_times()[:2]), simulated.value
    for number in range(frames - 20):
        header = page.frame()
        if number % 100 == 0:
            memory.append(process.memory_info().rss)
            lives.append(kept.value)
    wall_s = time.perf_counter() - began
    spent, lived = sum(process.cpu_times()[:2]) - cpu, simulated.value - sim
    memory.append(process.memory_info().rss)
    count = len(page.sizes)
    cells = [arm["n_cells"] for arm in header["arms"]]
    page.client.delete(f"/api/sessions/{page.number}")
    return {
        "arms": arms,
        "frames": count,
        "tracked_cells_at_the_end": cells,
        "server_cpu_ms_a_frame_beyond_simulation": round(1000 * (spent - lived) / count, 3),
        "simulation_cpu_ms_a_frame": round(1000 * lived / count, 3),
        "bytes_a_frame_median": int(statistics.median(page.sizes)),
        "bytes_a_frame_most": max(page.sizes),
        "frames_per_s_pulled": round(count / wall_s, 1),
        "rss_mib_every_100_frames": [round(size / 2**20, 1) for size in memory],
        "held_by_lives_mib_every_100_frames": [round(size / 2**20, 1) for size in lives],
        "met": 1000 * (spent - lived) / count <= TARGET_CPU_MS and max(page.sizes) <= TARGET_BYTES * arms,
    }


def main():
    """Measure with one life and with two, print and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve_frames", description=__doc__)
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--json", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    token, port = secrets.token_urlsafe(16), 8790
    spawn = multiprocessing.get_context("spawn")
    simulated, kept = (spawn.Value(c_double, 0.0, lock=False) for _ in range(2))
    server = spawn.Process(target=_serve, args=(token, port, simulated, kept))
    server.start()
    try:
        _wait(port, token)
        process = psutil.Process(server.pid)
        rows = [measure(port, token, process, simulated, kept, arms=arms, frames=chosen.frames) for arms in (1, 2)]
    finally:
        server.terminate()
        server.join(10)
    document = {"machine": describe() | {"load_after": round(os.getloadavg()[0], 2)}, "rows": rows}
    chosen.json.write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(rows, indent=1))


def _wait(port, token):
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/api/about", headers={"authorization": f"Bearer {token}"})
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The server did not come up.")


if __name__ == "__main__":
    main()
