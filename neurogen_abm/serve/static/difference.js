// The second life minus the first, in squares of the sheet, with a fixed scale.

import { channels, mixed, packed } from "./palette.js";
import { el, number, write } from "./dom.js";
import { scene } from "./scene.js";

const LESS = "#D55E00";
const MORE = "#0072B2";
const TILE_UM = 100;

export class Difference {
  /** @param {object} about `differences`: what can be compared, cells of `states` or else BDNF, `limit` for squares of 100 um */
  constructor({ differences }) {
    this.readouts = differences;
    this.codes = new Map(scene.states.map(({ name, code }) => [name, code]));
    this.choice = el("select", { "aria-label": "What the difference shows" },
      this.readouts.map(({ key, label }) => el("option", { value: key, text: label })));
    this.canvas = el("canvas", { class: "difference-canvas", role: "img", width: "1", height: "1" });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.bar = el("span", { class: "difference-bar", "aria-hidden": "true" });
    this.low = el("span");
    this.high = el("span");
    this.lines = this.readouts.map(() => el("li", {}));
    this.node = el("figure", { class: "map difference" },
      el("figcaption", { class: "map-caption" }, el("span", { class: "map-name", text: "B − A" }), this.choice,
        el("span", { class: "bar-row" }, this.low, this.bar, this.high)),
      this.canvas, el("ul", { class: "difference-text" }, this.lines));
    this.bar.style.background = `linear-gradient(90deg, ${LESS}, #f7f7f7, ${MORE})`;
    this.choice.addEventListener("change", () => this.last && this.show(...this.last));
    this.table = Uint32Array.from({ length: 201 }, (_, i) => packed(divergent((i - 100) / 100)));
  }

  /** Paint the difference of two arms. */
  show(a, b, grid, siteClass) {
    this.last = [a, b, grid, siteClass];
    const readout = this.readouts.find(({ key }) => key === this.choice.value);
    const tile = Math.max(1, Math.round(TILE_UM / grid.pitch_um));
    const [w, h] = [Math.ceil(grid.n_u / tile), Math.ceil(grid.n_v / tile)];
    const values = readout.states ? this.#cells(a, b, grid, tile, w, h, readout.states) : bdnf(a, b, grid, siteClass, tile, w, h);
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    const image = this.context.createImageData(w, h);
    const out = new Uint32Array(image.data.buffer);
    for (let i = 0; i < out.length; i += 1) {
      out[i] = this.table[100 + Math.round(100 * Math.min(1, Math.max(-1, values[i] / readout.limit)))];
    }
    this.context.putImageData(image, 0, 0);
    this.#say(a, b, readout);
  }

  #cells(a, b, grid, tile, w, h, names) {
    const wanted = new Uint8Array(16);
    for (const name of names) wanted[this.codes.get(name)] = 1;
    const values = new Float32Array(w * h);
    for (const [arm, sign] of [[a, -1], [b, 1]]) {
      for (let i = 0; i < arm.columns.length; i += 1) {
        if (!wanted[arm.kinds[i] & 15]) continue;
        const [u, v] = [arm.columns[i] % grid.n_u, Math.floor(arm.columns[i] / grid.n_u)];
        values[Math.floor(v / tile) * w + Math.floor(u / tile)] += sign;
      }
    }
    return values;
  }

  #say(a, b, { key, limit, states }) {
    write(this.low, `−${limit}`);
    write(this.high, `+${limit} ${states ? "cells per square of 0.1 mm" : "pg/mL"}`);
    const words = this.readouts.map((readout) => this.#inWords(a, b, readout));
    this.readouts.forEach((readout, i) => {
      write(this.lines[i], words[i]);
      this.lines[i].classList.toggle("shown", readout.key === key);
    });
    this.canvas.setAttribute("aria-label", `Map of the difference B minus A. ${words.join(" ")}`);
  }

  #inWords(a, b, { label, states }) {
    const of = (arm) => (states ? states.reduce((sum, name) => sum + (arm.counts?.[name] ?? 0), 0) : arm.niche_pg_ml);
    const [x, y] = [of(a), of(b)];
    const unit = states ? "" : " pg/mL";
    const share = x > 0 ? Math.round((100 * (y - x)) / x) : NaN;
    const change = !Number.isFinite(share) ? "" : share === 0 ? ": about the same" : `: ${Math.abs(share)} % ${share > 0 ? "more" : "less"} in B`;
    return `${label[0].toUpperCase()}${label.slice(1)}: ${number(x)}${unit} in A, ${number(y)}${unit} in B${change}.`;
  }
}

function bdnf(a, b, grid, siteClass, tile, w, h) {
  const values = new Float32Array(w * h);
  const sites = new Float32Array(w * h);
  const change = Float32Array.from(a.level, (level, c) => b.level[c] - level);
  for (let i = 0; i < siteClass.length; i += 1) {
    const at = Math.floor(Math.floor(i / grid.n_u) / tile) * w + Math.floor((i % grid.n_u) / tile);
    values[at] += change[siteClass[i] & 63];
    sites[at] += 1;
  }
  return values.map((sum, i) => sum / Math.max(1, sites[i]));
}

/** Colour of -1 to 1: vermillion for less, blue for more, near white between. */
function divergent(x) {
  return channels(mixed("#f7f7f7", x < 0 ? LESS : MORE, Math.abs(x) ** 0.75));
}
