"""``python -m benchmarks.film_pictures [--films DIR] [--out DIR]``: the pictures of docs/replay.md and docs/organ.md.

A whole gyrus of a runner and its twin at rest live four weeks, and become two films, of one life and of both; Chromium
shows their last moments. The organ is painted of the runner on day 10. Films that are in DIR already are not made anew.
"""

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.serve_bars import FLAGS
from benchmarks.serve_pictures import CHROMIUM, OUT, PATIENCE_MS, QUALITY, SCENARIO
from neurogen_abm import NeurogenesisModel, replay, run
from neurogen_abm.scene.organ_picture import organ_picture

DURATION = "28 d"
ORGAN_DAY = 10
SIZE = {"width": 1280, "height": 820}
READY = "() => document.documentElement.dataset.ready === 'yes'"


def films(folder: Path) -> dict[str, Path]:
    """Return the films of the runner and of both lives, made where they are not in the folder."""
    places = {name: folder / f"{name}.html" for name in ("replay", "replay_twins")}
    if not all(place.exists() for place in places.values()):
        runner = run(SCENARIO, overrides={"duration": DURATION})
        rest = run(
            SCENARIO, overrides={"duration": DURATION, "activity": [], "title": "The same mouse without a wheel"}
        )
        replay(runner, places["replay"], force=True)
        replay(runner, places["replay_twins"], beside=rest, force=True)
    return places


def kept(image: Image.Image, place: Path) -> None:
    """Write a picture as WebP and say how large it is."""
    image.convert("RGB").save(place, quality=QUALITY, method=6)
    print(f"{place}: {place.stat().st_size:,} bytes", flush=True)


def shown(places: dict[str, Path], out: Path) -> None:
    """Take a picture of the last moment of every film."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS["gl"])
        for name, film in places.items():
            page = browser.new_context(viewport=SIZE, reduced_motion="reduce", offline=True).new_page()  # type: ignore[arg-type]
            page.goto(f"{film.resolve().as_uri()}?painter=gl")
            page.wait_for_function(READY, timeout=PATIENCE_MS)
            page.keyboard.press("End")
            page.wait_for_timeout(3000)
            kept(Image.open(io.BytesIO(page.screenshot())), out / f"{name}.webp")
        browser.close()


def organ(out: Path) -> None:
    """Paint the organ of the runner."""
    model = NeurogenesisModel(SCENARIO, duration=DURATION)
    model.advance(round(24 * ORGAN_DAY / model.spec.scenario.step_h))
    length = model.world.grid.n_u * model.world.grid.pitch_um
    kept(organ_picture(model, width=1400, section_um=0.5 * length), out / "organ.webp")


def main() -> None:
    """Take all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, help="folder of the films; a temporary one by default")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the pictures")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        shown(films(asked.films or Path(folder)), asked.out)
    organ(asked.out)


if __name__ == "__main__":
    main()
