// The address is the state of the page: the life as its plan, the day, and how it is looked at. Back and forward go through what was seen.

import { byId, calm, settled } from "./dom.js";
import { readSession, keepSession } from "./memory.js";

const VIEW_MS = 250;
const PATIENCE_MS = 60_000;
const LOOK_MS = 40;

/** What an address says: {s, view, by, ...}, every value a text. */
export const read = (hash) => Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));

/** An address of what is there to say; a colon and a comma may stand in it as they are. */
function written(state) {
  const parts = Object.entries(state).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return parts.length ? `#${parts.map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2C", ",")}`).join("&")}` : "";
}

const pressed = (start) => document.querySelector(`[id^="${start}"][aria-pressed="true"]`)?.id.slice(start.length);

/** Set a control as a person would. */
function choose(id, value, kind) {
  const node = byId(id);
  if (node.type === "checkbox") {
    if (node.checked === value) return;
    node.checked = value;
  } else {
    if (node.value === String(value)) return;
    node.value = String(value);
  }
  node.dispatchEvent(new Event(kind, { bubbles: true }));
}

export class Address {
  /** @param {object} page its `maps`, `past`, `tour`, `chosen`, `atRest`, `lookAt`, `open`, `send`, `header` */
  constructor(page) {
    this.page = page;
    this.life = null; // {code, life, day} of the present life
    this.entry = null; // what the present entry of the history says
    this.turn = 0; // of several addresses that are gone to, the last one counts
    this.soon = settled(() => this.note(), VIEW_MS);
    for (const kind of ["change", "input", "click", "wheel", "pointerup", "keyup"]) byId("maps").addEventListener(kind, this.soon, { passive: true });
    window.addEventListener("popstate", (event) => this.#back(event.state));
  }

  /** How the maps look. */
  #look() {
    const { look, cards, organ, microscope } = this.page.maps;
    const { view } = cards[0] ?? {};
    const kind = pressed("view-");
    const whose = { organ, microscope }[kind]?.arm === 1 ? "B" : ""; // of two lives these show one
    const zoomed = view && view.zoom > 1.001 ? [view.zoom.toFixed(2), view.x.toFixed(0), view.y.toFixed(0)].join() : "";
    const more = kind === "microscope" ? microscope.state() : kind === "organ" ? { turn: organ.camera.stands } : {};
    return { view: kind, life: whose, ...more, by: look.by === "group" ? "" : look.by, bdnf: look.overlay === "veil" ? "" : look.overlay,
      ground: look.ground === "dark" ? "" : look.ground, at: String(Number(look.sectionAt.toFixed(5))), thick: look.thickness, zoom: zoomed };
  }

  /** All that is shown. */
  state() {
    const { chosen, past, tour } = this.page;
    return { s: this.life?.code, ...this.#look(), cell: chosen ? `${chosen.arm}.${chosen.id}` : "", past: past.on ? past.day.toFixed(2) : "", ...tour.state() };
  }

  /** Take what lives the life again as it is on a day; null of one with more changes than fit into a link. */
  know(again, day) {
    this.life = again && { ...again, day };
    keepSession({ code: again?.code ?? null, day });
    this.note();
  }

  /** Write what is shown into the address: a new entry of the history where something else is looked at. */
  note() {
    if (!this.life || this.applying || !this.page.atRest) return;
    if (Math.abs(this.life.day - this.page.header.day) > 1e-6) return; // a frame is being painted, and its code comes here by `know`
    const state = this.state();
    const hash = written(state);
    const { life, day } = this.life;
    const kind = [life, state.view, state.life, state.by, state.cell, state.past, state.stop, state.slides].join(" ");
    const other = this.entry && (kind !== this.entry.kind || Math.abs(day - this.entry.day) >= 1);
    if (hash !== location.hash) history[other ? "pushState" : "replaceState"]({ life, day }, "", location.pathname + location.search + hash);
    else history.replaceState({ life, day }, "");
    this.entry = { kind, day };
    keepSession({ hash });
  }

  /** Begin an entry of the history for what is gone to: whoever goes back on the way comes to where they were. It is written when it is there. */
  enter(state) {
    history.pushState(null, "", location.pathname + location.search + written(state));
    this.entry = null;
  }

  /** What the page is to show first: what this tab showed, where its address is still that, or else what the address says. */
  first() {
    const kept = readSession();
    const own = Boolean(kept?.hash) && (!location.hash || location.hash === kept.hash);
    return { own, wanted: read(own ? kept.hash : location.hash) };
  }

  /** Look as an address says: at once what needs no life, the rest when it stands still. @param {boolean} on whether this is a step on from what was seen */
  async restore(wanted, on = false) {
    this.#restoreLook(wanted);
    const turn = this.#begin();
    try {
      const { page } = this;
      if (!await this.#until(turn, () => page.atRest && page.maps.cards.length > 0 && page.maps.cards.every(({ grid }) => grid))) return;
      this.#restoreCards(wanted, on);
      if (wanted.zoom) this.#zoom(wanted.zoom.split(",").map(Number));
      if (wanted.past) await page.past.look(Number(wanted.past));
      else if (page.past.on) page.past.leave();
      if (turn !== this.turn) return;
      const [arm, id] = (wanted.cell ?? "").split(".");
      if (id && Number(arm) < page.maps.cards.length) await page.lookAt(Number(arm), { id });
      else if (page.chosen) page.deselect();
    } finally {
      if (turn === this.turn) {
        this.applying = false;
        if (!on) this.entry = null; // what is shown now is this entry of the history
        this.note();
      }
    }
  }

  /** Begin to go to an address, which until then is not written; return the turn. */
  #begin() {
    this.applying = true;
    this.turn += 1;
    return this.turn;
  }

  /** Wait until something holds, a minute at most; say whether no other address is gone to meanwhile. */
  async #until(turn, holds) {
    for (let waited = 0; turn === this.turn && !holds() && waited < PATIENCE_MS; waited += LOOK_MS) {
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    return turn === this.turn;
  }

  #restoreLook({ view, by, bdnf, ground, at, thick }) {
    const { maps } = this.page;
    choose("overlay", bdnf ?? "veil", "change");
    choose("dark", (ground ?? "dark") === "dark", "change");
    if (at) choose("section-at", at, "input");
    if (thick) choose("thickness", thick, "change");
    if (view && document.getElementById(`view-${view}`) && !byId(`view-${view}`).hidden && view !== pressed("view-")) maps.view(view);
    if ((by ?? "group") !== maps.look.by) maps.colourBy(by ?? "group");
  }

  /** Which life organ and microscope show, from where the one is seen, and what the other does. */
  #restoreCards({ view, life, turn, channels, pixel }, on) {
    const { organ, microscope, cards } = this.page.maps;
    const arm = life === "B" && cards.length > 1 ? 1 : 0;
    if (view === "organ") organ?.choose(arm);
    if (turn || !on) organ?.stand(turn);
    if (view === "microscope") microscope.choose(arm, channels?.split(",").filter(Boolean), pixel);
  }

  #zoom([zoom, x, y]) {
    const { cards } = this.page.maps;
    if (![zoom, x, y].every(Number.isFinite)) return;
    cards[0].view.zoom = Math.min(24, Math.max(1, zoom));
    cards[0].view.moveTo(x, y);
    for (const card of cards) card.moved();
  }

  /** Go where an entry of the history, or a link that was followed, leads. */
  async #back(entry) {
    const wanted = read(location.hash);
    if (wanted.lives) return location.reload();
    const { page } = this;
    page.tour.restore(wanted);
    const [stop, step] = (wanted.stop ?? "").split(".");
    if (stop && !wanted.s) return page.tour.go(stop, step, true);
    const turn = this.#begin();
    if (!await this.#until(turn, () => !page.session?.waits)) return undefined; // what is under way may lead to another life
    const again = page.header?.again;
    if (wanted.s && !(page.atRest && wanted.s === again?.code)) {
      if (!entry || entry.life !== again?.life) await page.open({ share: wanted.s });
      else await page.send({ do: "go_to", day: entry.day });
    }
    return turn === this.turn ? this.restore(wanted) : undefined;
  }

  /** Fly to a cell: the maps centre on it, nearer, and the plane of the section moves to it. */
  fly(arm, cell) {
    const { maps } = this.page;
    const card = maps.cards[arm];
    if (!card?.grid || cell.gone) return;
    this.plane(card, cell);
    const { view } = card;
    const from = [view.x, view.y, view.zoom];
    const to = [...card.tissue.worldOf(cell, maps.look.view), Math.max(view.zoom, 5)];
    const began = performance.now();
    const step = (now) => {
      const t = calm() ? 1 : Math.min(1, (now - began) / 700);
      const share = t * t * (3 - 2 * t);
      view.zoom = from[2] * (to[2] / from[2]) ** share;
      view.moveTo(from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share);
      for (const each of maps.cards) each.moved();
      if (t < 1) requestAnimationFrame(step);
      else this.note();
    };
    requestAnimationFrame(step);
  }

  /** Put the plane of the section through a cell. */
  plane(card, cell) {
    if (Math.abs(cell.u_um - card.sectionU) <= card.grid.pitch_um / 2) return;
    choose("section-at", card.shareAt(cell.u_um).toFixed(5), "input");
  }
}
