// What a person presses: buttons and fields above the maps, and the keys that docs/live_page.md lists.

import { byId } from "./dom.js";

/** Let the buttons, fields and keys of the page act. @param {Page} page */
export function listen(page) {
  const click = (id, act) => byId(id).addEventListener("click", act);
  click("play", () => page.playPause());
  click("step", () => page.send({ do: "step", steps: 1 }));
  click("reset", () => page.reset());
  click("cancel", () => page.send({ do: "pause" }));
  click("compare", () => page.twins.ask());
  click("fork", () => page.send({ do: "fork" }));
  click("about", () => page.aboutDialog.open(page.session && (() => page.session.evidence(0))));
  byId("choose").addEventListener("submit", (event) => event.preventDefault());
  byId("scenario").addEventListener("change", () => page.open(page.twins.beginning(byId("scenario").value)));
  byId("seed").addEventListener("change", () => {
    const seed = Number(byId("seed").value);
    if (Number.isSafeInteger(seed) && seed >= 0) page.reset({ seed });
    else page.notice("A seed is a whole number, 0 or more.");
  });
  byId("speed").addEventListener("change", () => page.clock.moving && page.send({ do: "play", speed_h: Number(byId("speed").value) }));
  byId("run-to").addEventListener("submit", (event) => {
    event.preventDefault();
    page.send({ do: "run_to", day: Number(byId("run-day").value) });
  });
  document.addEventListener("change", ({ target }) => { target.defaultValue = target.value; }); // it is entered, no longer typed
  document.addEventListener("keydown", (event) => onKey(page, event));
}

/** A key that is pressed while nobody types. */
function onKey(page, event) {
  const typing = event.target.closest?.("input:not([type=checkbox]), select, textarea, [role=grid], dialog[open]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = event.target.closest?.("button, a, summary, input");
  const keys = {
    " ": () => page.playPause(), ArrowLeft: () => page.past.back(), n: () => page.past.leave(),
    ArrowRight: () => (page.past.on ? page.past.onward() : page.send({ do: "step", steps: 1 })), r: () => page.reset(), c: () => page.twins.ask(),
    PageDown: () => page.tour.onward(1), PageUp: () => page.tour.onward(-1), g: () => page.tour.slides(!page.tour.slide),
    v: () => page.maps.view(page.maps.look.view === "sheet" ? "section" : "sheet"), b: () => page.maps.nextOverlay(),
    "?": () => page.aboutDialog.open(page.session && (() => page.session.evidence(0))),
  };
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (event.key.startsWith("Page") && !page.tour.at) return; // the page scrolls
  if (!act || (event.key === " " && button) || event.shiftKey !== (event.key === "?")) return;
  event.preventDefault();
  act();
}
