// The tissue of one life as painters know it: the lattice, what stands still in it, and where cells lie.

import { apart } from "./apart.js";
import { CShape } from "./geometry.js";
import { scene, siteKeys } from "./scene.js";

const PARTS = 256; // a place in a site is told in this many parts along each axis
const APART_BELOW = 2; // pixels per um
export const STILL = 15; // stands for granule cells born in development where codes of states are asked for

/** How much of their radius dots have at pixels per um: at low zoom they are smaller than somata, so that those before do not hide those behind. */
export const shrunk = (scale) => 0.65 + 0.35 * Math.min(1, Math.max(0, scale - 1));

export class Tissue {
  /** @param {object} grid @param {Uint8Array} siteClass, capillary of the subgranular zone @param {Float32Array} curve of the section */
  constructor(grid, siteClass, capillary, curve) {
    this.grid = grid;
    this.siteClass = siteClass;
    this.keys = siteKeys(siteClass, capillary);
    this.shape = new CShape(curve, grid.n_v * grid.pitch_um, grid.crest_fraction);
    this.top = grid.n_layers * grid.pitch_um;
    this.section = { u: 0, keys: null, still: new Float32Array(0) };
    const { molecular_um: molecular } = scene.section;
    const corners = this.outline(0, this.top + molecular + 40);
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const spare = 0.03 * this.shape.length; // sections of other levels are wider or higher
    this.box = { left: left - spare, top: top - spare, width: Math.max(...xs) - left + 60 + 2 * spare, height: Math.max(...ys) - top + 2 * spare };
  }

  /** What stands still in the section at `u` um: class and capillary of every site, [n_layers, n_v], places of granule cells, its C. */
  setSection(u, siteClass, capillary, still, curve) {
    this.shape = new CShape(curve, this.shape.length, this.grid.crest_fraction);
    this.section = { u, keys: siteKeys(siteClass, capillary), still };
  }

  /** Place on the drawing of a section, um, y downwards, and heading. */
  at(along, outwards) {
    const { x, y, heading } = this.shape.place(along, outwards);
    return [x, -y, heading];
  }

  /** Outline of a band between two depths. */
  outline(inner, outer, n = 160) {
    const along = Array.from({ length: n }, (_, i) => (i * this.shape.length) / (n - 1));
    return [...along.map((a) => this.at(a, inner)), ...along.reverse().map((a) => this.at(a, outer))];
  }

  /** Where cell `i` of a frame lies: along the gyrus, across it, outwards, um. */
  placeOf({ columns, kinds, places }, i) {
    const { n_u: nu, pitch_um: pitch } = this.grid;
    const part = (k) => (places[3 * i + k] + 0.5) / PARTS;
    return {
      u_um: ((columns[i] % nu) + part(0)) * pitch,
      v_um: (Math.floor(columns[i] / nu) + part(1)) * pitch,
      out_um: ((kinds[i] >> 4) + part(2)) * pitch,
    };
  }

  /** Cells that a view shows, those drawn first coming first: rows of the frame; of a section those within its thickness. */
  shown(arm, { view, visible, thickness }) {
    const { columns, kinds, places } = arm;
    const { n_u: nu, pitch_um: pitch } = this.grid;
    const [low, high] = view === "section" ? [this.section.u - thickness / 2, this.section.u + thickness / 2] : [-1, Infinity];
    const start = new Uint32Array(scene.states.length + 1);
    const rows = new Uint32Array(columns.length);
    let n = 0;
    for (let i = 0; i < columns.length; i += 1) {
      const u = ((columns[i] % nu) + (places[3 * i] + 0.5) / PARTS) * pitch;
      if (u < low || u >= high || !visible[kinds[i] & 15]) continue;
      rows[n++] = i;
      start[scene.states[kinds[i] & 15].rank + 1] += 1;
    }
    for (let r = 1; r < start.length; r += 1) start[r] += start[r - 1];
    const order = new Uint32Array(n);
    for (let k = 0; k < n; k += 1) order[start[scene.states[kinds[rows[k]] & 15].rank]++] = rows[k];
    return order;
  }

  /** Pixels of cells of a section, moved apart where a pixel is larger than what lies between them. */
  pixelsOf(arm, order, view) {
    const pixels = Array.from(order, (i) => view.toPixel(...this.worldOf(this.placeOf(arm, i), "section")));
    return view.scale > APART_BELOW ? pixels.map((pixel) => [...pixel, 0, 0]) : apart(pixels).map(([dx, dy], k) => [pixels[k][0] + dx, pixels[k][1] + dy, dx, dy]);
  }

  /** Place of a cell in the world of a view, um. */
  worldOf({ u_um: u, v_um: v, out_um: out }, view) {
    return view === "sheet" ? [u, v] : this.at(v, out);
  }
}
