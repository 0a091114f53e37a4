// Time panels: both lives over one axis in days, with one cursor. Drawn one panel at a time, so that the map never waits for long.

import { el, number, svg, write } from "./dom.js";
import { readable } from "./palette.js";
import { Plot } from "./plot.js";

const MOST_POINTS = 420;
const PLAYING_MS = 240;
const NICE_DAYS = [1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 42, 56, 70, 84, 112, 140, 180, 240, 300, 365, 540, 730, 1095];
const LABEL_COLOUR = "#b0107a";

/** The sum of some columns of a series, row by row. */
function total(series, names) {
  const columns = names.map((name) => series.column(name));
  return columns.length === 1 ? columns[0] : series.column("day").map((_, i) => columns.reduce((sum, column) => sum + (column[i] ?? 0), 0));
}

const ACTIVITY = { unit: "share of reserve", floor: 0.5,
  lines: [{ label: "intensity", colour: "#0072B2", columns: ["intensity"], fill: true, step: true }] };

/** The panels: lines add up columns of the series, or read a curve of the experiment; `fill` shades below, `floor` is the least top of the axis;
 *  `offers` are read-outs that a panel can show instead. */
const panelsOf = ({ lineage, deaths }, offers) => [
  { key: "activity", title: "Activity", ...ACTIVITY, offers },
  { key: "bdnf", title: "BDNF", unit: "pg/mL", floor: 45,
    lines: [{ label: "niche", colour: "#0072B2", columns: ["bdnf_niche_pg_ml"] },
      { label: "plasma", colour: "#D55E00", columns: ["bdnf_plasma_pg_ml"] }] },
  { key: "lineage", title: "Lineage", unit: "cells, log scale", log: true, lines: lineage },
  { key: "survival", title: "Since the start", unit: "cells", floor: 10,
    lines: [{ label: "new neurons alive", colour: "#009E73", columns: ["new_neurons"], fill: true }, ...deaths] },
  { key: "labelled", title: "Labelled cells", unit: "cells", floor: 10, empty: "Nothing has been injected yet.",
    lines: [{ label: "all", colour: LABEL_COLOUR, curve: "cells", fill: true }, { label: "of these neurons", colour: "#009E73", curve: "neurons" }] },
];

/** The names of lines, each with room for its value. */
function keysOf(lines) {
  return lines.map((line) => {
    line.value = el("b", {});
    return el("span", { class: "key", style: { "--key": line.colour, color: readable(line.colour) } }, `${line.label} `, line.value);
  });
}

/** Rows to draw: all of a short run, else the extremes of each stretch of rows; stretches do not shift as rows come. */
function thinned(values, most = MOST_POINTS) {
  let stretch = 1;
  while (values.length / stretch > most / 2) stretch *= 2;
  if (stretch <= 2) return Array.from(values, (_, i) => i);
  const rows = [];
  for (let from = 0; from < values.length; from += stretch) {
    let [low, high] = [from, from];
    for (let i = from; i < Math.min(from + stretch, values.length); i += 1) {
      if (values[i] < values[low]) low = i;
      if (values[i] > values[high]) high = i;
    }
    rows.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  if (rows[rows.length - 1] !== values.length - 1) rows.push(values.length - 1);
  return rows;
}

function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((k) => k * power).find((top) => top >= value) ?? value;
}

/** The last place of rising days that is not after a day; -1 where there is none. */
function rowAt(days, day) {
  let [low, high] = [0, days.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (days[middle] <= day + 1e-9) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export class Charts {
  /** @param {object} about its `lines` and `read_outs` */
  constructor(node, { lines, read_outs: offers }) {
    this.node = node;
    this.zoomed = this.cursor = null;
    this.turn = this.last = 0;
    this.dirty = new Set();
    this.tops = new Map();
    this.curves = [];
    this.panels = panelsOf(lines, offers).map((panel) => this.#panel(panel));
    node.replaceChildren(...this.panels.map(({ figure }) => figure));
    new ResizeObserver(() => this.refresh()).observe(node);
  }

  #panel(panel) {
    const room = el("div", { class: "plot" });
    const made = { ...panel, room, unitText: el("span", { class: "unit", text: panel.unit }), keys: el("span", { class: "keys" }, keysOf(panel.lines)) };
    made.plot = new Plot(room, `${panel.title} against time; arrow keys read a day`, { point: (day) => this.#point(day), zoom: (range) => this.#zoom(range),
      step: (rows) => this.#step(rows) });
    const name = panel.offers ? this.#chooser(made) : el("strong", { text: panel.title });
    made.figure = el("figure", { class: "panel", "data-panel": panel.key }, el("figcaption", {}, name, made.unitText, made.keys), room);
    return made;
  }

  /** A list of what a panel can show in place of what it is made for. */
  #chooser(panel) {
    const others = panel.offers.filter(({ column }) => column !== panel.lines[0].columns[0]);
    const list = el("select", { class: "panel-choice", "aria-label": "What this panel shows", onchange: () => {
      const chosen = others.find(({ column }) => column === list.value);
      const line = chosen && { label: "", colour: "#0072B2", columns: [chosen.column] };
      Object.assign(panel, chosen ? { unit: chosen.unit, floor: undefined, lines: [line] } : ACTIVITY);
      write(panel.unitText, panel.unit);
      panel.plot.picture.setAttribute("aria-label", `${chosen?.label ?? panel.title} against time`);
      panel.keys.replaceChildren(...keysOf(panel.lines));
      this.tops.delete(panel.key);
      if (this.arms) this.put(this.arms, this.now);
      this.refresh();
    } }, el("option", { value: "", text: panel.title }), others.map(({ column, label }) => el("option", { value: column, text: label })));
    return list;
  }

  /** Forget what was seen before a reset. */
  clear() {
    this.zoomed = this.cursor = null;
    this.tops.clear();
    this.curves = [];
  }

  /** Take the series of the arms; `marks` are events, `day` is now, `duration` the length of the run in days. */
  put(arms, { day, duration, marks }) {
    this.arms = arms;
    this.now = { day, duration, marks };
    for (let i = 0; i < this.panels.length; i += 1) this.dirty.add(i);
    this.#say();
  }

  /** Take the curves of labelled cells: [{arm, agent, days, cells, neurons}]. */
  label(curves) {
    this.curves = curves;
    if (!this.arms) return;
    this.#say();
    this.#draw(this.panels[this.panels.length - 1]); // at rest no frame comes that would
  }

  /** Days and values of a line in an arm. */
  #values(line, series, arm) {
    if (!line.curve) return { days: series.column("day"), values: total(series, line.columns) };
    const found = this.curves.find((curve) => curve.arm === arm);
    return { days: found?.days ?? [], values: found?.[line.curve] ?? [] };
  }

  /** Say the values of every line at the cursor, or now. */
  #say() {
    for (const panel of this.panels) {
      for (const line of panel.lines) {
        const values = this.arms.map((series, arm) => {
          const { days, values: all } = this.#values(line, series, arm);
          const text = number(all[this.cursor === null ? all.length - 1 : rowAt(days, this.cursor)]);
          return /^0\.00/.test(text) ? "0" : text;
        });
        const known = values.filter((v) => v !== "–").join(" | ");
        write(line.value, known || (panel.empty ?? (line.label ? "" : "not followed in this life")));
        if (panel.empty) line.value.parentElement.hidden = !known && line !== panel.lines[0];
      }
    }
  }

  /** Draw at most one panel that is due. */
  tick(now, playing) {
    if (!this.arms || this.dirty.size === 0) return undefined;
    if (this.#range().join() !== this.drawnRange) return this.refresh(); // all panels, always, over one axis
    if (playing && now - this.last < PLAYING_MS) return undefined;
    for (let k = 0; k < this.panels.length; k += 1) {
      const i = (this.turn + k) % this.panels.length;
      if (!this.dirty.delete(i)) continue;
      this.turn = i + 1;
      this.last = now;
      this.#draw(this.panels[i]);
      return undefined;
    }
    return undefined;
  }

  /** Draw all now. */
  refresh() {
    if (!this.arms) return;
    this.dirty.clear();
    this.drawnRange = this.#range().join();
    for (const panel of this.panels) this.#draw(panel);
  }

  #range() {
    if (this.zoomed) return this.zoomed;
    const { day, duration } = this.now;
    return [0, Math.min(duration, NICE_DAYS.find((days) => days >= 1.04 * day) ?? duration)];
  }

  #draw(panel) {
    const curves = [];
    let [top, low, bottom] = [0, 0, Infinity];
    this.arms.forEach((series, arm) => {
      for (const line of panel.lines) {
        const { days, values } = this.#values(line, series, arm);
        for (const v of values) {
          if (v > top) top = v;
          if (v < low) low = v;
          if (v > 0 && v < bottom) bottom = v;
        }
        const rows = thinned(values);
        curves.push({ days: rows.map((i) => days[i]), values: rows.map((i) => values[i]), colour: line.colour, dashed: arm === 1,
          fill: line.fill && arm === 0, step: line.step });
      }
    });
    top = Math.max(top * 1.06, panel.floor ?? 0, this.tops.get(panel.key) ?? 0) || 1;
    this.tops.set(panel.key, panel.log ? 0 : niceTop(top));
    const log = [10 ** Math.floor(Math.log10(Math.max(0.5, Math.min(bottom, 10)))), Math.max(100, top) * 1.26];
    panel.plot.draw({ curves, x: this.#range(), y: panel.log ? log : [1.06 * low, this.tops.get(panel.key)], log: panel.log, marks: this.now.marks });
    panel.plot.point(this.cursor);
  }

  /** Put the cursor of all panels on a day, or take it away. */
  #point(day) {
    if (!this.arms) return;
    const [first] = this.arms;
    this.cursor = day === null ? null : Math.min(day, first.last("day") ?? 0);
    for (const { plot } of this.panels) plot.point(this.cursor);
    this.#say();
    this.node.dataset.cursor = this.cursor === null ? "" : this.cursor.toFixed(2);
  }

  #step(rows) {
    const days = this.arms?.[0].column("day") ?? [];
    if (!days.length) return;
    const at = this.cursor === null ? days.length - 1 : rowAt(days, this.cursor);
    this.#point(days[Math.min(days.length - 1, Math.max(0, at + rows))]);
  }

  #zoom(range) {
    this.zoomed = range && [Math.max(0, range[0]), Math.min(this.now.duration, range[1])];
    this.refresh();
  }

  /** All panels as one picture, for a file: two beside each other. */
  picture(words) {
    const [width, height, head] = [460, 230, 60];
    const lines = [svg("text", { x: 12, y: 24, "font-size": 15, "font-weight": 600, fill: "#1f2933", text: words[0] ?? "" }),
      svg("text", { x: 12, y: 44, "font-size": 12, fill: "#55616b", text: words[1] ?? "" })];
    const rows = Math.ceil(this.panels.length / 2);
    const parts = this.panels.map(({ title, unit, lines: drawn, plot }, k) => {
      const copy = plot.picture.cloneNode(true);
      for (const [name, value] of Object.entries({ x: 8, y: 40, width: width - 16, height: height - 46 })) copy.setAttribute(name, value);
      const keys = drawn.map((line, i) => svg("tspan", { fill: readable(line.colour), dx: i ? 10 : 0, text: `${line.label} ${line.value.textContent}` }));
      return svg("g", { transform: `translate(${(k % 2) * width} ${head + Math.floor(k / 2) * height})` },
        svg("text", { x: 12, y: 16, "font-size": 13, "font-weight": 600, fill: "#1f2933", text: `${title}, ${unit}` }),
        svg("text", { x: 12, y: 33, "font-size": 11.5 }, keys), copy);
    });
    const size = [2 * width, head + rows * height];
    return svg("svg", { xmlns: "http://www.w3.org/2000/svg", width: size[0], height: size[1], viewBox: `0 0 ${size[0]} ${size[1]}`,
      "font-family": "Helvetica, Arial, sans-serif" }, svg("rect", { width: "100%", height: "100%", fill: "#ffffff" }), lines, parts);
  }
}
