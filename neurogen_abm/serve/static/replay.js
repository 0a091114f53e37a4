// A film of one life or two that plays by itself: the maps of the live page, fed from the page instead of a server, and a transport that runs both ways.

import { readBlock } from "./decoder.js";
import { byId, calm, el, number, svg, write } from "./dom.js";
import { FilmStore, describedBy, livesOf } from "./film.js";
import { Legend } from "./legend.js";
import { MapPanels, inWords } from "./panels.js";
import { groundOf, scene, setScene } from "./scene.js";

const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 20];
const [W, H] = [1000, 120];
const ANNOUNCE_MS = 4000;

const icon = (name) => svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#icon-${name}` }));
const dayText = (day) => `Day ${day.toFixed(1)}`;

/** Counts of the groups over time, of two lives on one scale, with a cursor; a click goes there. */
class Chart {
  constructor(films, go) {
    const [film] = films;
    this.film = film;
    const groups = scene.groups.map((group) => ({ ...group, codes: scene.states.filter((s) => s.group === group.key).map(({ code }) => code) }));
    const inGroups = (counts) => groups.map(({ codes }) => codes.reduce((sum, code) => sum + counts[code], 0));
    this.groups = groups;
    this.history = films.map((one) => one.history().map(inGroups));
    const last = film.day(film.length - 1) || 1;
    const most = Math.max(1, ...this.history.flat(2));
    this.x = (day) => (W * day) / last;
    const y = (n) => H - 4 - ((H - 12) * n) / most;
    const line = (rows, arm, g) => svg("polyline", { class: arm ? "chart-line b" : "chart-line", "vector-effect": "non-scaling-stroke",
      points: rows.map((row, k) => `${this.x(film.day(k)).toFixed(1)},${y(row[g]).toFixed(1)}`).join(" ") });
    this.lines = groups.map((_, g) => this.history.map((rows, arm) => line(rows, arm, g)));
    this.cursor = svg("line", { class: "track-now", y1: 0, y2: H, "vector-effect": "non-scaling-stroke" });
    const marks = film.header.bookmarks.map(({ day, text }) => svg("line", { class: "chart-mark", x1: this.x(day), x2: this.x(day), y1: 0, y2: H,
      "vector-effect": "non-scaling-stroke" }, svg("title", { text })));
    this.picture = svg("svg", { viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...this.lines.flat(), ...marks, this.cursor);
    this.picture.addEventListener("pointerdown", (event) => {
      const move = ({ clientX }) => {
        const box = this.picture.getBoundingClientRect();
        go(Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * last);
      };
      move(event);
      this.picture.setPointerCapture(event.pointerId);
      this.picture.onpointermove = move;
    });
    for (const kind of ["pointerup", "pointercancel"]) this.picture.addEventListener(kind, () => { this.picture.onpointermove = null; });
    this.keys = groups.map(({ key, label }) => {
      const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
      const counts = films.map((_, arm) => el("span", { class: "n", "data-group": key, "data-arm": String(arm) }));
      return { swatch, counts, node: el("span", { class: "group-key" }, swatch, `${label} `, counts.flatMap((count, arm) => (arm ? ["|", count] : [count]))) };
    });
    this.node = el("div", { class: "film-chart" }, el("p", { class: "group-keys" }, ...this.keys.map(({ node }) => node)), this.picture,
      el("p", { class: "hint", text: `Cells at each time, up to ${number(most)}${films.length > 1 ? "; A solid, B dashed" : ""}; click or drag to go there.` }));
  }

  colour(ground) {
    this.groups.forEach((group, g) => {
      for (const line of this.lines[g]) line.setAttribute("stroke", group.paper);
      this.keys[g].swatch.style.background = group[ground];
    });
  }

  show(k) {
    const x = this.x(this.film.day(k));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.keys.forEach(({ counts }, g) => counts.forEach((count, arm) => write(count, this.history[arm][k][g].toLocaleString("en-GB"))));
  }
}

class Player {
  constructor(block) {
    setScene(block.header.scene);
    this.films = livesOf(block, scene.states);
    [this.film] = this.films; // whose times are those of both
    const { header } = block;
    this.maps = new MapPanels({ ...header, scene: undefined }, {
      pick: () => undefined, notice: (text) => this.notice(text), again: () => this.show(), coloursChanged: () => this.colours(),
    });
    this.legend = new Legend(byId("legend"), this.maps.look, header.families, () => this.maps.repaint());
    this.chart = new Chart(this.films, (day) => this.goTo(day));
    [this.day, this.playing, this.way, this.last] = [0, false, 1, this.film.day(this.film.length - 1)];
    this.maps.begin(new FilmStore(block), describedBy(header));
    this.maps.name(header.arms.map(({ name }) => name));
    this.maps.offerColours({});
    this.#sections(header.sections_um.length);
    this.#transport(header.bookmarks);
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The film holds what stands still for some sections of one thickness. */
  #sections(n) {
    const slider = byId("section-at");
    Object.assign(slider, { step: String(1 / (n - 1)), value: "0.5" });
    byId("thickness").parentElement.remove();
  }

  #transport(bookmarks) {
    const button = (name, title, act, ...children) => el("button", { type: "button", class: name, title, onclick: act }, ...children);
    this.back = button("", "Play backwards (R)", () => this.play(-1), "◀");
    this.play_ = button("primary play", "Play or pause (space)", () => this.toggle(), icon("play"), el("span", { text: "Play" }));
    this.speed = el("select", { title: "How fast the film runs" }, SPEEDS.map((s) => el("option", { value: s, text: `${s} d per second`, selected: s === this.#usual() })));
    this.loop = el("input", { type: "checkbox", checked: true });
    this.clock = el("span", { class: "film-day" });
    this.slider = el("input", { type: "range", min: 0, max: this.film.length - 1, step: 1, value: 0, "aria-label": "Time", class: "film-slider",
      oninput: () => { this.pause(); this.to(Number(this.slider.value)); } });
    document.querySelector(".transport").replaceChildren(this.back, this.play_,
      button("", "A moment back (left arrow)", () => this.step(-1), "−"), button("", "A moment on (right arrow)", () => this.step(1), icon("step")),
      el("label", { class: "field inline" }, el("span", { class: "sr", text: "Speed" }), this.speed), el("label", { class: "check" }, this.loop, "loop"),
      el("p", { class: "clock" }, this.clock), this.slider);
    document.querySelector(".film").append(this.chart.node, el("p", { class: "bookmarks" }, ...bookmarks.map(({ day, text }) =>
      button("small", `Go to day ${day.toFixed(1)}`, () => { this.pause(); this.goTo(day); }, `${text}: day ${day.toFixed(1)}`))));
  }

  /** The speed at which the film takes about twenty seconds. */
  #usual() {
    return SPEEDS.find((speed) => this.last / speed <= 25) ?? SPEEDS[SPEEDS.length - 1];
  }

  async start() {
    this.colours();
    this.maps.show(this.#frames(false), performance.now(), false);
    await this.maps.tissue();
    this.to(0);
    document.documentElement.dataset.ready = "yes";
    if (!calm()) this.play(1);
  }

  colours() {
    this.legend.applyColours();
    this.chart.colour(this.maps.look.ground);
    document.documentElement.dataset.ground = groundOf(this.maps.look.ground).page;
  }

  /** Go to the moment of a day; the clock stands on the day itself. */
  goTo(day) {
    const k = this.film.momentOf(day);
    this.day = day;
    if (k !== this.film.at || !this.shown) this.#moment(k);
  }

  /** Go to a moment. */
  to(k) {
    const at = Math.min(this.film.length - 1, Math.max(0, k));
    this.day = this.film.day(at);
    this.#moment(at);
  }

  #moment(k) {
    const fresh = this.playing && this.way > 0 && k > this.film.at;
    for (const film of this.films) film.seek(k);
    this.show(fresh);
  }

  #frames(fresh) {
    return this.films.map((film) => film.frame(this.maps.look.by, fresh));
  }

  /** Show the present moment. */
  show(fresh = false) {
    const { film } = this;
    const [now, arms] = [performance.now(), this.#frames(fresh)];
    this.shown = true;
    this.maps.show(arms, now, this.playing);
    this.maps.tell(arms);
    this.legend.show(arms);
    this.chart.show(film.at);
    this.slider.value = String(film.at);
    const day = film.day(film.at);
    write(this.clock, dayText(day));
    this.slider.setAttribute("aria-valuetext", dayText(day));
    document.documentElement.dataset.moment = String(film.at);
    if (!this.playing || now - (this.announced ?? -Infinity) > ANNOUNCE_MS) {
      this.announced = now;
      const words = inWords(scene.states, arms, day, this.maps.look.view);
      this.maps.describe(words);
      write(byId("status"), words.join(" "));
    }
  }

  step(by) {
    this.pause();
    this.to(this.film.at + by);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play(this.way);
  }

  /** Play on (1) or backwards (-1); the button that plays backwards pauses too. */
  play(way) {
    if (this.playing && way === this.way && way < 0) return this.pause();
    if (way > 0 && this.day >= this.last) this.to(0);
    if (way < 0 && this.day <= 0) this.to(this.film.length - 1);
    [this.way, this.before] = [way, performance.now()];
    if (!this.playing) requestAnimationFrame((now) => this.#run(now));
    this.playing = true;
    return this.#buttons();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.way = 1;
    this.#buttons();
    this.show();
  }

  #buttons() {
    write(this.play_.lastChild, this.playing ? "Pause" : "Play");
    this.play_.querySelector("use").setAttribute("href", this.playing ? "#icon-pause" : "#icon-play");
    this.back.setAttribute("aria-pressed", String(this.playing && this.way < 0));
  }

  #run(now) {
    if (!this.playing) return;
    const passed = Math.min(0.25, Math.max(0, (now - this.before) / 1000));
    this.before = now;
    const day = this.day + this.way * passed * Number(this.speed.value);
    const over = day > this.last || day < 0;
    if (over && !this.loop.checked) {
      this.goTo(day < 0 ? 0 : this.last);
      this.pause();
      return;
    }
    this.goTo(over ? (day < 0 ? this.last : 0) : day);
    requestAnimationFrame((later) => this.#run(later));
  }

  notice(text) {
    byId("notices").append(el("p", { class: "notice", text }));
    setTimeout(() => byId("notices").firstChild?.remove(), 9000);
  }

  #key(event) {
    const typing = event.target.closest?.("input:not([type=checkbox]), select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const button = event.target.closest?.("button, a, input");
    const keys = {
      " ": () => this.toggle(), ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1), Home: () => { this.pause(); this.to(0); },
      End: () => { this.pause(); this.to(this.film.length - 1); }, r: () => this.play(-1), l: () => this.loop.click(),
      v: () => this.maps.view(this.maps.look.view === "sheet" ? "section" : "sheet"), b: () => this.maps.nextOverlay(),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || (event.key === " " && button)) return;
    event.preventDefault();
    act();
  }
}

/** Unpack the film that the page carries, and play it. */
async function begin() {
  const packed = Uint8Array.from(atob(document.querySelector("#packed-film").textContent.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const player = new Player(readBlock(await new Response(stream).arrayBuffer()));
  document.querySelector("#packed-film").remove();
  await player.start();
}

begin().catch((error) => {
  const old = typeof DecompressionStream === "undefined";
  const text = old ? "This browser is too old to unpack the film (it needs DecompressionStream, 2023)." : `The film cannot be shown: ${error.message}`;
  byId("notices").append(el("p", { class: "notice", text }));
});
