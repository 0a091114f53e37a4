// The unrolled gyrus from above, painted into one ImageData: tissue or BDNF below, cells by state above, then flashes.

import { GROUNDS, mixed, packed, scaleTable } from "./palette.js";

const OUTSIDE = 255;
const CAPILLARY = 64;
const DISCS_PX = 8; // a site of that many pixels shows its cell as a disc
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

export class SheetPainter {
  /** @param {object[]} states of `about`: code, rank, brief, colours, hides */
  constructor(states, view) {
    this.states = states;
    this.view = view;
    this.flashes = [];
    this.rings = Array.from({ length: 16 }, (_, i) => ring(i + 1));
    this.stale = true;
    this.rank = Uint8Array.from(states, ({ rank }) => rank);
    this.brief = Uint8Array.from(states, ({ brief }) => (brief ? 1 : 0));
    this.applyGround("paper");
  }

  /** Choose the ground: "paper" or "dark". */
  applyGround(ground) {
    this.ground = ground;
    this.look = GROUNDS[ground];
    this.fill = this.states.map(({ colours }) => colours[ground]);
    this.rim = this.fill.map((colour) => mixed(colour, ground === "paper" ? "#1f2933" : "#0b111c", 0.5));
    this.colour = Uint32Array.from(this.fill, (colour) => packed(colour));
    this.share = Uint16Array.from(this.states, ({ hides }) => 256 * hides[ground]);
    this.scales = { veil: scaleTable(this.look.veil), field: scaleTable(this.look.bdnf) };
  }

  /** The lattice and what stands still in it. */
  setTissue(grid, siteClass, capillary) {
    this.grid = grid;
    this.siteClass = siteClass;
    this.capillary = capillary;
    this.flashes = [];
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
    const { n_u: nu, n_v: nv, pitch_um: pitch } = this.grid;
    const across = new Int32Array(width);
    for (let x = 0; x < width; x += 1) {
      const u = Math.floor(this.view.toWorld(x + 0.5, 0)[0] / pitch);
      across[x] = u >= 0 && u < nu ? u : -1;
    }
    for (let y = 0; y < height; y += 1) {
      const v = Math.floor(this.view.toWorld(0, y + 0.5)[1] / pitch);
      const row = y * width;
      if (v < 0 || v >= nv) {
        this.key.fill(OUTSIDE, row, row + width);
        continue;
      }
      for (let x = 0; x < width; x += 1) {
        const u = across[x];
        const column = v * nu + u;
        this.key[row + x] = u < 0 ? OUTSIDE : (this.siteClass[column] & 63) | (this.capillary[column] > 0 ? CAPILLARY : 0);
      }
    }
    this.edgeU = this.#edges(nu, width, (at) => this.view.toPixel(at, 0)[0]);
    this.edgeV = this.#edges(nv, height, (at) => this.view.toPixel(0, at)[1]);
    this.stale = false;
  }

  /** First pixel of every site along an axis, and one past the last: neighbours share an edge, so that no seams show. */
  #edges(n, size, pixel) {
    return Int32Array.from({ length: n + 1 }, (_, i) => Math.min(size, Math.max(0, Math.round(pixel(i * this.grid.pitch_um)))));
  }

  /** Colour of every key now. */
  #table(level, limits, overlay, capillaries) {
    const table = new Uint32Array(256).fill(packed(this.look.page));
    const [low, high] = limits;
    const scale = this.scales[overlay];
    const [plain, vessel] = [packed(this.look.tissue), packed(this.look.capillary)];
    for (let c = 0; c < 64; c += 1) {
      const at = Math.min(255, Math.max(0, Math.round((255 * (level[c] - low)) / (high - low))));
      table[c] = scale ? scale[at] : plain;
      table[c | CAPILLARY] = capillaries ? (scale ? shaded(table[c], vessel) : vessel) : table[c];
    }
    return table;
  }

  /** Note one in `every` births and deaths of a frame, to be shown for a moment; where they are too many, old frames go whole. */
  flash({ born, died }, now, every) {
    const some = (columns, birth) => Array.from(columns).filter((_, i) => i % every === 0).map((column) => ({ column, birth, since: now }));
    this.flashes.push([...some(born, true), ...some(died, false)]);
    while (this.flashes.length > 1 && this.flashes.flat().length > MOST_FLASHES) this.flashes.shift();
  }

  /**
   * Paint a frame of one arm.
   * @param {object} how visible (by state code), overlay ("none", "veil" or "field"), limits, capillaries, cells, now
   * @returns {boolean} whether something is still fading and wants another painting
   */
  paint(context, arm, how) {
    if (!this.grid) return false;
    if (this.stale) this.#prepare(context);
    const table = this.#table(arm.level, how.limits, how.overlay, how.capillaries);
    const { key, out } = this;
    for (let i = 0; i < key.length; i += 1) out[i] = table[key[i]];
    const large = this.view.scale * this.grid.pitch_um >= DISCS_PX;
    if (how.cells && !large) this.#cells(arm, how.visible);
    const fading = this.#flashes(how.now);
    context.putImageData(this.image, 0, 0);
    if (how.cells && large) this.#somata(context, arm, how.visible);
    return fading;
  }

  #cells(arm, visible) {
    const { columns, kinds } = arm;
    const order = this.#ordered(kinds);
    const { n_u: nu, pitch_um: pitch } = this.grid;
    const step = pitch * this.view.scale;
    this.#sites(columns, kinds, order, visible, nu, step < 3 ? 1 : 0);
  }

  /** Somata as discs, where a site is large enough to tell them apart; drawn over the pixels, state by state. */
  #somata(context, { columns, kinds }, visible) {
    const { n_u: nu, pitch_um: pitch } = this.grid;
    const { width, height } = this.view;
    const step = pitch * this.view.scale;
    const [left, top] = this.view.toPixel(pitch / 2, pitch / 2);
    const order = this.#ordered(kinds);
    let last = -1;
    const finish = () => {
      if (last < 0) return;
      context.fill();
      context.stroke();
    };
    context.lineWidth = Math.max(0.7, 0.06 * step);
    for (let k = 0; k < order.length; k += 1) {
      const i = order[k];
      const code = kinds[i] & 15;
      const x = left + (columns[i] % nu) * step;
      const y = top + Math.floor(columns[i] / nu) * step;
      if (!visible[code] || x < -step || y < -step || x > width + step || y > height + step) continue;
      if (code !== last) {
        finish();
        context.beginPath();
        context.fillStyle = this.fill[code];
        context.strokeStyle = this.rim[code];
        last = code;
      }
      context.moveTo(x + 0.47 * step, y);
      context.arc(x, y, 0.47 * step, 0, 2 * Math.PI);
    }
    finish();
  }

  /** Fill the pixels of sites; cells that last let the tissue through, so that those that act stand out. */
  #sites(columns, kinds, order, visible, nu, more) {
    const { out, colour, share, brief, edgeU, edgeV } = this;
    const { width, height } = this.view;
    for (let k = 0; k < order.length; k += 1) {
      const i = order[k];
      const code = kinds[i] & 15;
      if (!visible[code]) continue;
      const v = (columns[i] / nu) | 0;
      const u = columns[i] - v * nu;
      const grow = brief[code] & more;
      const [x0, y0] = [edgeU[u], edgeV[v]];
      const x1 = Math.min(width, edgeU[u + 1] + grow);
      const y1 = Math.min(height, edgeV[v + 1] + grow);
      const [over, weight] = [colour[code], share[code]];
      for (let y = y0; y < y1; y += 1) {
        const end = y * width + x1;
        if (weight === 256) for (let p = y * width + x0; p < end; p += 1) out[p] = over;
        else for (let p = y * width + x0; p < end; p += 1) out[p] = laid(out[p], over, weight);
      }
    }
  }

  /** Rows of the cells, those drawn first coming first: a counting sort. */
  #ordered(kinds) {
    const start = new Uint32Array(this.states.length + 1);
    for (let i = 0; i < kinds.length; i += 1) start[this.rank[kinds[i] & 15] + 1] += 1;
    for (let r = 1; r < start.length; r += 1) start[r] += start[r - 1];
    if (!this.order || this.order.length < kinds.length) this.order = new Uint32Array(Math.ceil(1.3 * kinds.length));
    const order = this.order.subarray(0, kinds.length);
    for (let i = 0; i < kinds.length; i += 1) order[start[this.rank[kinds[i] & 15]]++] = i;
    return order;
  }

  #flashes(now) {
    const { n_u: nu, pitch_um: pitch } = this.grid;
    const { width, height } = this.view;
    const colours = { true: packed(this.look.birth), false: packed(this.look.death) };
    const grow = Math.min(2, Math.max(1, (this.view.scale * pitch) / 4));
    this.flashes = this.flashes.filter(([first]) => first && now - first.since < FLASH_MS);
    for (const { column, birth, since } of this.flashes.flat()) {
      const age = (now - since) / FLASH_MS;
      const [cx, cy] = this.view.toPixel(((column % nu) + 0.5) * pitch, (Math.floor(column / nu) + 0.5) * pitch);
      const radius = Math.round(grow * (birth ? 2 + 4 * age : 4 - 2 * age));
      const colour = colours[birth];
      const share = Math.round(200 * (1 - age));
      const points = this.rings[Math.min(15, Math.max(0, radius - 1))];
      const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
      for (let k = 0; k < points.length; k += 2) {
        const [x, y] = [x0 + points[k], y0 + points[k + 1]];
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const i = y * width + x;
        this.out[i] = laid(this.out[i], colour, share);
      }
    }
    return this.flashes.length > 0;
  }
}

/** Lay `share` (of 256) of one packed colour over another, two bytes at a time; both are opaque. */
function laid(under, over, share) {
  const rest = 256 - share;
  const even = (((under & 0xff00ff) * rest + (over & 0xff00ff) * share) >>> 8) & 0xff00ff;
  const odd = ((((under >>> 8) & 0xff00ff) * rest + ((over >>> 8) & 0xff00ff) * share) >>> 8) & 0xff00ff;
  return ((odd << 8) | even) >>> 0;
}

const shaded = (under, vessel) => laid(under, vessel, 90);
