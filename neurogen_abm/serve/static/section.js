// A transverse section of the gyrus as a histologist sees it: hilus, subgranular zone, granule cell layer and molecular layer on a C.

import { CShape } from "./geometry.js";
import { GROUNDS, mixed, packed, scaleTable } from "./palette.js";

const MOLECULAR_UM = 150;

/** A number in [0, 1) that belongs to a cell's place and to `salt`, so that drawings do not flicker. */
function jitter(column, salt) {
  let h = Math.imul(column + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return ((h ^ (h >>> 13)) >>> 0) / 4294967296;
}

export class SectionPainter {
  constructor(states, view) {
    this.view = view;
    this.states = states;
    this.stale = true;
    this.u = 0;
    this.thickness = 40;
    this.applyGround("paper");
  }

  applyGround(ground) {
    this.ground = ground;
    this.look = GROUNDS[ground];
    this.scales = { veil: scaleTable(this.look.veil), field: scaleTable(this.look.bdnf) };
    this.stale = true;
  }

  /** The lattice; the C follows from its width and its crest. */
  setGrid(grid) {
    this.grid = grid;
    this.shape = new CShape(grid.n_v * grid.pitch_um, grid.crest_fraction);
    this.top = grid.n_layers * grid.pitch_um;
    this.siteClass = null;
    this.stale = true;
    const corners = this.#outline(0, this.top + MOLECULAR_UM + 40);
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    this.box = { left: Math.min(...xs), top: Math.min(...ys) };
    this.box.width = Math.max(...xs) - this.box.left + 60;
    this.box.height = Math.max(...ys) - this.box.top;
  }

  /** What stands still in the section at `u` um: class and capillary of every site, [n_layers, n_v]. */
  setSites(u, siteClass, capillary) {
    this.u = u;
    this.siteClass = siteClass;
    this.capillary = capillary;
    this.stale = true;
  }

  moved() {
    this.stale = true;
  }

  /** Place on the drawing, um, y downwards. */
  #at(along, outwards) {
    const { x, y, heading } = this.shape.place(along, outwards);
    return [x, -y, heading];
  }

  #outline(inner, outer, n = 160) {
    const length = this.shape.length;
    const along = Array.from({ length: n }, (_, i) => (i * length) / (n - 1));
    return [...along.map((a) => this.#at(a, inner)), ...along.reverse().map((a) => this.#at(a, outer))];
  }

  #path(context, points) {
    context.beginPath();
    for (const [x, y] of points) context.lineTo(...this.view.toPixel(x, y));
    context.closePath();
  }

  #ground() {
    const { width, height } = this.view;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = this.look.page;
    context.fillRect(0, 0, width, height);
    context.fillStyle = this.look.hilus;
    this.#path(context, Array.from({ length: 160 }, (_, i) => this.#at((i / 159) * this.shape.length, 0)));
    context.fill();
    const bands = [[this.top, this.top + MOLECULAR_UM, this.look.molecular],
      [this.grid.pitch_um, this.top, this.look.layer], [0, this.grid.pitch_um, this.look.zone]];
    for (const [inner, outer, colour] of bands) {
      this.#path(context, this.#outline(inner, outer));
      context.fillStyle = colour;
      context.fill();
    }
    return context.getImageData(0, 0, width, height);
  }

  /** Pixels of every site, found by walking along the C in steps of half a pixel. */
  #sites() {
    const { width, height, scale } = this.view;
    const { n_v: nv, n_layers: layers, pitch_um: pitch } = this.grid;
    const step = 0.6 / scale;
    const site = new Uint16Array(width * height).fill(65535);
    for (let along = 0; along < this.shape.length; along += step) {
      const v = Math.min(nv - 1, Math.floor(along / pitch));
      const [x0, y0, heading] = this.#at(along, 0);
      const [dx, dy] = [Math.sin(heading), Math.cos(heading)];
      for (let out = 0; out < this.top; out += step) {
        const [px, py] = this.view.toPixel(x0 + out * dx, y0 + out * dy);
        const [x, y] = [Math.floor(px), Math.floor(py)];
        if (x >= 0 && y >= 0 && x < width && y < height) {
          site[y * width + x] = Math.min(layers - 1, Math.floor(out / pitch)) * nv + v;
        }
      }
    }
    const pixels = [];
    for (let i = 0; i < site.length; i += 1) if (site[i] !== 65535) pixels.push(i);
    this.pixels = Uint32Array.from(pixels);
    this.pixelSite = Uint16Array.from(pixels, (i) => site[i]);
  }

  /** Granule cells born in development, edges of the layers, capillaries cut across, names: what lies above the field. */
  #veil(capillaries) {
    const { width, height, scale } = this.view;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    const { n_v: nv, n_layers: layers, pitch_um: pitch } = this.grid;
    context.fillStyle = this.look.granule;
    context.globalAlpha = 0.8;
    context.beginPath();
    for (let layer = 1; layer < layers; layer += 1) {
      for (let v = 0; v < nv; v += 1) {
        const key = layer * nv + v;
        const [x, y] = this.#at((v + 0.5 + 0.5 * (jitter(key, 1) - 0.5)) * pitch, (layer + 0.5 + 0.4 * (jitter(key, 2) - 0.5)) * pitch);
        const [px, py] = this.view.toPixel(x, y);
        context.moveTo(px + 0.4 * pitch * scale, py);
        context.arc(px, py, 0.4 * pitch * scale, 0, 2 * Math.PI);
      }
    }
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = this.look.edge;
    context.lineWidth = 1;
    for (const out of [0, pitch, this.top, this.top + MOLECULAR_UM]) this.#line(context, out);
    if (capillaries && this.capillary) this.#capillaries(context);
    this.#names(context);
    return canvas;
  }

  #line(context, out) {
    context.beginPath();
    for (let i = 0; i <= 200; i += 1) {
      const [x, y] = this.#at((i / 200) * this.shape.length, out);
      context.lineTo(...this.view.toPixel(x, y));
    }
    context.stroke();
  }

  #capillaries(context) {
    const { n_v: nv, n_layers: layers, pitch_um: pitch } = this.grid;
    context.strokeStyle = mixed("#0072B2", this.look.page, this.ground === "paper" ? 0.15 : 0.35);
    context.lineWidth = Math.max(1, 1.6 * this.view.scale);
    for (let site = 0; site < layers * nv; site += 1) {
      if (this.capillary[site] === 0) continue;
      const [x, y] = this.#at(((site % nv) + 0.5) * pitch, (Math.floor(site / nv) + 0.5) * pitch);
      const [px, py] = this.view.toPixel(x, y);
      context.beginPath();
      context.arc(px, py, 3.2 * this.view.scale, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  #names(context) {
    const { length, crest } = this.shape;
    const size = Math.min(15, Math.max(10, 0.024 * this.view.width));
    context.font = `${size}px ${FONT}`;
    context.fillStyle = this.look.soft;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const along = [[0.42 * crest, "suprapyramidal blade"], [length - 0.42 * (length - crest), "infrapyramidal blade"]];
    for (const [at, text] of along) this.#text(context, text, at, this.top + MOLECULAR_UM + 14, true);
    this.#text(context, "crest", crest, this.top + MOLECULAR_UM + 14, true);
    this.#text(context, "molecular layer", 0.62 * crest, this.top + 0.55 * MOLECULAR_UM, true);
    this.#text(context, "hilus", crest, -0.2 * length, false);
    this.#layerNames(context, size);
  }

  /** Names of the two layers beside the tip of a blade; where there is no room beside it, the zone's name goes into the hilus. */
  #layerNames(context, size) {
    const { length } = this.shape;
    const tip = this.view.toPixel(...this.#at(length, 0));
    if (this.view.zoom === 1 && tip[0] + 9 * size > this.view.width) {
      context.textAlign = "right";
      context.fillText("subgranular zone", tip[0] - 0.5 * size, tip[1] - 1.2 * size);
      return;
    }
    context.textAlign = "left";
    for (const [out, text] of [[this.grid.pitch_um / 2, "subgranular zone"], [0.6 * this.top, "granule cell layer"]]) {
      const [x, y] = this.view.toPixel(...this.#at(length, out));
      context.fillText(text, x + 8, y + (out < this.grid.pitch_um ? -0.5 * size : 0.5 * size));
    }
  }

  #text(context, text, along, out, turned) {
    const [x, y, heading] = this.#at(along, out);
    const [px, py] = this.view.toPixel(x, y);
    let angle = turned ? -heading : 0;
    if (Math.cos(angle) < -0.01) angle += Math.PI;
    context.save();
    context.translate(px, py);
    context.rotate(angle);
    context.fillText(text, 0, 0);
    context.restore();
  }

  #prepare(capillaries) {
    this.base = this.#ground();
    this.out = new Uint32Array(this.base.data.buffer);
    this.#sites();
    this.veil = this.#veil(capillaries);
    this.drawn = capillaries;
    this.stale = false;
  }

  /** Paint a frame of one arm; `how` as for the sheet, and `processes`. */
  paint(context, arm, how) {
    if (!this.grid) return false;
    if (this.stale || this.drawn !== how.capillaries) this.#prepare(how.capillaries);
    this.#field(arm.level, how);
    context.putImageData(this.base, 0, 0);
    context.drawImage(this.veil, 0, 0);
    if (how.cells) this.#cells(context, arm, how);
    return false;
  }

  #field(level, { overlay, limits }) {
    const { pixels, pixelSite, out } = this;
    const { n_v: nv } = this.grid;
    const [zone, layer] = [packed(this.look.zone), packed(this.look.layer)];
    const scale = this.siteClass ? this.scales[overlay] : undefined;
    if (!scale) {
      for (let k = 0; k < pixels.length; k += 1) out[pixels[k]] = pixelSite[k] < nv ? zone : layer;
      return;
    }
    const [low, high] = limits;
    const table = Uint32Array.from(level, (x) => scale[Math.min(255, Math.max(0, Math.round((255 * (x - low)) / (high - low))))]);
    for (let k = 0; k < pixels.length; k += 1) out[pixels[k]] = table[this.siteClass[pixelSite[k]] & 63];
  }

  /** The columns in the slab, one behind the other: the first, and how many. */
  get slab() {
    const { pitch_um: pitch } = this.grid;
    return { from: Math.ceil((this.u - this.thickness / 2) / pitch - 0.5), n: Math.max(1, Math.round(this.thickness / pitch)) };
  }

  /** How many cells stand side by side in a place of the drawing, along it and across: columns behind each other hide none. */
  get abreast() {
    const { n } = this.slab;
    const along = Math.ceil(Math.sqrt(n));
    return [along, Math.ceil(n / along)];
  }

  /** Place of a cell on the drawing, along and outwards, um: within its site, beside those of the columns before and behind it. */
  spread(u, v, layer) {
    const { pitch_um: pitch } = this.grid;
    const { from, n } = this.slab;
    const [along, across] = this.abreast;
    const k = Math.min(n - 1, Math.max(0, u - from));
    return [v + ((k % along) + 0.5) / along, layer + (Math.floor(k / along) + 0.5) / across].map((at) => at * pitch);
  }

  /** Cells of the slab, those drawn first coming first: [column, layer, code]. */
  cellsOf(arm, visible) {
    const { n_u: nu } = this.grid;
    const { from, n } = this.slab;
    const to = from + n - 1;
    const cells = [];
    for (let i = 0; i < arm.columns.length; i += 1) {
      const u = arm.columns[i] % nu;
      if (u < from || u > to || !visible[arm.kinds[i] & 15]) continue;
      cells.push([arm.columns[i], arm.kinds[i] >> 4, arm.kinds[i] & 15]);
    }
    return cells.sort((a, b) => this.states[a[2]].rank - this.states[b[2]].rank || a[0] - b[0]);
  }

  #cells(context, arm, how) {
    const cells = this.cellsOf(arm, how.visible);
    const { n_u: nu, pitch_um: pitch } = this.grid;
    const { scale } = this.view;
    if (how.processes) for (const [column, layer, code] of cells) this.#process(context, column, layer, this.states[code]);
    context.lineWidth = Math.max(0.6, (0.06 * pitch * scale) / this.abreast[0]);
    for (const [column, layer, code] of cells) {
      const { brief, colours } = this.states[code];
      const [x, y] = this.#at(...this.spread(column % nu, Math.floor(column / nu), layer));
      const colour = colours[this.ground];
      const radius = ((brief || layer > 0 ? 0.56 : 0.46) * pitch * scale) / this.abreast[0];
      context.beginPath();
      context.arc(...this.view.toPixel(x, y), Math.max(1.2, radius), 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
      context.strokeStyle = mixed(colour, this.ground === "paper" ? "#1f2933" : "#05080e", 0.6);
      context.stroke();
    }
  }

  /** The process of a stem cell or a young neuron: for orientation only, the model has no processes. */
  #process(context, column, layer, { process, colours }) {
    if (!process) return;
    const { reach, branches, fork, spread_um: spread, alpha } = process;
    const { n_u: nu, pitch_um: pitch } = this.grid;
    const [along, foot] = this.spread(column % nu, Math.floor(column / nu), layer);
    const tip = Math.max(foot + 0.6 * pitch, reach * this.top * (0.9 + 0.2 * jitter(column, 3)));
    context.strokeStyle = colours[this.ground];
    context.globalAlpha = alpha;
    context.lineWidth = Math.max(0.5, 0.09 * pitch * this.view.scale);
    context.beginPath();
    const knee = foot + fork * (tip - foot);
    const lean = 8 * (jitter(column, 4) - 0.5);
    context.moveTo(...this.#pixel(along, foot));
    context.lineTo(...this.#pixel(along + lean, knee));
    for (let b = 0; b < branches; b += 1) {
      const side = branches === 1 ? 0 : (b / (branches - 1) - 0.5) * 2 + 0.5 * (jitter(column, 5 + b) - 0.5);
      const end = tip - 0.12 * (tip - foot) * jitter(column, 9 + b);
      context.moveTo(...this.#pixel(along + lean, knee));
      const middle = this.#pixel(along + lean + 0.7 * side * spread, knee + 0.4 * (end - knee));
      context.quadraticCurveTo(...middle, ...this.#pixel(along + lean + side * spread, end));
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  #pixel(along, out) {
    const [x, y] = this.#at(along, out);
    return this.view.toPixel(x, y);
  }

  /** Place on the sheet (u, v) under a pixel and its layer, or null beside the tissue. */
  under(px, py) {
    const [wx, wy] = this.view.toWorld(px, py);
    let best = null;
    for (let v = 0; v < this.grid.n_v; v += 1) {
      for (let layer = 0; layer < this.grid.n_layers; layer += 1) {
        const [x, y] = this.#at((v + 0.5) * this.grid.pitch_um, (layer + 0.5) * this.grid.pitch_um);
        const far = Math.hypot(x - wx, y - wy);
        if (far < (best?.far ?? 2 * this.grid.pitch_um)) best = { far, v, layer };
      }
    }
    return best;
  }

  /** Pixel of a cell, as it is drawn. */
  pixelOf({ u_um: u, v_um: v, layer }) {
    const { pitch_um: pitch } = this.grid;
    return this.#pixel(...this.spread(Math.floor(u / pitch), Math.floor(v / pitch), layer));
  }
}

const FONT = 'Inter, "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif';
