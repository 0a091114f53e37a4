// The unrolled gyrus from above without a graphics card, painted into one ImageData: tissue or BDNF, cells, then flashes.

import { mixed, packed } from "./palette.js";
import { colouringOf, groundOf, laid, scalesOf, scene, siteColours } from "./scene.js";

const OUTSIDE = 255;
const DISCS_PX = 8; // a site of that many pixels shows its cell as a disc, in its place
const FLASH_MS = 500;
export const MOST_FLASHES = 600;

/** Offsets of a ring of `radius` pixels: dx, dy, dx, dy, ... */
function ring(radius) {
  const points = new Map();
  const n = Math.ceil(8 * radius);
  for (let i = 0; i < n; i += 1) {
    const angle = (2 * Math.PI * i) / n;
    const [x, y] = [Math.round(radius * Math.cos(angle)), Math.round(radius * Math.sin(angle))];
    points.set(`${x},${y}`, [x, y]);
  }
  return Int8Array.from(Array.from(points.values()).flat());
}

/** How births and deaths are thinned, of all lives alike, so that what is drawn keeps their proportion: one in so many. */
export function thinning(arms) {
  return Math.max(1, ...arms.map(({ born, died }) => Math.ceil((born.length + died.length) / MOST_FLASHES)));
}

/** Births and deaths that are shown for a moment. */
export class Flashes {
  constructor() {
    this.kept = [];
  }

  clear() {
    this.kept = [];
  }

  /** Note one in `every` births and deaths of a frame; where they are too many, old frames go whole. */
  add({ born, died }, now, every) {
    const some = (columns, birth) => Array.from(columns).filter((_, i) => i % every === 0).map((column) => ({ column, birth, since: now }));
    this.kept.push([...some(born, true), ...some(died, false)]);
    while (this.kept.length > 1 && this.kept.flat().length > MOST_FLASHES) this.kept.shift();
  }

  /** Those that are still seen: {column, birth, age 0 to 1}. */
  at(now) {
    this.kept = this.kept.filter(([first]) => first && now - first.since < FLASH_MS);
    return this.kept.flat().map(({ column, birth, since }) => ({ column, birth, age: (now - since) / FLASH_MS }));
  }
}

/** How a flash is drawn at an age of 0 to 1: radius in pixels of a picture not zoomed, and how much of it is seen. */
export const ringOf = ({ birth, age }) => ({ radius: birth ? 2 + 4 * age : 4 - 2 * age, share: 0.8 * (1 - age) });

export class SheetPainter {
  constructor(view) {
    this.view = view;
    this.rings = Array.from({ length: 16 }, (_, i) => ring(i + 1));
    this.stale = true;
  }

  setTissue(tissue) {
    this.tissue = tissue;
    this.stale = true;
  }

  /** Say that view or size have changed. */
  moved() {
    this.stale = true;
  }

  #prepare(context) {
    const { width, height } = this.view;
    if (!this.image || this.image.width !== width || this.image.height !== height) {
      this.image = context.createImageData(width, height);
      this.out = new Uint32Array(this.image.data.buffer);
      this.key = new Uint8Array(width * height);
    }
    const { n_u: nu, n_v: nv, pitch_um: pitch } = this.tissue.grid;
    const across = new Int32Array(width);
    for (let x = 0; x < width; x += 1) {
      const u = Math.floor(this.view.toWorld(x + 0.5, 0)[0] / pitch);
      across[x] = u >= 0 && u < nu ? u : -1;
    }
    for (let y = 0; y < height; y += 1) {
      const v = Math.floor(this.view.toWorld(0, y + 0.5)[1] / pitch);
      const row = y * width;
      if (v < 0 || v >= nv) this.key.fill(OUTSIDE, row, row + width);
      else for (let x = 0; x < width; x += 1) this.key[row + x] = across[x] < 0 ? OUTSIDE : this.tissue.keys[v * nu + across[x]];
    }
    this.edgeU = this.#edges(nu, width, (at) => this.view.toPixel(at, 0)[0]);
    this.edgeV = this.#edges(nv, height, (at) => this.view.toPixel(0, at)[1]);
    this.stale = false;
  }

  /** First pixel of every site along an axis, and one past the last: neighbours share an edge, so that no seams show. */
  #edges(n, size, pixel) {
    return Int32Array.from({ length: n + 1 }, (_, i) => Math.min(size, Math.max(0, Math.round(pixel(i * this.tissue.grid.pitch_um)))));
  }

  /**
   * Paint a frame of one arm.
   * @param {Look} how
   * @param {object[]} flashes as `Flashes.at` gives them
   */
  paint(context, arm, how, flashes) {
    if (!this.tissue) return;
    if (this.stale) this.#prepare(context);
    const table = new Uint32Array(256).fill(packed(groundOf(how.ground).page));
    table.set(siteColours(arm.level, how, scalesOf(how.ground)));
    const { key, out } = this;
    for (let i = 0; i < key.length; i += 1) out[i] = table[key[i]];
    const large = this.view.scale * this.tissue.grid.pitch_um >= DISCS_PX;
    const colours = colouringOf(how.by).colours[how.ground];
    const order = how.cells ? this.tissue.shown(arm, how) : [];
    if (!large) this.#sites(arm, order, how, colours);
    this.#flashes(flashes, how.ground);
    context.putImageData(this.image, 0, 0);
    if (large) this.#somata(context, arm, order, how, colours);
  }

  /** Somata as discs, where a site is large enough to tell them apart. */
  #somata(context, arm, order, { ground, by }, colours) {
    const { width, height, scale } = this.view;
    const { pitch_um: pitch } = this.tissue.grid;
    const state = colouringOf(by).by === "state";
    context.lineWidth = Math.max(0.7, 0.06 * pitch * scale);
    for (const i of order) {
      const code = arm.kinds[i] & 15;
      const { u_um: u, v_um: v } = this.tissue.placeOf(arm, i);
      const [x, y] = this.view.toPixel(u, v);
      const radius = scene.states[code].radius * pitch * scale;
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
      const colour = colours[state ? code : arm.values?.[i] ?? 0];
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.strokeStyle = mixed(colour, groundOf(ground).rim, 0.5);
      context.fill();
      context.stroke();
    }
  }

  /** Fill the pixels of sites; cells that last let the tissue through, so that those that act stand out. */
  #sites({ columns, kinds, values }, order, { ground, by }, colours) {
    const { out, edgeU, edgeV } = this;
    const { width, height } = this.view;
    const { n_u: nu, pitch_um: pitch } = this.tissue.grid;
    const state = colouringOf(by).by === "state";
    const colour = Uint32Array.from(colours, (text) => packed(text));
    const share = scene.states.map(({ hides }) => (state ? Math.round(256 * hides[ground]) : 256));
    const more = pitch * this.view.scale < 3 ? 1 : 0;
    for (let k = 0; k < order.length; k += 1) {
      const i = order[k];
      const code = kinds[i] & 15;
      const v = (columns[i] / nu) | 0;
      const u = columns[i] - v * nu;
      const grow = scene.states[code].brief ? more : 0;
      const x1 = Math.min(width, edgeU[u + 1] + grow);
      const y1 = Math.min(height, edgeV[v + 1] + grow);
      const [over, weight] = [colour[state ? code : values?.[i] ?? 0], share[code]];
      for (let y = edgeV[v]; y < y1; y += 1) {
        for (let p = y * width + edgeU[u]; p < y * width + x1; p += 1) out[p] = weight === 256 ? over : laid(out[p], over, weight);
      }
    }
  }

  #flashes(flashes, ground) {
    const { n_u: nu, pitch_um: pitch } = this.tissue.grid;
    const { width, height } = this.view;
    const look = groundOf(ground);
    const grow = Math.min(2, Math.max(1, (this.view.scale * pitch) / 4));
    for (const flash of flashes) {
      const [cx, cy] = this.view.toPixel(((flash.column % nu) + 0.5) * pitch, (Math.floor(flash.column / nu) + 0.5) * pitch);
      const { radius, share } = ringOf(flash);
      const points = this.rings[Math.min(15, Math.max(0, Math.round(grow * radius) - 1))];
      const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
      for (let k = 0; k < points.length; k += 2) {
        const [x, y] = [x0 + points[k], y0 + points[k + 1]];
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const i = y * width + x;
        this.out[i] = laid(this.out[i], packed(flash.birth ? look.birth : look.death), Math.round(256 * share));
      }
    }
  }
}
