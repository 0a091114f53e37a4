// Twins in a notebook: the arms of a comparison over time, and below them the effect, with one cursor for both.

import { el, number, svg, write } from "./dom.js";

const [WIDTH, LEFT, RIGHT] = [760, 64, 12];
const PANELS = { arms: { top: 24, height: 200 }, effects: { top: 268, height: 130 } };
const BOTTOM = 440;
const CLICK = "Point at the curves, or use the arrow keys, to read a day.";

const known = (values) => values.filter((value) => value !== null && Number.isFinite(value));

/** Round values between two, a handful. */
function ticks(low, high) {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) found.push(k * step + 0); // no minus zero
  return found;
}

/** Where a curve has values, its pieces: a gap is a gap. */
function pieces(days, values) {
  const found = [[]];
  days.forEach((day, i) => {
    if (values[i] === null) found.push([]);
    else found[found.length - 1].push(i);
  });
  return found.filter((piece) => piece.length);
}

const percent = (share) => (share === null ? "–" : `${share < 0 ? "−" : share > 0 ? "+" : ""}${number(Math.abs(100 * share))} %`);

class Twins {
  constructor(model) {
    this.model = model;
    this.about = model.get("about");
    this.choice = el("select", { "data-trait": "read_out" },
      this.about.read_outs.map(({ key, label }) => el("option", { value: key, text: label })));
    this.choice.addEventListener("change", () => this.#set("read_out", this.choice.value));
    this.picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${BOTTOM}`, tabindex: "0", role: "img" });
    this.read = el("div", { class: "twins-read" });
    this.words = el("p", { class: "twins-words", role: "status", "aria-live": "polite" });
    const keys = this.about.arms.map((arm, k) => el("span", { class: "key", style: { "--key": this.about.colours[k] } }, k ? arm : `${arm} (control)`));
    this.node = el("div", { class: "widget twins" }, el("div", { class: "map-bar" },
      el("label", { class: "field inline" }, el("span", { text: "Read-out" }), this.choice), ...keys), this.picture, this.read, this.words,
    this.about.patch ? el("p", { class: "hint", text: this.about.patch }) : null);
    this.picture.addEventListener("pointermove", (event) => this.#point(event));
    this.picture.addEventListener("pointerdown", (event) => this.#point(event));
    this.picture.addEventListener("keydown", (event) => this.#key(event));
    this.heard = { read_out: () => this.draw(), curves: () => this.draw(), day: () => this.#cursor() };
    for (const [name, act] of Object.entries(this.heard)) model.on(`change:${name}`, act);
  }

  end() {
    for (const [name, act] of Object.entries(this.heard)) this.model.off(`change:${name}`, act);
  }

  #set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  draw() {
    const name = this.model.get("read_out");
    this.choice.value = name;
    this.shown = this.model.get("curves")[name];
    const { label, unit } = this.about.read_outs.find(({ key }) => key === name);
    const { days } = this.shown;
    const [first, last] = [days[0], days[days.length - 1]];
    this.x = (day) => LEFT + ((WIDTH - LEFT - RIGHT) * (day - first)) / (last - first || 1);
    const nodes = [
      ...this.#panel("arms", this.shown.arms, this.about.colours, unit ? `${label} (${unit})` : label, number, 0),
      ...this.#panel("effects", this.shown.effects, this.about.colours.slice(1), "effect (% of the control)", percent, 0),
    ];
    const floor = PANELS.effects.top + PANELS.effects.height;
    for (const day of ticks(first, last)) nodes.push(svg("text", { x: this.x(day), y: floor + 18, "text-anchor": "middle", text: number(day) }));
    nodes.push(svg("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: floor + 36, "text-anchor": "middle", text: "time since the start (d)" }));
    this.line = svg("line", { class: "cursor", y1: PANELS.arms.top, y2: floor, visibility: "hidden" });
    this.picture.replaceChildren(...nodes, this.line);
    this.picture.setAttribute("aria-label", this.shown.words.join(" "));
    write(this.words, this.shown.words.join(" "));
    this.#cursor();
  }

  /** One picture: axis, bands, lines; zero always is in sight. */
  #panel(name, curves, colours, title, text, foot) {
    const { top, height } = PANELS[name];
    const values = [foot, ...curves.flatMap(({ mean, low, high }) => known([...mean, ...low, ...high]))];
    let [least, most] = [Math.min(...values), Math.max(...values)];
    if (least === most) most = least + 1;
    const y = (value) => top + height - (height * (value - least)) / (most - least);
    const { days } = this.shown;
    const nodes = [svg("text", { x: LEFT, y: top - 8, text: title })];
    for (const value of ticks(least, most)) {
      nodes.push(svg("line", { class: value === 0 ? "zero" : "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
        svg("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end", text: text(value) }));
    }
    const at = (i, side) => `${this.x(days[i]).toFixed(1)},${y(side[i]).toFixed(1)}`;
    curves.forEach(({ mean, low, high }, k) => {
      const both = low.map((value, i) => (value === null || high[i] === null ? null : value));
      for (const piece of pieces(days, both)) {
        const outline = [...piece.map((i) => at(i, high)), ...piece.slice().reverse().map((i) => at(i, low))];
        nodes.push(svg("polygon", { class: "band", "data-panel": name, points: outline.join(" "), fill: colours[k], "fill-opacity": 0.18,
          stroke: piece.length > 1 ? false : colours[k] })); // a single day has a whisker
      }
      for (const piece of pieces(days, mean)) {
        if (piece.length === 1) {
          nodes.push(svg("circle", { class: "point", "data-panel": name, cx: this.x(days[piece[0]]), cy: y(mean[piece[0]]), r: 4, fill: colours[k] }));
          continue;
        }
        nodes.push(svg("polyline", { class: "line", "data-panel": name, "data-arm": String(name === "arms" ? k : k + 1), stroke: colours[k],
          points: piece.map((i) => at(i, mean)).join(" ") }));
      }
    });
    return nodes;
  }

  #point(event) {
    const box = this.picture.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const { days } = this.shown;
    const nearest = days.reduce((best, day) => (Math.abs(this.x(day) - x) < Math.abs(this.x(best) - x) ? day : best), days[0]);
    if (nearest !== this.model.get("day")) this.#set("day", nearest);
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const { days } = this.shown;
    const at = days.indexOf(this.model.get("day"));
    this.#set("day", days[at < 0 ? (step > 0 ? 0 : days.length - 1) : Math.min(days.length - 1, Math.max(0, at + step))]);
  }

  /** The day under the cursor, in both pictures and in figures. */
  #cursor() {
    const at = this.shown.days.indexOf(this.model.get("day"));
    this.line.setAttribute("visibility", at < 0 ? "hidden" : "visible");
    if (at < 0) return this.read.replaceChildren(el("p", { class: "hint", text: CLICK }));
    const x = this.x(this.shown.days[at]);
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    const between = (low, high, text) => (low[at] === null || high[at] === null ? "" : `${text(low[at])} to ${text(high[at])}`);
    const rows = this.shown.arms.map(({ mean, low, high }, k) => {
      const effect = k ? this.shown.effects[k - 1] : null;
      const cells = [this.about.arms[k], mean[at] === null ? "–" : number(mean[at], 4), between(low, high, (value) => number(value, 4)),
        effect ? percent(effect.mean[at]) : "control", effect ? between(effect.low, effect.high, percent) : ""];
      return el("tr", {}, cells.map((text) => el("td", { text })));
    });
    const head = [`Day ${number(this.shown.days[at])}`, "mean", "95 % interval", "effect", "95 % interval"];
    return this.read.replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, head.map((text) => el("th", { text })))), el("tbody", {}, rows)));
  }
}

/** Draw a widget into a node; what comes back ends it. */
export function render({ model, el: host, style }) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const twins = new Twins(model);
  root.replaceChildren(el("style", { text: style }), twins.node);
  twins.draw();
  return () => twins.end();
}
