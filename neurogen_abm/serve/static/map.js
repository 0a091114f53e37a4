// One arm's map: the canvas, what lies over it (names, scale bar, marks), and how a person moves about in it.

import { el, mostHeight, number, onSlide, svg, write } from "./dom.js";
import { View, lengthText, roundLength } from "./geometry.js";
import { GlPainter } from "./gl_painter.js";
import { groundOf, scene } from "./scene.js";
import { SectionPainter } from "./section.js";
import { Flashes, SheetPainter } from "./sheet.js";
import { Tissue } from "./tissue.js";

const MOST_PIXELS = { gl: 3840 * 2160, plain: 620_000, rest: 0.82 * 3840 * 2160 }; // rest: without WebGL, while nothing moves
const PICK_PX = 14;
const SLIDE_PX = 20.5; // of page.css, too

/** What both arms share: how the map looks and where it looks. */
export class Look {
  constructor(flashes, gl) {
    this.view = "sheet";
    this.ground = "dark";
    this.by = "group"; // what colours the cells
    this.overlay = "veil";
    this.capillaries = true;
    this.cells = true;
    this.flashes = flashes;
    this.every = 1; // one in so many births and deaths is drawn
    this.processes = true;
    this.thickness = scene.section.thickness_um;
    this.sectionAt = 0.5; // share of the sheet's length
    this.visible = new Uint8Array(16).fill(1);
    this.limits = [0, 1];
    this.moving = false;
    this.rests = false; // nothing has moved for a while: the picture may be as fine as the screen
    this.gl = gl; // whether WebGL 2 paints
    this.views = { sheet: new View(), section: new View() };
  }
}

export class MapCard {
  /**
   * @param {Look} look
   * @param {object} act pick(arm, cell or null), moved(), tell(text)
   */
  constructor(arm, look, act) {
    this.arm = arm;
    this.look = look;
    this.act = act;
    this.flashes = new Flashes();
    this.canvas = el("canvas", { class: "map-canvas", tabindex: "0", role: "img", "aria-describedby": "map-keys" });
    if (look.gl) this.glPainter = new GlPainter(this.canvas, () => this.repaint());
    else {
      this.context = this.canvas.getContext("2d", { alpha: false });
      this.painters = { sheet: new SheetPainter(look.views.sheet), section: new SectionPainter(look.views.section) };
    }
    // For those who check the picture: cells held and seen, and its pixels.
    this.canvas.count = () => this.glPainter?.count(this.frame, this.look);
    this.canvas.pixels = () => this.#pixels();
    this.over = svg("svg", { class: "map-over", "aria-hidden": "true" });
    this.wait = el("div", { class: "map-wait", hidden: true });
    this.stage = el("div", { class: "map-stage", "data-painter": look.gl ? "gl" : "plain" }, this.canvas, this.over, this.wait);
    this.name = el("span", { class: "map-name" });
    this.facts = el("span", { class: "map-facts" });
    this.node = el("figure", { class: "map", "data-arm": String(arm) },
      el("figcaption", { class: "map-caption" }, this.name, this.facts), this.stage);
    this.frame = null;
    this.selected = null;
    this.#listen();
  }

  get view() {
    return this.look.views[this.look.view];
  }

  get grid() {
    return this.tissue?.grid;
  }

  get #painting() {
    return this.glPainter ? [this.glPainter] : Object.values(this.painters);
  }

  /** Take the lattice, its still layers, the curve of a section, and the outline of the unrolled surface, if it is known. */
  setTissue(grid, siteClass, capillary, curve, outline = new Float32Array(0)) {
    this.tissue = new Tissue(grid, siteClass, capillary, curve);
    this.outline = outline;
    this.flashes.clear();
    for (const painter of this.#painting) painter.setTissue(this.tissue);
    const [width, height] = [grid.n_u * grid.pitch_um, grid.n_v * grid.pitch_um];
    const box = boxOf(width, height, outline);
    const fresh = this.look.views.sheet.box.width !== box.width || this.look.views.sheet.box.height !== box.height;
    if (fresh) {
      this.look.views.sheet.cover(box);
      this.look.views.section.cover(this.tissue.box);
    }
    this.layout();
  }

  setSection(u, siteClass, capillary, still, curve) {
    this.tissue.setSection(u, siteClass, capillary, still, curve);
    for (const painter of this.#painting) painter.moved();
    this.marks();
    this.repaint();
  }

  /** Micrometres along the sheet at which the section lies. */
  get sectionU() {
    return this.grid ? (Math.floor(this.look.sectionAt * (this.grid.n_u - 1)) + 0.5) * this.grid.pitch_um : 0;
  }

  /** The share of the sheet's length for a section through a place; in the middle of its column, so that rounding does not lead out of it. */
  shareAt(um) {
    const { n_u: n, pitch_um: pitch } = this.grid;
    return n > 1 ? Math.min(1, Math.max(0, (Math.floor(um / pitch) + 0.5) / (n - 1))) : 0.5;
  }

  /** Fit the picture to the space it has. */
  layout() {
    const room = this.stage.clientWidth;
    if (!room || !this.grid) return;
    const box = this.view.box;
    const tall = this.look.view === "sheet" ? 0.54 : 0.64;
    const height = Math.round(Math.max(150, Math.min(room * (box.height / box.width), mostHeight(tall, this.stage))));
    const density = Math.min(window.devicePixelRatio || 1, this.look.gl ? 4 : 2, Math.sqrt(MOST_PIXELS[this.look.gl ? "gl" : this.look.rests ? "rest" : "plain"] / (room * height)));
    this.density = density;
    this.stage.style.height = `${height + this.stage.offsetHeight - this.stage.clientHeight}px`; // its border, too
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
    for (const painter of this.#painting) painter.moved();
    this.marks();
    this.repaint();
  }

  applyGround() {
    this.stage.dataset.ground = this.look.ground;
    this.moved();
  }

  /** Show a frame of this arm. */
  show(frame, now) {
    this.frame = frame;
    if (frame.rowStep?.length) this.node.dataset.step = String(frame.rowStep[frame.rowStep.length - 1]);
    if (!frame.cells) return;
    if (this.look.flashes && this.look.view === "sheet") this.flashes.add(frame, now, this.look.every);
    if (frame.followed && this.selected?.id === frame.followed.id) {
      Object.assign(this.selected, frame.followed);
      this.markSelected();
    }
    this.paint(now);
  }

  paint(now) {
    if (!this.frame?.cells || !this.grid) return;
    const flashes = this.look.view === "sheet" ? this.flashes.at(now) : [];
    if (this.glPainter) this.glPainter.paint(this.frame, this.look, flashes);
    else this.painters[this.look.view].paint(this.context, this.frame, this.look, flashes);
    const fading = flashes.length > 0;
    this.stage.dataset.painted = String(Number(this.stage.dataset.painted ?? 0) + 1);
    if (fading && !this.again && !this.look.moving) { // while frames come, each of them repaints anyway
      this.again = requestAnimationFrame((later) => {
        this.again = 0;
        this.paint(later);
      });
    }
  }

  #pixels() {
    const { width, height } = this.canvas;
    if (!this.glPainter) return new Uint32Array(this.context.getImageData(0, 0, width, height).data.buffer);
    this.paint(performance.now()); // what WebGL has drawn can be read until the browser shows it
    return this.glPainter.pixels();
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
    const look = groundOf(this.look.ground);
    const unit = this.density;
    const { width, height, scale } = this.view;
    const nodes = this.look.view === "sheet" ? this.#sheetMarks(look, unit) : sectionNames(this.tissue, this.view, look, unit);
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
    const sheet = this.grid.n_v * this.grid.pitch_um;
    const crest = sheet * this.grid.crest_fraction;
    const whole = this.grid.whole !== false;
    const nodes = [];
    const halo = { stroke: look.page, "stroke-width": 3.5 * unit, "paint-order": "stroke", "stroke-linejoin": "round" };
    const text = { fill: look.ink, "font-size": 12 * unit, "text-anchor": "end", ...halo };
    if (whole) {
      const y = this.view.toPixel(0, crest)[1];
      const line = { stroke: look.soft, "stroke-width": unit, "stroke-dasharray": `${2 * unit} ${4 * unit}` };
      nodes.push(svg("line", { x1: 0, x2: width, y1: y, y2: y, ...line }));
      const places = [[crest / 2, "suprapyramidal blade"], [crest, "crest"], [(crest + sheet) / 2, "infrapyramidal blade"]];
      for (const [at, name] of places) {
        const py = this.view.toPixel(0, at)[1] - (name === "crest" ? 5 * unit : 0);
        if (py > 8 && py < height - 8) nodes.push(svg("text", { x: width - 8 * unit, y: py, ...text, text: name }));
      }
      nodes.push(...this.#orientation(look, unit, { ...text, "text-anchor": "middle" }));
    }
    const x = this.view.toPixel(this.sectionU, 0)[0];
    nodes.push(svg("path", { d: `M${x} 0v${8 * unit}M${x} ${height}v${-8 * unit}`, stroke: look.ink, "stroke-width": 2 * unit }));
    return nodes;
  }

  /** Which end is which, and the outline that the surface has in truth. */
  #orientation(look, unit, text) {
    const [length, middle] = [this.grid.n_u * this.grid.pitch_um, 0.06 * this.grid.n_v * this.grid.pitch_um]; // above, for the scale bar is below
    const ends = [[0.03 * length, "septal"], [0.97 * length, "temporal"]].map(([u, name]) => {
      const [x, y] = this.view.toPixel(u, middle);
      return svg("text", { x: Math.max(28 * unit, x), y, ...text, text: name });
    });
    let path = "";
    for (let i = 0; i < this.outline.length; i += 2) path += `${i ? "L" : "M"}${this.view.toPixel(this.outline[i], this.outline[i + 1]).map((px) => px.toFixed(1)).join(" ")}`;
    const line = { d: `${path}Z`, fill: "none", stroke: look.soft, "stroke-width": 1.3 * unit, "stroke-dasharray": `${7 * unit} ${4 * unit}`, class: "map-outline" };
    return path ? [svg("path", line), ...ends] : ends;
  }

  /** Ring the chosen cell. */
  markSelected() {
    if (!this.selectedMark) return;
    const cell = this.selected;
    this.selectedMark.replaceChildren();
    if (!cell || !this.grid || cell.gone) return;
    const [x, y] = this.view.toPixel(...this.tissue.worldOf(cell, this.look.view));
    const radius = Math.max(7 * this.density, 0.9 * this.grid.pitch_um * this.view.scale);
    const look = groundOf(this.look.ground);
    const away = this.look.view === "section" && Math.abs(cell.u_um - this.tissue.section.u) > this.look.thickness / 2;
    const ringed = { cx: x, cy: y, r: radius, fill: "none", "stroke-dasharray": away ? "3 3" : false };
    this.selectedMark.append(svg("circle", { ...ringed, stroke: look.page, "stroke-width": 5 * this.density }),
      svg("circle", { ...ringed, stroke: look.ink, "stroke-width": 2 * this.density }));
  }

  /** Nearest visible cell to a pixel of the canvas, of two as near that which is seen: its place, code and row of the frame, or null. */
  nearest(px, py) {
    if (!this.frame?.cells || !this.grid) return null;
    const reach = PICK_PX * this.density;
    let [far, found] = [reach * reach, -1];
    for (const i of this.tissue.shown(this.frame, this.look)) {
      const [x, y] = this.view.toPixel(...this.tissue.worldOf(this.tissue.placeOf(this.frame, i), this.look.view));
      const d = (x - px) ** 2 + (y - py) ** 2;
      if (d <= far) [far, found] = [d, i];
    }
    return found < 0 ? null : { ...this.tissue.placeOf(this.frame, found), code: this.frame.kinds[found] & 15, row: found };
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
    const label = cell ? scene.states[cell.code]?.label : "";
    if (this.look.view === "section") return this.act.tell(label);
    const [u, v] = this.view.toWorld(px, py);
    const { n_u: nu, n_v: nv, pitch_um: pitch } = this.grid;
    const [a, b] = [Math.floor(u / pitch), Math.floor(v / pitch)];
    if (a < 0 || b < 0 || a >= nu || b >= nv) return this.act.tell("");
    const level = this.frame.level[this.tissue.siteClass[b * nu + a] & 63];
    const place = `${(u / 1000).toFixed(2)} mm along, ${(v / 1000).toFixed(2)} mm across`;
    return this.act.tell([label, `BDNF ${number(level)} pg/mL`, place].filter(Boolean).join(" · "));
  }
}

/** The sheet, and around it the outline of the surface. */
function boxOf(width, height, outline) {
  const [u, v] = [[0, width], [0, height]];
  for (let i = 0; i < outline.length; i += 2) {
    u.push(outline[i]);
    v.push(outline[i + 1]);
  }
  const [left, top] = [Math.min(...u), Math.min(...v)];
  return { left, top, width: Math.max(...u) - left, height: Math.max(...v) - top };
}

/** Names of the layers of a section, laid along it; in the large type of a slide there is room for some of them, within the outline. */
function sectionNames(tissue, view, look, unit) {
  const { shape: { length, crest }, top, grid: { pitch_um: pitch } } = tissue;
  const outer = top + scene.section.molecular_um;
  const large = onSlide();
  const size = large ? SLIDE_PX * unit : Math.min(15 * unit, Math.max(10 * unit, 0.024 * view.width));
  const rim = large ? outer - (0.8 * size) / view.scale : outer + 14;
  const halo = { stroke: look.page, "stroke-width": 2.5 * unit, "paint-order": "stroke", "stroke-linejoin": "round" };
  const named = (text, along, out, turned, anchor = "middle") => {
    const [x, y, heading] = tissue.at(along, out);
    const [px, py] = view.toPixel(x, y);
    let angle = turned ? -heading : 0;
    if (Math.cos(angle) < -0.01) angle += Math.PI;
    const place = `translate(${px.toFixed(1)} ${py.toFixed(1)}) rotate(${((180 * angle) / Math.PI).toFixed(1)})`;
    return svg("text", { transform: place, fill: look.soft, "font-size": size, "text-anchor": anchor, "dominant-baseline": "middle", ...halo, text });
  };
  const tip = view.toPixel(...tissue.at(length, 0.6 * top + size / view.scale))[0];
  const room = !large && (view.zoom > 1 || tip + 10 * size <= view.width);
  const layers = room ? [["subgranular zone", pitch / 2 - size / view.scale], ["granule cell layer", 0.6 * top + size / view.scale]] : [];
  return [named("suprapyramidal blade", 0.42 * crest, rim, true), named("infrapyramidal blade", length - 0.42 * (length - crest), rim, true),
    named("crest", crest, rim, true), ...(large ? [] : [named("molecular layer", 0.62 * crest, top + 0.55 * scene.section.molecular_um, true)]),
    named("hilus", crest, -0.2 * length, false), ...layers.map(([text, out]) => named(`\u2002${text}`, length, out, false, "start"))];
}
