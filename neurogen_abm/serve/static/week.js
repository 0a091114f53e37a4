// A week painted by hand: 7 days x 24 hours to paint with a brush, and the blocks of a programme that it stands for.

import { el, write } from "./dom.js";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** What an hour can hold. Intensity is a share of the aerobic reserve; resistance a share of the greatest load. */
const BRUSHES = [
  { key: "rest", label: "rest", short: "" },
  { key: "gentle", label: "gentle, 0.3 of the reserve", short: "·", kind: "walking", intensity: 0.3 },
  { key: "brisk", label: "brisk, 0.6 of the reserve", short: "–", kind: "walking", intensity: 0.6 },
  { key: "hard", label: "hard, 0.9 of the reserve", short: "=", kind: "walking", intensity: 0.9 },
  { key: "load", label: "resistance, 0.7 of the load", short: "▲", kind: "resistance", intensity: 0.7 },
];

/** Blocks of a programme for hours painted: one for each stretch that is alike, days that share it together. */
export function blocksOf(hours) {
  const found = new Map();
  for (let day = 0; day < 7; day += 1) {
    for (let hour = 0; hour < 24;) {
      const brush = hours[24 * day + hour];
      let end = hour + 1;
      while (end < 24 && hours[24 * day + end] === brush) end += 1;
      if (brush) {
        const key = `${brush},${hour},${end}`;
        found.set(key, [...(found.get(key) ?? []), DAYS[day]]);
      }
      hour = end;
    }
  }
  return Array.from(found, ([key, days]) => {
    const [brush, from, to] = key.split(",").map(Number);
    const { kind, intensity } = BRUSHES[brush];
    return { kind, session: `${60 * (to - from)} min`, intensity, clock: `${String(from).padStart(2, "0")}:00`, days };
  });
}

export class Week {
  /** @param {(hours: Uint8Array) => void} changed */
  constructor(node, changed) {
    this.hours = new Uint8Array(168);
    this.brush = 2;
    this.changed = changed;
    this.at = 0;
    this.cells = Array.from({ length: 168 }, (_, i) => this.#cell(i));
    const rows = DAY_NAMES.map((name, day) => el("div", { role: "row", class: "week-row" },
      el("span", { role: "rowheader", class: "week-day", "aria-label": name, text: name.slice(0, 3) }),
      this.cells.slice(24 * day, 24 * day + 24)));
    this.hoursHead = el("div", { class: "week-row week-head", "aria-hidden": "true" }, el("span", { class: "week-day" }),
      Array.from({ length: 24 }, (_, hour) => el("span", { text: hour % 3 ? "" : String(hour).padStart(2, "0") })));
    this.grid = el("div", { role: "grid", class: "week-grid", "aria-label": "Hours of the week" }, rows);
    node.replaceChildren(this.#brushes(), el("div", { class: "week-scroll" }, this.hoursHead, this.grid), this.#quick());
    this.#listen();
    this.cells[0].tabIndex = 0;
  }

  #cell(i) {
    return el("span", { role: "gridcell", class: "week-cell", tabindex: "-1", "data-i": String(i), "data-brush": "0",
      "aria-label": this.#label(i) });
  }

  #label(i) {
    const hour = String(i % 24).padStart(2, "0");
    return `${DAY_NAMES[Math.floor(i / 24)]} ${hour}:00, ${BRUSHES[this.hours[i]].label}`;
  }

  #brushes() {
    return el("fieldset", { class: "week-brushes" }, el("legend", { text: "Paint with" }), BRUSHES.map(({ key, label }, i) =>
      el("label", { class: "brush", "data-brush": String(i) },
        el("input", { type: "radio", name: "brush", value: key, checked: i === this.brush, onchange: () => { this.brush = i; } }),
        el("span", { class: "brush-swatch", "aria-hidden": "true" }), label)));
  }

  #quick() {
    const fill = (text, test) => el("button", { type: "button", class: "quiet", text, onclick: () => {
      for (let i = 0; i < 168; i += 1) if (test(Math.floor(i / 24), i % 24)) this.#set(i, this.brush);
      this.changed(this.hours);
    } });
    return el("p", { class: "week-quick" }, "Fill: ", fill("weekday evenings", (day, hour) => day < 5 && hour >= 19 && hour < 21),
      fill("every night", (_, hour) => hour >= 19 || hour < 1), fill("weekend", (day, hour) => day > 4 && hour >= 9 && hour < 12),
      el("button", { type: "button", class: "quiet", text: "clear", onclick: () => this.load(new Uint8Array(168)) }));
  }

  #set(i, brush) {
    if (this.hours[i] === brush) return;
    this.hours[i] = brush;
    const cell = this.cells[i];
    cell.dataset.brush = String(brush);
    cell.textContent = BRUSHES[brush].short;
    cell.setAttribute("aria-label", this.#label(i));
  }

  /** Show these hours. */
  load(hours) {
    hours.forEach((brush, i) => this.#set(i, brush));
    this.changed(this.hours);
  }

  #listen() {
    const paint = (event) => {
      const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest?.(".week-cell");
      if (!cell || !this.grid.contains(cell)) return;
      this.#set(Number(cell.dataset.i), this.stroke);
    };
    this.grid.addEventListener("pointerdown", (event) => {
      const cell = event.target.closest(".week-cell");
      if (!cell) return;
      event.preventDefault();
      this.stroke = this.hours[Number(cell.dataset.i)] === this.brush ? 0 : this.brush;
      this.#focus(Number(cell.dataset.i));
      paint(event);
    });
    this.grid.addEventListener("pointermove", (event) => this.stroke !== undefined && event.buttons && paint(event));
    window.addEventListener("pointerup", () => {
      if (this.stroke === undefined) return;
      this.stroke = undefined;
      this.changed(this.hours);
    });
    this.grid.addEventListener("keydown", (event) => this.#key(event));
  }

  #focus(i) {
    this.cells[this.at].tabIndex = -1;
    this.at = i;
    this.cells[i].tabIndex = 0;
    this.cells[i].focus();
  }

  #key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 24, ArrowUp: -24 };
    if (steps[event.key]) this.#focus((this.at + steps[event.key] + 168) % 168);
    else if (event.key === " " || event.key === "Enter") {
      this.#set(this.at, this.hours[this.at] === this.brush ? 0 : this.brush);
      this.changed(this.hours);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** What a dose is, in words. */
export function doseText(dose) {
  if (!dose) return "";
  const minutes = dose.active_min_per_day;
  const km = dose.km_per_day;
  const parts = [];
  if (Number.isFinite(km) && km > 0) parts.push(`${km.toFixed(km < 10 ? 1 : 0)} km per day`);
  if (Number.isFinite(minutes)) parts.push(minutes > 0 ? `${Math.round(minutes)} active minutes per day` : "no exercise");
  return parts.join(", ");
}

/** Draw the hours of a week, 0 to 1, as a small strip of bars under a sentence. */
export function weekStrip(node, dose) {
  const text = el("span", { class: "dose-text" });
  write(text, doseText(dose));
  const bars = (dose?.hours ?? []).map((x) => el("i", { style: { height: `${Math.round(100 * Math.min(1, x))}%` } }));
  node.replaceChildren(text, el("span", { class: "dose-bars", "aria-hidden": "true" }, bars));
}
