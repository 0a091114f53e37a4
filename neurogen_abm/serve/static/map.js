// One arm's map: the canvas, what lies over it (names, scale bar, marks), and how a person moves about in it.

import { el, number, svg, write } from "./dom.js";
import { View, lengthText, roundLength } from "./geometry.js";
import { GROUNDS } from "./palette.js";
import { SectionPainter } from "./section.js";
import { SheetPainter } from "./sheet.js";

const MOST_PIXELS = 620_000;
const PICK_PX = 14;

/** What both arms share: how the map looks and where it looks. */
export class Look {
  constructor(states, flashes) {
    this.view = "sheet";
    this.ground = "dark";
    this.overlay = "veil";
    this.capillaries = true;
    this.cells = true;
    this.flashes = flashes;
    this.every = 1; // one in so many births and deaths is drawn
    this.processes = true;
    this.thickness = 40;
    this.sectionAt = 0.5; // share of the sheet's length
    this.visible = new Uint8Array(16).fill(1);
    this.limits = [0, 1];
    this.moving = false;
    this.views = { sheet: new View(), section: new View() };
    this.states = states;
  }
}

export class MapCard {
  /**
   * @param {Look} look
   * @param {object} act pick(arm, cell or null), moved(), tell(text), needSection(arm)
   */
  constructor(arm, look, act) {
    this.arm = arm;
    this.look = look;
    this.act = act;
    this.painters = {
      sheet: new SheetPainter(look.states, look.views.sheet),
      section: new SectionPainter(look.states, look.views.section),
    };
    this.canvas = el("canvas", { class: "map-canvas", tabindex: "0", role: "img", "aria-describedby": "map-keys" });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.over = svg("svg", { class: "map-over", "aria-hidden": "true" });
    this.wait = el("div", { class: "map-wait", hidden: true });
    this.stage = el("div", { class: "map-stage" }, this.canvas, this.over, this.wait);
    this.name = el("span", { class: "map-name" });
    this.facts = el("span", { class: "map-facts" });
    this.node = el("figure", { class: "map", "data-arm": String(arm) },
      el("figcaption", { class: "map-caption" }, this.name, this.facts), this.stage);
    this.frame = null;
    this.selected = null;
    this.#listen();
  }

  get painter() {
    return this.painters[this.look.view];
  }

  get view() {
    return this.look.views[this.look.view];
  }

  /** Take the lattice and its still layers. */
  setTissue(grid, siteClass, capillary) {
    this.grid = grid;
    this.painters.sheet.setTissue(grid, siteClass, capillary);
    this.painters.section.setGrid(grid);
    const [width, height] = [grid.n_u * grid.pitch_um, grid.n_v * grid.pitch_um];
    const fresh = this.look.views.sheet.box.width !== width || this.look.views.sheet.box.height !== height;
    if (fresh) {
      this.look.views.sheet.cover({ left: 0, top: 0, width, height });
      this.look.views.section.cover(this.painters.section.box);
    }
    this.layout();
  }

  setSection(u, siteClass, capillary) {
    this.painters.section.setSites(u, siteClass, capillary);
    this.repaint();
  }

  /** Micrometres along the sheet at which the section lies. */
  get sectionU() {
    return this.grid ? (Math.floor(this.look.sectionAt * (this.grid.n_u - 1)) + 0.5) * this.grid.pitch_um : 0;
  }

  /** Fit the picture to the space it has. */
  layout() {
    const room = this.stage.parentElement?.clientWidth ?? 0;
    if (!room || !this.grid) return;
    const box = this.view.box;
    const tall = this.look.view === "sheet" ? 0.54 : 0.64;
    const height = Math.round(Math.max(150, Math.min(room * (box.height / box.width) + 2, tall * Math.max(560, window.innerHeight))));
    const density = Math.min(window.devicePixelRatio || 1, 2, Math.sqrt(MOST_PIXELS / (room * height)));
    this.density = density;
    this.stage.style.height = `${height}px`;
    const [w, h] = [Math.round(room * density), Math.round(height * density)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    this.view.resize(w, h);
    this.view.moveTo(this.view.x, this.view.y);
    this.over.setAttribute("viewBox", `0 0 ${w} ${h}`);
    this.moved();
  }

  /** The view has changed: paint everything again. */
  moved() {
    this.painter.moved();
    this.marks();
    this.repaint();
  }

  applyGround() {
    for (const painter of Object.values(this.painters)) painter.applyGround(this.look.ground);
    this.painters.section.thickness = this.look.thickness;
    this.stage.dataset.ground = this.look.ground;
    this.moved();
  }

  /** Show a frame of this arm. */
  show(frame, now) {
    this.frame = frame;
    if (frame.rowStep?.length) this.node.dataset.step = String(frame.rowStep[frame.rowStep.length - 1]);
    if (!frame.cells) return;
    if (this.look.flashes && this.look.view === "sheet") this.painter.flash(frame, now, this.look.every);
    if (frame.followed && this.selected?.id === frame.followed.id) {
      Object.assign(this.selected, frame.followed);
      this.markSelected();
    }
    this.paint(now);
  }

  paint(now) {
    if (!this.frame?.cells || !this.grid) return;
    const fading = this.painter.paint(this.context, this.frame, { ...this.look, now });
    this.stage.dataset.painted = String(Number(this.stage.dataset.painted ?? 0) + 1);
    if (fading && !this.again && !this.look.moving) { // while frames come, each of them repaints anyway
      this.again = requestAnimationFrame((later) => {
        this.again = 0;
        this.paint(later);
      });
    }
  }

  repaint() {
    if (this.pending) return;
    this.pending = requestAnimationFrame((now) => {
      this.pending = 0;
      this.paint(now);
    });
  }

  /** Cover the picture with a sentence, or uncover it with "". */
  cover(text, share) {
    this.wait.hidden = !text;
    if (!text) return;
    if (!this.wait.firstChild) this.wait.append(el("p"), el("progress", { max: "1", "aria-label": "Preparing" }));
    write(this.wait.firstChild, text);
    const bar = this.wait.lastChild;
    if (Number.isFinite(share)) bar.value = share;
    else bar.removeAttribute("value");
  }

  describe(text) {
    this.canvas.setAttribute("aria-label", text);
  }

  /** Names, scale bar, crest, section plane: all that lies over the pixels. */
  marks() {
    if (!this.grid) return;
    const look = GROUNDS[this.look.ground];
    const unit = this.density;
    const { width, height, scale } = this.view;
    const nodes = this.look.view === "sheet" ? this.#sheetMarks(look, unit) : [];
    const length = roundLength((0.24 * width) / scale);
    const [x, y] = [12 * unit, height - 14 * unit];
    const halo = { stroke: look.page, "stroke-width": 3 * unit, "paint-order": "stroke", "stroke-linejoin": "round" };
    nodes.push(svg("line", { x1: x, x2: x + length * scale, y1: y, y2: y, stroke: look.ink, "stroke-width": 3 * unit }),
      svg("text", { x, y: y - 7 * unit, fill: look.ink, "font-size": 12 * unit, ...halo, text: lengthText(length) }));
    this.selectedMark = svg("g", {});
    this.over.replaceChildren(...nodes, this.selectedMark);
    this.markSelected();
  }

  #sheetMarks(look, unit) {
    const { width, height } = this.view;
    const { box } = this.view;
    const crest = box.height * (this.grid.crest_fraction);
    const whole = this.grid.whole !== false;
    const nodes = [];
    const halo = { stroke: look.page, "stroke-width": 3.5 * unit, "paint-order": "stroke", "stroke-linejoin": "round" };
    const text = { fill: look.ink, "font-size": 12 * unit, "text-anchor": "end", ...halo };
    if (whole) {
      const y = this.view.toPixel(0, crest)[1];
      const line = { stroke: look.soft, "stroke-width": unit, "stroke-dasharray": `${2 * unit} ${4 * unit}` };
      nodes.push(svg("line", { x1: 0, x2: width, y1: y, y2: y, ...line }));
      const places = [[crest / 2, "suprapyramidal blade"], [crest, "crest"], [(crest + box.height) / 2, "infrapyramidal blade"]];
      for (const [at, name] of places) {
        const py = this.view.toPixel(0, at)[1] - (name === "crest" ? 5 * unit : 0);
        if (py > 8 && py < height - 8) nodes.push(svg("text", { x: width - 8 * unit, y: py, ...text, text: name }));
      }
    }
    const x = this.view.toPixel(this.sectionU, 0)[0];
    nodes.push(svg("path", { d: `M${x} 0v${8 * unit}M${x} ${height}v${-8 * unit}`, stroke: look.ink, "stroke-width": 2 * unit }));
    return nodes;
  }

  /** Ring the chosen cell. */
  markSelected() {
    if (!this.selectedMark) return;
    const cell = this.selected;
    this.selectedMark.replaceChildren();
    if (!cell || !this.grid || cell.gone) return;
    const [x, y] = this.look.view === "sheet" ? this.view.toPixel(cell.u_um, cell.v_um) : this.painter.pixelOf(cell);
    const radius = Math.max(7 * this.density, 0.9 * this.grid.pitch_um * this.view.scale);
    const look = GROUNDS[this.look.ground];
    const away = this.look.view === "section" && Math.abs(cell.u_um - this.painter.u) > this.look.thickness / 2;
    const ringed = { cx: x, cy: y, r: radius, fill: "none", "stroke-dasharray": away ? "3 3" : false };
    this.selectedMark.append(svg("circle", { ...ringed, stroke: look.page, "stroke-width": 5 * this.density }),
      svg("circle", { ...ringed, stroke: look.ink, "stroke-width": 2 * this.density }));
  }

  /** Nearest visible cell to a pixel of the canvas: {u_um, v_um, layer, code}, or null. */
  nearest(px, py) {
    if (!this.frame?.cells || !this.grid) return null;
    return this.look.view === "sheet" ? this.#nearestOnSheet(px, py) : this.#nearestInSection(px, py);
  }

  #cell(column, layer, code) {
    const { n_u: nu, pitch_um: pitch } = this.grid;
    return { u_um: ((column % nu) + 0.5) * pitch, v_um: (Math.floor(column / nu) + 0.5) * pitch, layer, code, column };
  }

  #nearestOnSheet(px, py) {
    const { columns, kinds } = this.frame;
    const { n_u: nu, pitch_um: pitch } = this.grid;
    const [wx, wy] = this.view.toWorld(px, py);
    const [a, b] = [wx / pitch - 0.5, wy / pitch - 0.5];
    let far = ((PICK_PX * this.density) / (this.view.scale * pitch)) ** 2;
    let found = null;
    for (let i = 0; i < columns.length; i += 1) {
      const u = (columns[i] % nu) - a;
      const v = Math.floor(columns[i] / nu) - b;
      const d = u * u + v * v;
      const better = d < far || (d === far && found && this.#above(kinds[i] & 15, found.code));
      if (!better || !this.look.visible[kinds[i] & 15]) continue;
      far = d;
      found = { code: kinds[i] & 15, i };
    }
    return found && this.#cell(columns[found.i], kinds[found.i] >> 4, found.code);
  }

  #above(a, b) {
    const { rank } = this.painters.sheet;
    return rank[a] > rank[b];
  }

  #nearestInSection(px, py) {
    let far = PICK_PX * this.density;
    let found = null;
    for (const [column, layer, code] of this.painter.cellsOf(this.frame, this.look.visible)) {
      const cell = this.#cell(column, layer, code);
      const [x, y] = this.painter.pixelOf(cell);
      const d = Math.hypot(x - px, y - py);
      if (d <= far) [far, found] = [d, cell];
    }
    return found;
  }

  #pixel(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * (this.view.width / box.width), (event.clientY - box.top) * (this.view.height / box.height)];
  }

  #listen() {
    const pointers = new Map();
    let travelled = 0;
    this.canvas.addEventListener("pointerdown", (event) => {
      pointers.set(event.pointerId, this.#pixel(event));
      travelled = 0;
      if (this.view.zoom > 1 || pointers.size > 1) this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      const here = this.#pixel(event);
      if (!before) return this.#hover(here);
      travelled += Math.hypot(here[0] - before[0], here[1] - before[1]);
      if (pointers.size === 2) this.#pinch(pointers, event.pointerId, here);
      else if (travelled > 4) this.view.pan(here[0] - before[0], here[1] - before[1]);
      pointers.set(event.pointerId, here);
      if (travelled > 4) this.act.moved();
      return undefined;
    });
    const up = (event) => {
      const known = pointers.delete(event.pointerId);
      if (known && event.type === "pointerup" && travelled <= 4) this.act.pick(this.arm, this.nearest(...this.#pixel(event)));
    };
    for (const kind of ["pointerup", "pointercancel"]) this.canvas.addEventListener(kind, up);
    this.canvas.addEventListener("pointerleave", () => this.act.tell(""));
    this.canvas.addEventListener("wheel", (event) => {
      if (event.deltaY > 0 && this.view.zoom === 1) return; // the page scrolls on
      event.preventDefault();
      this.view.zoomAt(Math.exp(-0.0016 * event.deltaY * (event.deltaMode ? 30 : 1)), ...this.#pixel(event));
      this.act.moved();
    }, { passive: false });
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  #pinch(pointers, id, here) {
    const [other] = Array.from(pointers).filter(([key]) => key !== id).map(([, place]) => place);
    const before = pointers.get(id);
    const [was, is] = [before, here].map(([x, y]) => Math.hypot(x - other[0], y - other[1]));
    if (was > 0) this.view.zoomAt(is / was, (here[0] + other[0]) / 2, (here[1] + other[1]) / 2);
  }

  #key(event) {
    const pan = 60 * this.density;
    const moves = { ArrowLeft: [pan, 0], ArrowRight: [-pan, 0], ArrowUp: [0, pan], ArrowDown: [0, -pan] };
    if (event.shiftKey && moves[event.key]) this.view.pan(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.view.zoomAt(1.4);
    else if (event.key === "-") this.view.zoomAt(1 / 1.4);
    else if (event.key === "0") this.view.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.act.moved();
  }

  #hover([px, py]) {
    if (!this.grid || !this.frame?.cells) return;
    const cell = this.nearest(px, py);
    this.canvas.classList.toggle("pointing", Boolean(cell));
    const label = cell ? this.look.states.find(({ code }) => code === cell.code)?.label : "";
    if (this.look.view === "section") return this.act.tell(label);
    const [u, v] = this.view.toWorld(px, py);
    const { n_u: nu, n_v: nv, pitch_um: pitch } = this.grid;
    const [a, b] = [Math.floor(u / pitch), Math.floor(v / pitch)];
    if (a < 0 || b < 0 || a >= nu || b >= nv) return this.act.tell("");
    const level = this.frame.level[this.painters.sheet.siteClass[b * nu + a] & 63];
    const place = `${(u / 1000).toFixed(2)} mm along, ${(v / 1000).toFixed(2)} mm across`;
    return this.act.tell([label, `BDNF ${number(level)} pg/mL`, place].filter(Boolean).join(" · "));
  }
}
