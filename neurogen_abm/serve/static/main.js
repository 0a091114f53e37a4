// The living gyrus: brings server, maps, panels and controls together.

import { AboutDialog } from "./about.js";
import { Address } from "./address.js";
import { CellPanel } from "./cell.js";
import { Charts } from "./charts.js";
import { Clock } from "./clock.js";
import { Controls } from "./controls.js";
import { Series, readArm } from "./decoder.js";
import { byId, el, fill, write } from "./dom.js";
import { Experiment } from "./experiment.js";
import { FrameLoop } from "./frame_loop.js";
import { listen } from "./inputs.js";
import { Latest } from "./latest.js";
import { Legend } from "./legend.js";
import { MicroscopeCard } from "./microscope.js";
import { MapPanels, inWords } from "./panels.js";
import { Past } from "./past.js";
import { Prelude } from "./prelude.js";
import { scene, setScene } from "./scene.js";
import * as server from "./server.js";
import { TakeAway } from "./take_away.js";
import { Timeline } from "./timeline.js";
import { Tour } from "./tour.js";
import { Twins } from "./twins.js";
import { WayBack } from "./way_back.js";

const ANNOUNCE_MS = 4000;
const LOOK_AGAIN_MS = 700;
const TELL_MS = 160;

/** Changes of parameters of the catalogue, on which the still layers of the map may depend. */
const numbersOf = (changes) => Object.entries(changes ?? {}).filter(([path]) => path.includes("."));

/** Whether a further frame comes by itself. */
const moves = ({ playing, progress }) => playing || Boolean(progress);

/** The page: what it shows, and what it asks of the server. */
class Page {
  constructor() {
    this.asked = { description: new Latest(), cell: new Latest(), experiment: new Latest() }; // of the session that is shown
    this.doses = new Latest();
    this.wayBack = new WayBack({
      open: (body) => this.open(body), show: (session) => this.show(session), shown: () => this.session, ready: () => Boolean(this.about),
      notice: (text) => this.notice(text), know: (again, day) => this.address.know(again, day),
    });
  }

  async start() {
    this.about = await server.about();
    setScene(this.about.scene);
    this.maps = new MapPanels(this.about, { pick: (arm, cell) => this.pick(arm, cell), coloursChanged: () => this.legend.applyColours(),
      again: () => (this.past.on ? this.past.again() : this.frames?.again()), notice: (text) => this.notice(text), microscope: MicroscopeCard, first: "organ",
      moved: () => this.address?.soon() });
    this.prelude = new Prelude(this.maps);
    this.legend = new Legend(byId("legend"), this.maps.look, this.about.families, () => this.maps.repaint());
    this.charts = new Charts(byId("panels"), this.about);
    this.clock = new Clock();
    this.timeline = new Timeline(byId("track"), (day) => this.send({ do: "run_to", day }), (day) => this.past.look(day));
    this.past = new Past(this, {
      session: () => this.session, now: () => this.header.day, ready: () => this.phase !== "preparing" && Boolean(this.arms?.length),
      pause: () => this.clock.moving && this.send({ do: "pause" }), deselect: () => this.deselect(), again: () => this.frames?.again(),
      rewind: (day) => this.send({ do: "rewind", day }), fail: (error) => this.fail(error),
    });
    this.aboutDialog = new AboutDialog(this.about);
    this.cell = new CellPanel(byId("cell"), {
      follow: (on) => this.follow(on), close: () => this.deselect(), go: (id) => this.lookAt(this.chosen.arm, { id }),
    });
    this.experiment = new Experiment(byId("experiment"), { inject: (agent, dose) => this.send({ do: "inject", agent, dose }) });
    this.controls = new Controls(byId("controls"), this.about, {
      set: (arm, changes, when) => this.send({ do: "set", arm, changes, when }), reset: () => this.reset(),
      forget: () => this.send({ do: "reset", changes: {} }), arm: () => this.dose(),
      preview: (changes) => server.preview({ scenario: this.description.scenario, changes: { ...this.changes(), ...changes } }),
    });
    const names = this.about.scenarios.map(({ name, title }) => el("option", { value: name, text: title }));
    byId("scenario").replaceChildren(...names);
    this.twins = new Twins(this.about, {
      compare: (changes) => this.send({ do: "compare", on: true, changes }), alone: () => this.send({ do: "compare", on: false }), session: () => this.session,
    });
    this.takeAway = new TakeAway(this.about.exports, {
      session: () => this.session, arms: () => this.description.arms.length, picture: () => this.charts.picture(this.twins.words),
      name: () => `${this.description.scenario}-seed${this.description.seed}`, fail: (error) => this.fail(error),
    });
    this.tour = new Tour(this.about.tour, {
      open: (body) => this.open(body), goTo: (day) => this.send({ do: "go_to", day }), look: (state) => this.address.restore(state, true),
      note: () => this.address.note(), enter: (state) => this.address.enter(state), shown: () => this.header && { life: this.address.life?.life },
    });
    this.address = new Address(this);
    listen(this);
    await this.#begin();
  }

  /** Show what the address says, or what this tab showed before, or else the scenario of the server: the animal and its twin. */
  async #begin() {
    const { own, wanted } = this.address.first();
    this.tour.restore(wanted);
    this.prelude.ended = own; // a tab that goes on with its life needs no film
    const [stop, step] = (wanted.stop ?? "").split(".");
    if (stop && !wanted.s) return this.tour.go(stop, step, true);
    const body = wanted.lives === "1" ? { scenario: this.about.default_scenario } : this.twins.beginning(this.about.default_scenario);
    const shown = this.wayBack.first(body, own, wanted.s);
    if (own || wanted.s) this.address.restore(wanted);
    return shown;
  }

  /** Whether there is a life that stands still. */
  get atRest() {
    const { header } = this;
    return Boolean(this.session && header && this.arms?.length) && !["", "preparing"].includes(this.phase) && !moves(header) && !this.session.waits;
  }

  changes() {
    const arm = this.description?.arms[this.controls.arm] ?? this.description?.arms[0];
    return { ...(arm?.changes ?? {}), ...(arm?.pending ?? {}) };
  }

  /** Begin a session in place of the present one. */
  async open(body) {
    this.opening = body;
    this.#letGo();
    this.prelude.cover("Preparing the animal", NaN, body.compare ? 2 : 1);
    try {
      const session = new server.Session((await server.open(body)).id);
      if (this.opening !== body) return session.close(); // another is opened meanwhile
      this.wayBack.began(body);
      await this.show(session);
    } catch (error) {
      if (this.opening !== body) return undefined;
      this.fail(error);
      if (body.share && !error.away) await this.open({ scenario: this.about.default_scenario });
    }
    return undefined;
  }

  /** Let go of the session that is shown, and of all that was asked of it. @param {Session} [next] to go on with, maybe under the same name */
  #letGo(next = null) {
    this.frames?.stop();
    if (this.session && this.session.id !== next?.id) this.session.close();
    this.session = this.header = this.arms = this.address.life = null;
    this.phase = "";
    this.maps.leave();
    this.past.leave();
    this.deselect();
    for (const asked of Object.values(this.asked)) asked.drop();
  }

  /** Show a session from now on. */
  async show(session) {
    this.#letGo(session);
    this.session = session;
    this.revision = -1;
    this.seriesSeq = undefined;
    this.series = [];
    await this.describe();
    if (session !== this.session) return;
    this.frames = new FrameLoop(session, {
      rows: () => this.series.map(({ length }) => length), by: () => this.maps.look.by, take: (block) => this.take(block),
      paint: (block, now) => this.paint(block, now), fail: (error) => this.fail(error),
    });
    this.frames.run();
  }

  /** Ask what the session is now, and show it. */
  async describe() {
    const { session } = this;
    const fresh = this.asked.description.ask();
    let description;
    try {
      description = await session.describe();
      if (description.arms.length === 0) description.arms = await this.#expected(description);
    } catch (error) {
      if (fresh()) throw error;
    }
    if (!fresh()) return;
    this.description = description;
    this.prelude.lives = description.lives;
    byId("scenario").value = description.scenario;
    fill(byId("seed"), description.seed);
    write(byId("look-for"), description.look_for ?? "");
    write(byId("legend-title"), description.arms.some(({ grid }) => grid?.whole === false) ? "Cells of the patch" : "Cells");
    document.title = `${description.title} · The living gyrus`;
    byId("compare").setAttribute("aria-pressed", String(description.arms.length > 1));
    this.twins.show(description);
    this.controls.show(description);
    this.maps.offerColours(description.arms[0]?.stains ?? {});
    this.aboutDialog.show(description);
    const key = JSON.stringify([description.scenario, description.seed, description.arms.map(({ grid, changes }) => [grid, numbersOf(changes)])]);
    if (key !== this.tissueKey || this.maps.cards.length !== description.arms.length || this.maps.session !== session) {
      this.maps.begin(session, description);
      this.tissueKey = null;
    }
    this.maps.description = description;
    this.maps.name(description.arms.map((arm) => this.controls.nameOf(arm)));
    this.dose();
    if (description.arms.every(({ grid }) => grid) && this.phase !== "preparing" && this.tissueKey !== key) {
      this.tissueKey = key;
      this.maps.tissue().catch((error) => session === this.session && !error.early && this.fail(error)); // frames need not wait for it
    }
  }

  /** What lives that are still being made will be: as they were before, or as the scenario says. */
  async #expected({ scenario, seed }) {
    const before = this.description;
    if (before?.scenario === scenario && before.arms.length) return before.arms.map((arm) => ({ ...arm, grid: null, pending: {} }));
    const { settings, dose } = await server.preview({ scenario, seed: Number(seed) });
    return [{ settings, changes: {}, pending: {}, grid: null, duration_d: (dose.days ?? []).length }];
  }

  /** The dose of the arm that the controls show, and its plan by day. */
  async dose() {
    const { scenario, arms } = this.description;
    const seed = Number(this.description.seed);
    const key = JSON.stringify([scenario, seed, this.changes(), arms[0].duration_d]);
    if (key === this.doseKey) return;
    this.doseKey = key;
    const fresh = this.doses.ask();
    try {
      const { dose } = await server.preview({ scenario, seed, changes: this.changes() });
      if (!fresh()) return;
      this.controls.showDose(dose);
      if (this.controls.arm === 0) this.timeline.plan(dose.days ?? [], arms[0].duration_d);
    } catch (error) {
      if (!fresh()) return;
      this.doseKey = null;
      this.notice(error.message);
    }
  }

  /** Keep the numbers of a frame. */
  take(block) {
    const { header } = block;
    this.arms = header.arms.map((_, k) => readArm(block, k, this.#room(k, block)));
    this.series.length = Math.min(this.series.length, header.arms.length);
    if (header.series_seq !== this.seriesSeq) this.charts.clear(); // other animals than before
    this.seriesSeq = header.series_seq;
    this.arms.forEach((arm, k) => {
      this.series[k] ??= new Series(this.about.columns);
      if (!arm.series || !arm.rows) return;
      this.series[k].put(arm.rows[0], arm.series);
    });
    for (const done of header.done) if (!done.ok) this.notice(`${done.error.what} ${done.error.cure ?? ""}`);
  }

  /** Memory for the columns of an arm: two pieces in turns, so that the frame on the screen keeps its own. */
  #room(arm, { arrays }) {
    const wanted = arrays.get(`${arm}/gap`)?.data.length ?? 0;
    this.rooms ??= [[], []];
    this.rooms[arm].reverse();
    if ((this.rooms[arm][0]?.length ?? 0) < wanted) this.rooms[arm][0] = new Uint32Array(Math.ceil(1.3 * wanted));
    return this.rooms[arm][0];
  }

  /** Draw a frame. */
  paint(block, now) {
    const { header } = block;
    this.header = header;
    this.session.heard(header.done);
    const changed = header.revision !== this.revision || header.phase !== this.phase;
    this.revision = header.revision;
    this.phase = header.phase;
    if (changed) this.describe().catch((error) => this.fail(error));
    this.prelude.cover(header.phase === "preparing" ? `${header.progress?.text ?? "Preparing the animal"}…` : "", header.progress?.done);
    if (header.phase === "failed") this.notice(header.error ? `${header.error.what} ${header.error.cure ?? ""}` : "This life cannot go on.");
    if (header.phase !== "preparing" && !this.past.on) {
      this.maps.show(this.arms, now, moves(header));
      if (changed || !moves(header) || now - (this.told ?? -Infinity) > TELL_MS) this.#tell(header, now);
    }
    this.charts.tick(now, moves(header));
    this.clock.show(header, this.series[0]?.last("clock_h"), this.description?.arms[0].settings);
    if (this.past.on) this.past.tell();
    this.#announce(header, now);
    this.#lookAgain(header, now);
    document.documentElement.dataset.seq = String(header.seq);
    document.documentElement.dataset.phase = header.phase;
    this.wayBack.note(header, now, moves(header));
    if (!moves(header)) this.#settle();
  }

  /** Numbers and strips: as often as an eye can follow them, not with every frame. */
  #tell(header, now) {
    const events = header.events ?? [];
    this.told = now;
    this.legend.show(this.arms);
    this.maps.tell(this.arms);
    this.timeline.show(header.day, events);
    this.charts.put(this.series, { day: header.day, duration: this.description.arms[0].duration_d, marks: events });
  }

  /** Nothing moves any more: draw what was put off. */
  #settle() {
    cancelAnimationFrame(this.settling);
    this.settling = requestAnimationFrame(() => this.charts.refresh());
  }

  /** Say in words where we are: at once when things stop, else now and then. */
  #announce(header, now) {
    const stopped = !moves(header);
    if (!stopped && now - (this.announced ?? -Infinity) < ANNOUNCE_MS) return;
    this.announced = now;
    const words = header.phase === "preparing" ? [header.progress?.text ?? "Preparing"]
      : inWords(scene.states, this.arms, header.day, this.maps.look.view);
    this.maps.describe(words);
    write(byId("status"), `${header.phase === "over" ? "The run is over. " : ""}${words.join(" ")}`);
  }

  #lookAgain(header, now) {
    if (header.phase === "preparing") return;
    const stopped = !moves(header);
    if (!stopped && now - (this.looked ?? -Infinity) < LOOK_AGAIN_MS) return;
    if (this.lookedSeq === header.seq) return;
    this.looked = now;
    this.lookedSeq = header.seq;
    if (this.chosen && this.chosen.arm < this.arms.length) this.lookAt(this.chosen.arm, { id: this.chosen.id }, true);
    if (stopped || (header.events ?? []).length) this.#experiment();
    const { session } = this;
    this.twins.tell().catch((error) => session === this.session && !error.early && this.fail(error));
  }

  async #experiment() {
    const fresh = this.asked.experiment.ask();
    try {
      const found = await this.session.experiment();
      if (!fresh()) return;
      this.experiment.show(found, this.arms.length);
      this.charts.label(found.curves);
    } catch (error) {
      if (fresh() && !error.early) this.fail(error);
    }
  }

  /** Send commands; what the server refuses is shown in words. */
  async send(...commands) {
    const { session } = this;
    if (!session) return false;
    this.past.sent(commands);
    try {
      await session.send(...commands);
    } catch (error) {
      if (session !== this.session) return false;
      this.fail(error);
      this.controls.show(this.description);
      return false;
    }
    this.frames?.wake();
    return true;
  }

  playPause() {
    if (this.clock.moving) return this.send({ do: "pause" });
    return this.send({ do: "play", speed_h: Number(byId("speed").value) });
  }

  reset(changes = {}) {
    this.deselect();
    return this.send({ do: "reset", ...changes });
  }

  /** Look at a cell that was clicked, or let go. */
  pick(arm, cell) {
    if (this.past.on) this.notice("Cells can be looked at as they are now: go back to now first.");
    else if (cell) this.lookAt(arm, cell);
    else this.deselect();
  }

  /** Look at a cell, or once more at that which was chosen: what a person chooses is not held up by that. */
  async lookAt(arm, place, again = false) {
    const { session } = this;
    if (!session || (again && this.choosing)) return;
    const { id, u_um: u, v_um: v, out_um: out } = place;
    const fresh = this.asked.cell.ask();
    if (!again) this.choosing = place;
    const wanted = () => (again ? !this.choosing && this.chosen?.id === id && fresh() : this.choosing === place);
    try {
      const cell = id === undefined ? await session.cellAt(arm, u, v, out) : await session.cell(arm, id);
      if (!wanted()) return;
      if (again && this.cell.node.contains(document.activeElement)) return; // do not take the focus away
      this.chosen = { arm, id: cell.id, followed: again && this.chosen.followed };
      this.cell.show(cell, { arm, arms: this.arms.length, today: this.header.day, followed: Boolean(this.chosen.followed) });
      this.maps.select(arm, cell);
      byId("cell-card").dataset.cell = cell.id;
      if (this.chosen.followed && !cell.gone) this.address.plane(this.maps.cards[arm], cell);
      if (!again) {
        this.#bringUp(byId("cell-card"));
        this.address.note();
      }
    } catch (error) {
      if (!wanted()) return;
      if (error.status === 404 && !error.gone) this.deselect("No cell here any more.");
      else this.fail(error);
    } finally {
      if (this.choosing === place) this.choosing = null;
    }
  }

  /** Scroll the column of cards, not the page, so that a card is seen; a narrow page has no such column. */
  #bringUp(card) {
    const side = card.parentElement;
    if (side.scrollHeight > side.clientHeight) side.scrollTop += card.getBoundingClientRect().top - side.getBoundingClientRect().top;
  }

  deselect(text) {
    if (this.chosen?.followed) this.send({ do: "follow", arm: this.chosen.arm, id: null });
    this.chosen = this.choosing = null;
    this.maps.select(-1, null);
    this.cell.empty(text);
    delete byId("cell-card").dataset.cell;
    this.address?.note();
  }

  follow(on) {
    this.chosen.followed = on;
    write(byId("follow"), on ? "Following" : "Follow");
    byId("follow").setAttribute("aria-pressed", String(on));
    this.send({ do: "follow", arm: this.chosen.arm, id: on ? this.chosen.id : null });
    if (on) this.address.fly(this.chosen.arm, this.cell.cell);
  }

  /** Show a sentence for a while. */
  notice(text) {
    const known = Array.from(byId("notices").children).find((node) => node.dataset.text === text);
    if (known) return;
    const note = el("p", { class: "notice", "data-text": text }, text, el("button", { type: "button", class: "quiet", "aria-label": "Dismiss", text: "✕",
      onclick: () => note.remove() }));
    byId("notices").append(note);
    while (byId("notices").children.length > 3) byId("notices").firstChild.remove();
    setTimeout(() => note.remove(), 9000);
  }

  /** Something went wrong: say it, and offer the way back where there is one. */
  fail(error) {
    if (!error.gone && !error.away) return this.notice(error.message || "Something went wrong on the page.");
    this.frames?.stop();
    return this.wayBack.lost(error);
  }
}

const page = new Page();
page.start().catch((error) => page.fail(error));
