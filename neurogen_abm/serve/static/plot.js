// One time panel as SVG: axis, curves, marks, a cursor. Attributes alone say how it looks, so that a saved picture looks the same.

import { number, svg } from "./dom.js";

const SOFT = "#55616b";
const RULE = "#9aa5ae";
const GRID = "#eceff2";
const SIZE = 11; // of the text, pixels; margins go with it
const LARGE = 20; // on a slide
const TEXT = { fill: SOFT, "font-family": 'Inter, "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif' };

/** Round values between two, at most `most` steps. */
export function ticks(low, high, most) {
  const rough = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough * (1 - 1e-9));
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) found.push(Number((k * step + 0).toPrecision(12)));
  return found;
}

/** Powers of ten between two values. */
function decades([low, high]) {
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => Number((10 ** (from + k)).toPrecision(6)));
}

export class Plot {
  /** @param {HTMLElement} node that it fills @param {object} act point(day or null), zoom([from, to] or null), step(rows) moves the cursor */
  constructor(node, label, act) {
    this.node = node;
    this.act = act;
    this.picture = svg("svg", { tabindex: "0", role: "img", "aria-label": label, xmlns: "http://www.w3.org/2000/svg" });
    this.band = svg("rect", { fill: "#005f94", "fill-opacity": 0.12, width: 0, visibility: "hidden" });
    this.cursor = svg("line", { stroke: "#005f94", "stroke-width": 1.5, visibility: "hidden" });
    node.replaceChildren(this.picture);
    this.#listen();
  }

  get #inner() {
    return [this.width - this.left - this.right, this.height - this.top - this.bottom];
  }

  /** Measure the room, and what text of this size leaves of it. */
  #measure() {
    this.width = Math.max(120, this.node.clientWidth);
    this.height = Math.max(90, this.node.clientHeight);
    const k = (document.documentElement.hasAttribute("data-slides") ? LARGE : SIZE) / SIZE;
    [this.left, this.right, this.top, this.bottom] = [46 * k, 12, 12, 32 * k];
    this.k = k;
    this.text = { ...TEXT, "font-size": SIZE * k };
  }

  /** Draw curves [{days, values, colour, dashed, fill, step}] over days `x` = [from, to] and values `y` = [low, high]. */
  draw({ curves, x, y, log, marks }) {
    this.#measure();
    [this.x, this.y, this.log] = [x, y, log];
    const [w, h] = this.#inner;
    const floor = this.top + h;
    for (const [node, at] of [[this.band, "y"], [this.cursor, "y1"]]) node.setAttribute(at, this.top);
    const nodes = [...this.#axis(w, floor), ...marks.map((mark) => this.#mark(mark, floor))];
    for (const curve of curves) nodes.push(...this.#curve(curve, floor));
    this.cursor.setAttribute("y2", floor);
    this.band.setAttribute("height", h);
    this.picture.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.picture.setAttribute("width", this.width);
    this.picture.setAttribute("height", this.height);
    this.picture.replaceChildren(...nodes, this.band, this.cursor);
    this.node.dataset.range = x.join(",");
  }

  /** Pixel of a day. */
  #px(day) {
    return this.left + (this.#inner[0] * (day - this.x[0])) / (this.x[1] - this.x[0] || 1);
  }

  #py(value) {
    const at = this.log ? Math.log10(value / this.y[0]) / Math.log10(this.y[1] / this.y[0]) : (value - this.y[0]) / (this.y[1] - this.y[0] || 1);
    return this.top + this.#inner[1] * (1 - at);
  }

  #axis(w, floor) {
    const nodes = [];
    const values = this.log ? decades(this.y) : ticks(this.y[0], this.y[1], 3);
    for (const value of values) {
      const y = this.#py(value);
      nodes.push(svg("line", { x1: this.left, x2: this.left + w, y1: y, y2: y, stroke: GRID }),
        svg("text", { ...this.text, x: this.left - 6, y: y + 4 * this.k, "text-anchor": "end", text: number(value) }));
    }
    const days = ticks(this.x[0], this.x[1], Math.max(2, Math.min(7, Math.floor(w / (44 * this.k)))));
    for (const day of days) {
      const x = this.#px(day);
      nodes.push(svg("line", { x1: x, x2: x, y1: floor, y2: floor + 3, stroke: RULE }),
        svg("text", { ...this.text, x, y: floor + 15 * this.k, "text-anchor": "middle", text: number(day) }));
    }
    nodes.push(svg("path", { d: `M${this.left} ${this.top}V${floor}H${this.left + w}`, fill: "none", stroke: RULE }),
      svg("text", { ...this.text, x: this.left + w / 2, y: floor + 28 * this.k, "text-anchor": "middle", text: "day" }));
    return nodes;
  }

  #mark({ day, text }, floor) {
    const x = this.#px(day);
    const inside = day >= this.x[0] && day <= this.x[1];
    return svg("g", { visibility: inside ? "visible" : "hidden" }, svg("title", { text: `day ${number(day)}: ${text}` }),
      svg("line", { x1: x, x2: x, y1: this.top, y2: floor, stroke: "#8a96a1", "stroke-dasharray": "2 3" }),
      svg("path", { d: `M${x - 4.5} ${this.top - 8}h9l-4.5 8z`, fill: SOFT }));
  }

  /** A curve in its frame; where it has no value, or none on a logarithmic axis, it has a gap. */
  #curve({ days, values, colour, dashed, fill, step }, floor) {
    let [path, area, open, last] = ["", "", false, 0];
    const near = (x) => Math.min(this.width - this.right, Math.max(this.left, x)).toFixed(1);
    values.forEach((value, i) => {
      const outside = days[i] < this.x[0] || days[i] > this.x[1];
      if (!Number.isFinite(value) || (this.log && value <= 0) || outside) {
        open = false;
        return;
      }
      const [x, y] = [near(this.#px(days[i])), Math.min(floor, this.#py(value)).toFixed(1)];
      const piece = !open ? `M${x} ${y}` : step ? `V${y}H${x}` : `L${x} ${y}`;
      if (fill) area += !open ? `${area ? `V${floor}Z` : ""}M${x} ${floor}V${y}` : step ? `V${y}H${x}` : `L${x} ${y}`;
      path += piece;
      [open, last] = [true, x];
    });
    if (!path) return [];
    const line = svg("path", { d: path, fill: "none", stroke: colour, "stroke-width": dashed ? 1.5 : 1.7, "stroke-linejoin": "round",
      "stroke-dasharray": dashed ? "5 3" : false });
    return fill && last ? [svg("path", { d: `${area}V${floor}Z`, fill: colour, "fill-opacity": 0.14 }), line] : [line];
  }

  /** Show the cursor at a day, or none. */
  point(day) {
    const shown = day !== null && this.x && day >= this.x[0] && day <= this.x[1];
    this.cursor.setAttribute("visibility", shown ? "visible" : "hidden");
    if (!shown) return;
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, this.#px(day));
  }

  #dayAt(event) {
    const box = this.picture.getBoundingClientRect();
    const share = ((event.clientX - box.left) * (this.width / box.width) - this.left) / this.#inner[0];
    return this.x[0] + Math.min(1, Math.max(0, share)) * (this.x[1] - this.x[0]);
  }

  #stretch(from, to) {
    const [a, b] = [Math.min(from, to), Math.max(from, to)].map((day) => this.#px(day));
    this.band.setAttribute("x", a);
    this.band.setAttribute("width", b - a);
    this.band.setAttribute("visibility", "visible");
  }

  #listen() {
    let held = null;
    const on = (kind, act) => this.picture.addEventListener(kind, (event) => this.x && act(event));
    on("pointerdown", (event) => {
      if (event.pointerType === "mouse") held = this.#dayAt(event);
      this.act.point(this.#dayAt(event));
    });
    on("pointermove", (event) => {
      this.act.point(this.#dayAt(event));
      if (held !== null) this.#stretch(held, this.#dayAt(event));
    });
    on("pointerup", (event) => {
      const [from, to] = [held, this.#dayAt(event)];
      held = null;
      this.band.setAttribute("visibility", "hidden");
      if (from !== null && Math.abs(this.#px(from) - this.#px(to)) > 6) this.act.zoom([Math.min(from, to), Math.max(from, to)]);
    });
    on("pointerleave", () => {
      held = null;
      this.band.setAttribute("visibility", "hidden");
      this.act.point(null);
    });
    on("dblclick", () => this.act.zoom(null));
    on("blur", () => this.act.point(null));
    on("keydown", (event) => {
      const acts = { ArrowLeft: () => this.act.step(-1), ArrowRight: () => this.act.step(1), Home: () => this.act.step(-Infinity),
        End: () => this.act.step(Infinity), Escape: () => this.act.zoom(null) };
      if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      acts[event.key]();
    });
  }
}
