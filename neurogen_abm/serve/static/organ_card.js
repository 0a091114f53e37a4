// The card of the organ: its picture, what lies over it, and how a person turns it and moves the plane of the section.

import { readBlock } from "./decoder.js";
import { el, mostHeight, settled, svg } from "./dom.js";
import { lengthText, roundLength } from "./geometry.js";
import { Latest } from "./latest.js";
import { Camera, Organ } from "./organ.js";
import { OrganPainter } from "./organ_painter.js";
import { groundOf, scene } from "./scene.js";

const MOST_PIXELS = 1920 * 1200;
const NEAR_PX = 16; // of the plane, for a pointer that takes it
const STEP = 0.01; // of the gyrus, for a key that moves the plane

/** Words of the cells that stand still, from the differences of their columns: as the painter wants them. */
function wordsOf(arrays, arm) {
  const take = (name) => (arrays.get(`${arm}/${name}`) ?? arrays.get(`0/${name}`)).data;
  const [gap, kind, place] = [take("gap"), take("kind"), take("place")];
  const words = new Uint32Array(3 * gap.length);
  let column = 0;
  for (let i = 0; i < gap.length; i += 1) {
    column += gap[i];
    words[3 * i] = column;
    words[3 * i + 1] = kind[i];
    words[3 * i + 2] = place[3 * i] | (place[3 * i + 1] << 8) | (place[3 * i + 2] << 16);
  }
  return words;
}

export class OrganCard {
  /** @param {Look} look of the maps @param {object} act moveTo(share of the sheet's length), other() another life is wanted */
  constructor(look, act) {
    this.look = look;
    this.act = act;
    this.canvas = el("canvas", { class: "organ-canvas", tabindex: "0", role: "img", "aria-describedby": "organ-keys",
      "aria-label": "The gyrus in space, with the plane of the section" });
    this.painter = new OrganPainter(this.canvas, () => this.repaint());
    this.camera = new Camera();
    this.asked = new Latest();
    // For those who check the picture.
    this.canvas.count = () => this.painter.count(this.frame, this.camera, this.look);
    this.over = svg("svg", { class: "map-over", "aria-hidden": "true" });
    this.arm = 0;
    this.whose = el("span", { class: "segments", role: "group", "aria-label": "Life in the organ", hidden: true },
      ["A", "B"].map((name, arm) => el("button", { type: "button", "aria-pressed": String(arm === 0), text: `Life ${name}`, onclick: () => this.choose(arm) })));
    this.stage = el("div", { class: "organ-stage" }, this.canvas, this.over, el("p", { class: "organ-wait", text: "Laying out the cells of the gyrus…" }));
    this.node = el("figure", { class: "organ", hidden: true }, this.stage,
      el("figcaption", { class: "organ-note" }, this.whose, " Drag to turn, drag the plane to move the section. Grey outlines of hilus and molecular layer are context, not simulated. ",
        el("span", { class: "sr", id: "organ-keys",
          text: "Left and right arrows move the plane, up and down tilt, shift and arrows turn, plus and minus zoom, 0 shows all." })));
    this.settle = settled(() => this.#turning(false), 140);
    this.#listen();
  }

  get shown() {
    return !this.node.hidden;
  }

  /** Say how many lives there are. */
  begin(lives) {
    this.whose.hidden = lives < 2;
    if (this.arm >= lives) this.#mark(0);
  }

  #mark(arm) {
    this.arm = arm;
    Array.from(this.whose.children).forEach((button, k) => button.setAttribute("aria-pressed", String(k === arm)));
  }

  /** Show a life: 0 or 1. */
  choose(arm) {
    if (arm === this.arm) return;
    this.#mark(arm);
    this.act.other();
  }

  /** Look from where an address says. */
  stand(said) {
    this.camera.stand(said);
    this.repaint();
  }

  /** Forget the life that is shown; its picture stays, pale, until there is another. */
  clear() {
    [this.frame, this.organ] = [null, null];
    this.asked.drop();
    delete this.stage.dataset.loaded;
    delete this.stage.dataset.painted;
  }

  /** Whether it holds the chosen life of a session. */
  holds(session) {
    return this.stage.dataset.loaded === `${session?.path} ${this.arm}`;
  }

  /** Take what stands still in a life. */
  async load(session, arm, grid, ground) {
    const fresh = this.asked.ask();
    const blocks = await Promise.all([session.organ(arm), session.still(arm)]);
    if (!fresh()) return; // another life came meanwhile
    const [surface, still] = blocks.map(readBlock);
    this.grid = grid;
    this.organ = new Organ(surface.header, surface.arrays.get("0/table"));
    this.camera.radius = this.organ.radius;
    this.painter.setOrgan(this.organ, grid, wordsOf(still.arrays, 0));
    const ends = [-this.organ.first[0], this.organ.length - this.organ.first[0]];
    this.edges = [...ends.map((u) => this.organ.across(u, 0)), ...[0, 1].map((share) => this.organ.along(share, 0))];
    this.stage.dataset.loaded = `${session.path} ${arm}`;
    this.stage.dataset.ground = ground;
    this.layout();
  }

  layout() {
    const room = this.stage.clientWidth;
    if (!this.shown || !room) return;
    const height = Math.round(Math.max(220, Math.min(0.66 * room, mostHeight(0.64, this.stage))));
    this.density = Math.min(window.devicePixelRatio || 1, 2, Math.sqrt(MOST_PIXELS / (room * height)));
    this.stage.style.height = `${height + this.stage.offsetHeight - this.stage.clientHeight}px`; // its border, too
    this.size = [room, height].map((side) => Math.round(side * this.density));
    this.repaint();
  }

  /** Give the picture the size of its room: only when it is painted anew, for a canvas of another size is black. */
  #fit() {
    const [w, h] = this.size;
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    [this.camera.width, this.camera.height] = [w, h];
    this.over.setAttribute("viewBox", `0 0 ${w} ${h}`);
  }

  show(frame) {
    this.frame = frame;
    if (this.shown && frame?.cells) this.#paint();
  }

  repaint() {
    if (this.pending || !this.shown) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.#paint();
    });
  }

  /** Micrometres along the tissue at which the section lies. */
  get #u() {
    return (Math.floor(this.look.sectionAt * (this.grid.n_u - 1)) + 0.5) * this.grid.pitch_um;
  }

  #paint() {
    if (!this.frame?.cells || !this.organ || !this.shown || !this.size) return;
    const { organ } = this;
    this.#fit();
    const [top, molecular] = [this.grid.n_layers * this.grid.pitch_um, scene.section.molecular_um];
    const [hilus, layer, outer] = [0, top, top + molecular].map((out) => organ.across(this.#u, out));
    const plane = [[...hilus, hilus[0]], layer, [hilus[0], ...outer, hilus[hilus.length - 1]]];
    this.outline = plane[2];
    this.painter.paint(this.frame, this.camera, this.look, { edges: this.edges, plane, band: hilus.flatMap((place, k) => [place, outer[k]]) });
    this.stage.dataset.painted = String(Number(this.stage.dataset.painted ?? 0) + 1);
    this.stage.dataset.ground = this.look.ground;
    this.#marks();
  }

  /** Ends of the axis, blades, layers of the plane, scale bar. */
  #marks() {
    const [look, unit, { organ, camera }] = [groundOf(this.look.ground), this.density, this];
    const mean = (a, b, t) => a.map((x, k) => x + (b[k] - x) * t);
    const [u, step] = [this.#u, organ.length / 12];
    const [first, last] = [-organ.first[0], organ.length - organ.first[0]];
    const side = (share, out) => organ.at(0.78 * first + 0.22 * last, share * organ.width - organ.first[1], out);
    const { molecular_um: molecular } = scene.section;
    const places = [["septal", mean(organ.middle(first), organ.middle(first + step), -0.8)], ["temporal", mean(organ.middle(last), organ.middle(last - step), -0.8)],
      ["suprapyramidal", side(0.16, 2 * molecular)], ["infrapyramidal", side(0.84, 2 * molecular)]];
    const inner = [["hilus", organ.middle(u)], ["molecular layer", organ.at(u, organ.width / 2 - organ.first[1], this.grid.n_layers * this.grid.pitch_um + 1.6 * molecular)]];
    const text = { "text-anchor": "middle", "dominant-baseline": "middle", stroke: look.page, "stroke-width": 3 * unit, "paint-order": "stroke", "stroke-linejoin": "round" };
    const named = (size, fill) => ([name, place]) => {
      const [x, y] = camera.toPixel(place);
      const held = Math.min(camera.width - 0.3 * name.length * size * unit, Math.max(0.3 * name.length * size * unit, x));
      return svg("text", { x: held.toFixed(1), y: Math.min(camera.height - 8 * unit, Math.max(10 * unit, y)).toFixed(1), "font-size": size * unit, fill, ...text, text: name });
    };
    const length = roundLength((0.22 * camera.width) / camera.scale);
    const [x, y] = [12 * unit, camera.height - 14 * unit];
    this.over.replaceChildren(...places.map(named(12.5, look.ink)), ...inner.map(named(11, look.soft)),
      svg("line", { x1: x, x2: x + length * camera.scale, y1: y, y2: y, stroke: look.ink, "stroke-width": 3 * unit }),
      svg("text", { ...text, x, y: y - 9 * unit, "text-anchor": "start", fill: look.ink, "font-size": 12 * unit, text: lengthText(length) }));
  }

  #pixel(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * (this.camera.width / box.width), (event.clientY - box.top) * (this.camera.height / box.height)];
  }

  /** Whether a pixel is at the outline of the plane. */
  #atPlane([px, py]) {
    return this.outline?.some((place) => {
      const [x, y] = this.camera.toPixel(place);
      return Math.hypot(x - px, y - py) < NEAR_PX * this.density;
    });
  }

  /** Move the plane by pixels: as far as its middle runs along the gyrus under them. */
  #drag(dx, dy) {
    const reach = 0.02 * this.organ.length;
    const [[x0, y0], [x1, y1]] = [-reach, reach].map((far) => this.camera.toPixel(this.organ.middle(this.#u + far)));
    const [ax, ay] = [x1 - x0, y1 - y0];
    const square = Math.max(ax * ax + ay * ay, (4 * this.density) ** 2);
    this.#move((2 * reach * (dx * ax + dy * ay)) / square / (this.grid.n_u * this.grid.pitch_um));
  }

  #move(share) {
    this.act.moveTo(Math.min(1, Math.max(0, this.look.sectionAt + share)));
  }

  #turning(on) {
    if (this.look.turning === on) return;
    this.look.turning = on;
    this.repaint();
  }

  #listen() {
    let held = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      const here = this.#pixel(event);
      held = { here, plane: this.#atPlane(here) };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.organ) return;
      const here = this.#pixel(event);
      if (!held) {
        this.canvas.classList.toggle("pointing", Boolean(this.#atPlane(here)));
        return;
      }
      const [dx, dy] = [here[0] - held.here[0], here[1] - held.here[1]];
      held.here = here;
      if (held.plane) this.#drag(dx, dy);
      else {
        this.camera.turnBy((0.32 * dx) / this.density, (0.32 * dy) / this.density);
        this.#turning(true);
        this.repaint();
      }
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(kind, () => {
        held = null;
        this.#turning(false);
      });
    }
    this.canvas.addEventListener("wheel", (event) => {
      if (event.deltaY > 0 && this.camera.zoom <= 1) return; // the page scrolls on
      event.preventDefault();
      this.camera.zoomBy(Math.exp(-0.0016 * event.deltaY * (event.deltaMode ? 30 : 1)));
      this.#turning(true);
      this.settle();
      this.repaint();
    }, { passive: false });
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    const acts = { ArrowLeft: () => this.#move(-STEP), ArrowRight: () => this.#move(STEP), ArrowUp: () => this.camera.turnBy(0, 6), ArrowDown: () => this.camera.turnBy(0, -6),
      "+": () => this.camera.zoomBy(1.25), "=": () => this.camera.zoomBy(1.25), "-": () => this.camera.zoomBy(0.8), 0: () => this.camera.reset() };
    if (event.shiftKey) Object.assign(acts, { ArrowLeft: () => this.camera.turnBy(-8, 0), ArrowRight: () => this.camera.turnBy(8, 0) });
    if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
    this.repaint();
  }
}
