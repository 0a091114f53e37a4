// Time panels over one axis in days. Drawn by plotly.js as SVG, one panel at a time, so that the map never waits for long.

import { el, number, write } from "./dom.js";
import { readable } from "./palette.js";

const INK = "#1f2933";
const SOFT = "#55616b";
const FONT = 'Inter, "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif';
const MOST_POINTS = 420;
const PLAYING_MS = 240;
const NICE_DAYS = [1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 42, 56, 70, 84, 112, 140, 180, 240, 300, 365, 540, 730, 1095];

/** Nothing that talks to another machine: the button that uploads data is off, here and in exports. */
const CONFIG = {
  displaylogo: false, showSendToCloud: false, showEditInChartStudio: false, plotlyServerURL: "", topojsonURL: "", responsive: false,
  displayModeBar: "hover", modeBarButtons: [["toImage", "resetScale2d"]], toImageButtonOptions: { format: "svg" }, doubleClick: "reset",
};

/** The sum of some columns of a series. */
function total(series, names) {
  const columns = names.map((name) => series.column(name));
  return columns.length === 1 ? columns[0] : series.column("day").map((_, i) => columns.reduce((sum, column) => sum + (column[i] ?? 0), 0));
}

const ACTIVITY = { unit: "share of reserve", floor: 0.5,
  lines: [{ label: "intensity", colour: "#0072B2", columns: ["intensity"], fill: true, step: true }] };

/** The panels: lines add up columns of the series; `fill` shades below, `floor` is the least top of the axis; `offers` are read-outs that
 *  a panel can show instead. */
const panelsOf = ({ lineage, deaths }, offers) => [
  { key: "activity", title: "Activity", ...ACTIVITY, offers },
  { key: "bdnf", title: "BDNF", unit: "pg/mL", floor: 45,
    lines: [{ label: "niche", colour: "#0072B2", columns: ["bdnf_niche_pg_ml"] },
      { label: "plasma", colour: "#D55E00", columns: ["bdnf_plasma_pg_ml"] }] },
  { key: "lineage", title: "Lineage", unit: "cells, log scale", log: true, lines: lineage },
  { key: "survival", title: "Since the start", unit: "cells", floor: 10,
    lines: [{ label: "new neurons alive", colour: "#009E73", columns: ["new_neurons"], fill: true }, ...deaths] },
];

/** The names of lines, each with room for its last value. */
function keysOf(lines) {
  return lines.map((line) => {
    const value = el("b", {});
    line.value = value;
    return el("span", { class: "key", style: { "--key": line.colour, color: readable(line.colour) } }, `${line.label} `, value);
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

export class Charts {
  /** @param {object} about its `lines` and `read_outs` */
  constructor(node, { lines, read_outs: offers }) {
    this.node = node;
    this.zoomed = null;
    this.touch = window.matchMedia("(hover: none)").matches; // the bar of tools would stay over the lines
    this.turn = 0;
    this.dirty = new Set();
    this.last = 0;
    this.tops = new Map();
    this.panels = panelsOf(lines, offers).map((panel) => this.#panel(panel));
    node.replaceChildren(...this.panels.map(({ figure }) => figure));
  }

  #panel(panel) {
    const plot = el("div", { class: "plot", role: "img", "aria-label": `${panel.title} against time` });
    const unit = el("span", { class: "unit", text: panel.unit });
    const keys = el("span", { class: "keys" }, keysOf(panel.lines));
    const made = { ...panel, plot, unitText: unit, keys };
    const name = panel.offers ? this.#chooser(made) : el("strong", { text: panel.title });
    made.figure = el("figure", { class: "panel", "data-panel": panel.key }, el("figcaption", {}, name, unit, keys), plot);
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
      panel.plot.setAttribute("aria-label", `${chosen?.label ?? panel.title} against time`);
      panel.keys.replaceChildren(...keysOf(panel.lines));
      this.tops.delete(panel.key);
      if (this.arms) this.put(this.arms, this.now);
      this.refresh();
    } }, el("option", { value: "", text: panel.title }), others.map(({ column, label }) => el("option", { value: column, text: label })));
    return list;
  }

  /** Begin to draw; plotly.js has been loaded by then. */
  start() {
    this.ready = true;
    const resized = new ResizeObserver(() => this.refresh());
    resized.observe(this.node);
  }

  /** Forget what was seen before a reset. */
  clear() {
    this.zoomed = null;
    this.tops.clear();
  }

  /** Take the series of the arms; `marks` are events, `day` is now, `duration` the length of the run in days. */
  put(arms, { day, duration, marks }) {
    this.arms = arms;
    this.now = { day, duration, marks };
    for (let i = 0; i < this.panels.length; i += 1) this.dirty.add(i);
    for (const { lines } of this.panels) {
      for (const line of lines) {
        const values = arms.map((series) => number(total(lastRow(series), line.columns)[0])).map((text) => (/^0\.00/.test(text) ? "0" : text));
        const text = values.filter((v) => v !== "–").join(" | ") || (line.label ? "" : "not followed in this life");
        if (line.value.textContent !== text) line.value.textContent = text;
      }
    }
  }

  /** Draw at most one panel that is due. */
  tick(now, playing) {
    if (!this.ready || !this.arms || this.dirty.size === 0) return undefined;
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
    if (!this.ready || !this.arms) return;
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
    const traces = [];
    let top = 0;
    let low = 0;
    let bottom = Infinity;
    this.arms.forEach((series, arm) => {
      const days = series.column("day");
      for (const line of panel.lines) {
        const values = total(series, line.columns);
        const rows = thinned(values);
        for (const v of values) {
          if (v > top) top = v;
          if (v < low) low = v;
          if (v > 0 && v < bottom) bottom = v;
        }
        traces.push(trace(line, arm, this.arms.length, rows.map((i) => days[i]), rows.map((i) => values[i]), panel.log));
      }
    });
    top = Math.max(top * 1.06, panel.floor ?? 0, this.tops.get(panel.key) ?? 0) || 1;
    this.tops.set(panel.key, panel.log ? 0 : niceTop(top));
    const log = [Math.floor(Math.log10(Math.max(0.5, Math.min(bottom, 10)))), Math.log10(Math.max(100, top)) + 0.1];
    const y = panel.log ? { type: "log", range: log, dtick: 1 } : { range: [1.06 * low, this.tops.get(panel.key)], nticks: 4 };
    traces.push(this.#marks(panel, panel.log ? 10 ** (log[1] - 0.04) : this.tops.get(panel.key) * 0.97));
    const { plot } = panel;
    window.Plotly.react(plot, traces, this.#layout(panel, y), { ...CONFIG, displayModeBar: this.touch ? false : "hover" });
    if (!plot.dataset.listens) this.#listen(plot);
  }

  #listen(plot) {
    plot.dataset.listens = "yes";
    plot.on("plotly_relayout", (change) => {
      const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (from !== undefined) this.zoomed = [Math.max(0, from), Math.min(this.now.duration, to)];
      else if (change["xaxis.autorange"] || change["xaxis.range"]) this.zoomed = null;
      else return;
      this.refresh();
    });
    plot.on("plotly_doubleclick", () => {
      this.zoomed = null;
      this.refresh();
    });
  }

  #layout(panel, y) {
    const axis = { showline: true, linecolor: "#9aa5ae", linewidth: 1, ticks: "outside", ticklen: 3, tickcolor: "#9aa5ae", zeroline: false,
      fixedrange: true };
    return {
      font: { family: FONT, size: 11, color: SOFT }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 42, r: 10, t: 6, b: 34 }, showlegend: false, hovermode: "x", dragmode: "zoom",
      width: Math.max(120, panel.plot.clientWidth), height: Math.max(90, panel.plot.clientHeight),
      xaxis: { ...axis, fixedrange: false, range: this.#range(), showgrid: false, nticks: 6, ticksuffix: "", title: { text: "day", standoff: 6 } },
      yaxis: { ...axis, ...y, showgrid: true, gridcolor: "#eceff2" },
      hoverlabel: { bgcolor: "#fff", bordercolor: "#c4ccd3", font: { size: 11, color: INK } },
      shapes: this.now.marks.map(({ day }) => ({
        type: "line", x0: day, x1: day, yref: "paper", y0: 0, y1: 1, line: { color: "#8a96a1", width: 1, dash: "dot" } })),
    };
  }

  #marks(panel, y) {
    const { marks } = this.now;
    return { type: "scatter", mode: "markers", x: marks.map(({ day }) => day), y: marks.map(() => y), hoverinfo: "text",
      text: marks.map(({ day, text }) => `day ${number(day)}: ${text}`), marker: { symbol: "triangle-down", size: 8, color: "#55616b" } };
  }
}

function trace(line, arm, arms, x, y, log) {
  const dashed = arm === 1;
  const name = arms > 1 ? `${"AB"[arm]}: ${line.label}` : line.label;
  return {
    type: "scatter", mode: "lines", x, y: log ? y.map((v) => (v > 0 ? v : null)) : y, name, hovertemplate: `%{y:.4~g}<extra>${name}</extra>`,
    line: { color: line.colour, width: dashed ? 1.4 : 1.6, dash: dashed ? "4px,3px" : "solid", shape: line.step ? "vh" : "linear" },
    fill: line.fill && !dashed ? "tozeroy" : "none", fillcolor: `${line.colour}26`,
  };
}

/** A view of a series that holds its last row alone. */
function lastRow(series) {
  return { column: (name) => series.column(name).slice(-1) };
}
