// The run as a strip: planned exercise day by day, what has been lived, marks where something was changed.

import { svg, el, number } from "./dom.js";

const W = 1000;
const H = 34;

export class Timeline {
  /**
   * @param {(day: number) => void} goTo called with a day ahead that was clicked
   * @param {(day: number) => void} look called with a day of the past that was clicked or dragged to
   */
  constructor(node, goTo, look) {
    this.bars = svg("g", { class: "track-bars" });
    this.past = svg("rect", { class: "track-past", x: 0, y: 0, width: 0, height: H });
    this.marks = svg("g", { class: "track-marks" });
    this.ticks = svg("g", { class: "track-ticks" });
    this.now = svg("line", { class: "track-now", x1: 0, x2: 0, y1: 0, y2: H, "vector-effect": "non-scaling-stroke" });
    const picture = svg("svg", { viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      this.past, this.bars, this.ticks, this.marks, this.now);
    this.tip = el("span", { class: "track-tip", hidden: true });
    this.ends = el("span", { class: "track-end", "aria-hidden": "true" });
    node.replaceChildren(picture, this.ends, this.tip);
    this.duration = 1;
    const dayAt = (event) => {
      const box = node.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.duration;
    };
    node.addEventListener("click", (event) => dayAt(event) > this.day && goTo(Math.max(0.1, Math.round(10 * dayAt(event)) / 10)));
    node.addEventListener("pointerdown", (event) => {
      if (dayAt(event) > this.day) return;
      node.setPointerCapture(event.pointerId);
      this.looking = true;
      look(dayAt(event));
    });
    node.addEventListener("pointermove", (event) => {
      this.#hint(dayAt(event), node);
      if (this.looking) look(Math.min(this.day, dayAt(event)));
    });
    for (const kind of ["pointerup", "pointercancel"]) node.addEventListener(kind, () => { this.looking = false; });
    node.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    this.node = node;
    this.day = 0;
    this.days = [];
  }

  #hint(day, node) {
    const [, km, minutes] = this.days[Math.floor(day)] ?? [];
    const plan = km > 0 ? `, ${number(km)} km planned` : minutes > 0 ? `, ${number(minutes)} active min planned` : "";
    this.tip.textContent = `day ${day.toFixed(1)}${plan}${day > this.day ? " · click to run to it" : " · click to look back"}`;
    this.tip.hidden = false;
    const share = day / this.duration;
    this.tip.style.left = `${100 * share}%`;
    this.tip.style.transform = `translateX(${-100 * Math.min(0.95, Math.max(0.05, share))}%)`;
    node.classList.toggle("ahead", day > this.day);
  }

  /** Take the plan: [[day, km, active minutes], ...] and the length of the run in days. */
  plan(days, duration) {
    this.days = days;
    this.duration = Math.max(0.01, duration);
    const measure = days.some(([, km]) => km > 0) ? 1 : 2;
    const most = Math.max(1e-9, ...days.map((row) => row[measure]));
    const width = W / this.duration;
    const gap = width > 6 ? 0.16 : 0;
    this.bars.replaceChildren(...days.filter((row) => row[measure] > 0).map((row) => {
      const height = (row[measure] / most) * (H - 8);
      return svg("rect", { x: (row[0] + gap / 2) * width, y: H - height, width: width * (1 - gap), height });
    }));
    const weeks = Array.from({ length: Math.floor(this.duration / 7) }, (_, i) => 7 * (i + 1)).filter((d) => d < this.duration);
    const every = Math.ceil(weeks.length / 12);
    this.ticks.replaceChildren(...weeks.filter((_, i) => i % every === every - 1).map((d) =>
      svg("line", { x1: d * width, x2: d * width, y1: 0, y2: 5, "vector-effect": "non-scaling-stroke" })));
    this.ends.textContent = `${number(this.duration)} d`;
    this.#move();
  }

  /** Where we are, and what happened. */
  show(day, events) {
    this.day = day;
    this.#move();
    const key = events.map((event) => event.day).join();
    if (key === this.known && this.drawnFor === this.duration) return;
    [this.known, this.drawnFor] = [key, this.duration];
    this.marks.replaceChildren(...events.map((event) => {
      const x = (event.day / this.duration) * W;
      return svg("line", { x1: x, x2: x, y1: 0, y2: H, "vector-effect": "non-scaling-stroke" }, svg("title", { text: event.text }));
    }));
  }

  /** Mark a day of the past that is looked at, or none. */
  mark(day) {
    this.seen = day;
    this.#move();
  }

  #move() {
    const x = Math.min(W, (this.day / this.duration) * W);
    this.past.setAttribute("width", x);
    const at = this.seen === undefined || this.seen === null ? x : (this.seen / this.duration) * W;
    this.now.setAttribute("x1", at);
    this.now.setAttribute("x2", at);
  }
}
