// A transverse section without a graphics card, drawn on a canvas: hilus, layers and their field, granule cells, cells in their places.

import { mixed } from "./palette.js";
import { colouringOf, groundOf, scalesOf, scene, siteColours } from "./scene.js";
import { piecesOf } from "./processes.js";
import { shrunk } from "./tissue.js";

const SQUARE_PX = 1.8; // dots of up to that radius are painted as squares of their area, which cost a fifth
const SEAM_PX = 0.35; // sites overlap by so much on every side, so that no seam is left between neighbours
const NEAR_PX = 4; // somata of that radius have processes and rims
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** "rgb(...)" of a packed colour. */
function css(colour) {
  const part = (k) => (colour >>> (8 * (LITTLE_ENDIAN ? k : 3 - k))) & 255;
  return `rgb(${part(0)},${part(1)},${part(2)})`;
}

export class SectionPainter {
  constructor(view) {
    this.view = view;
    this.stale = true;
    this.veil = new OffscreenCanvas(1, 1);
    this.under = this.veil.getContext("2d");
  }

  setTissue(tissue) {
    this.tissue = tissue;
    this.stale = true;
  }

  moved() {
    this.stale = true;
  }

  #pixel(along, out) {
    const [x, y] = this.tissue.at(along, out);
    return this.view.toPixel(x, y);
  }

  #trace(context, points) {
    points.forEach(([x, y], k) => context[k ? "lineTo" : "moveTo"](...this.view.toPixel(x, y)));
    context.closePath();
  }

  #band(context, points, colour) {
    context.beginPath();
    this.#trace(context, points);
    context.fillStyle = colour;
    context.fill();
  }

  /** Paint a frame of one arm. @param {Look} how */
  paint(context, arm, how) {
    const { tissue } = this;
    if (!tissue) return;
    const look = groundOf(how.ground);
    const { molecular_um: molecular } = scene.section;
    context.fillStyle = look.page;
    context.fillRect(0, 0, this.view.width, this.view.height);
    this.#band(context, Array.from({ length: 160 }, (_, i) => tissue.at((i / 159) * tissue.shape.length, 0)), look.hilus);
    this.#band(context, tissue.outline(tissue.top, tissue.top + molecular), look.molecular);
    this.#band(context, tissue.outline(tissue.grid.pitch_um, tissue.top), look.layer);
    this.#band(context, tissue.outline(0, tissue.grid.pitch_um), look.zone);
    if (how.overlay !== "none") this.#field(context, arm.level, how);
    const wanted = `${how.ground} ${how.capillaries}`;
    if (this.stale || this.drawn !== wanted) this.#veil(look, how.capillaries);
    [this.stale, this.drawn] = [false, wanted];
    context.drawImage(this.veil, 0, 0);
    if (how.cells) this.#cells(context, arm, how, look);
  }

  /** Places of the section that stand still, um: corners of sites, row by row, and granule cells; worked out once. */
  #places() {
    const { tissue } = this;
    if (this.known === tissue.section) return this.placed;
    const { n_v: nv, n_layers: layers, pitch_um: pitch } = tissue.grid;
    const { still } = tissue.section;
    const [corners, somata] = [new Float32Array(2 * (layers + 1) * (nv + 1)), new Float32Array(still.length)];
    const put = (room, k, along, out) => ([room[2 * k], room[2 * k + 1]] = tissue.at(along, out));
    for (let layer = 0; layer <= layers; layer += 1) {
      for (let v = 0; v <= nv; v += 1) put(corners, layer * (nv + 1) + v, v * pitch, layer * pitch);
    }
    for (let k = 0; k < still.length / 2; k += 1) put(somata, k, still[2 * k], still[2 * k + 1]);
    this.known = tissue.section;
    this.placed = { corners, somata };
    return this.placed;
  }

  /** Pixels of places, x and y in turn. */
  #pixels(places) {
    const { scale } = this.view;
    const [x, y] = this.view.toPixel(0, 0);
    const found = new Float32Array(places.length);
    for (let k = 0; k < places.length; k += 2) {
      found[k] = places[k] * scale + x;
      found[k + 1] = places[k + 1] * scale + y;
    }
    return found;
  }

  /** Sites in the colour of their class, those of one class in one path. */
  #field(context, level, how) {
    const { keys } = this.tissue.section;
    if (!keys) return;
    const { n_v: nv, n_layers: layers, pitch_um: pitch } = this.tissue.grid;
    const { width, height, scale } = this.view;
    const colours = siteColours(level, { ...how, capillaries: false }, scalesOf(how.ground));
    const at = this.#pixels(this.#places().corners);
    const larger = 1 + (2 * SEAM_PX) / (pitch * scale);
    const paths = new Map();
    for (let site = 0; site < layers * nv; site += 1) {
      const first = 2 * (Math.floor(site / nv) * (nv + 1) + (site % nv));
      const corners = [first, first + 2, first + 2 * nv + 4, first + 2 * nv + 2];
      const [x, y] = [0, 1].map((k) => (at[corners[0] + k] + at[corners[1] + k] + at[corners[2] + k] + at[corners[3] + k]) / 4);
      const reach = 3 * pitch * scale;
      if (x < -reach || y < -reach || x > width + reach || y > height + reach) continue;
      const colour = colours[keys[site] & 63];
      if (!paths.has(colour)) paths.set(colour, new Path2D());
      const path = paths.get(colour);
      corners.forEach((k, n) => path[n ? "lineTo" : "moveTo"](x + larger * (at[k] - x), y + larger * (at[k + 1] - y)));
      path.closePath();
    }
    for (const [colour, path] of paths) {
      context.fillStyle = css(colour);
      context.fill(path);
    }
  }

  /** Granule cells born in development, capillaries cut across, edges of the layers: what lies above the field and stands still. */
  #veil(look, capillaries) {
    const { width, height, scale } = this.view;
    const [canvas, context] = [this.veil, this.under];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    else context.clearRect(0, 0, width, height);
    const { pitch_um: pitch } = this.tissue.grid;
    this.#granules(context, look.granule, Math.max(0.7, scene.still_radius * pitch * scale));
    context.strokeStyle = look.edge;
    context.lineWidth = 1;
    for (const out of [0, pitch, this.tissue.top, this.tissue.top + scene.section.molecular_um]) {
      context.beginPath();
      for (let i = 0; i <= 200; i += 1) context.lineTo(...this.#pixel((i / 200) * this.tissue.shape.length, out));
      context.stroke();
    }
    const { keys } = this.tissue.section;
    if (capillaries && keys) this.#capillaries(context, look, keys);
  }

  /** Granule cells as discs; where they are small, as squares of the same area, one by one. */
  #granules(context, colour, radius) {
    const { width, height } = this.view;
    const at = this.#pixels(this.#places().somata);
    const side = radius * Math.sqrt(Math.PI);
    context.fillStyle = colour;
    context.beginPath();
    for (let k = 0; k < at.length; k += 2) {
      const [x, y] = [at[k], at[k + 1]];
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
      if (radius <= SQUARE_PX) context.fillRect(x - side / 2, y - side / 2, side, side);
      else {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
    }
    context.fill();
  }

  #capillaries(context, look, keys) {
    const { n_v: nv, pitch_um: pitch } = this.tissue.grid;
    context.strokeStyle = look.vessel;
    context.lineWidth = Math.max(1, 1.6 * this.view.scale);
    keys.forEach((key, site) => {
      if (key < 64) return;
      context.beginPath();
      context.arc(...this.#pixel(((site % nv) + 0.5) * pitch, (Math.floor(site / nv) + 0.5) * pitch), 3.2 * this.view.scale, 0, 2 * Math.PI);
      context.stroke();
    });
  }

  #cells(context, arm, how, look) {
    const order = this.tissue.shown(arm, how);
    const { pitch_um: pitch } = this.tissue.grid;
    const { scale, width, height } = this.view;
    const { by, colours } = colouringOf(how.by);
    const colourOf = (i) => colours[how.ground][by === "state" ? arm.kinds[i] & 15 : arm.values?.[i] ?? 0];
    const near = 0.4 * pitch * scale >= NEAR_PX;
    if (how.processes && near) for (const i of order) this.#process(context, arm, i, colourOf(i));
    context.lineWidth = Math.max(0.6, 0.06 * pitch * scale);
    const pixels = this.tissue.pixelsOf(arm, order, this.view);
    order.forEach((i, k) => {
      const [x, y] = pixels[k];
      const radius = Math.max(1.2, scene.states[arm.kinds[i] & 15].radius * pitch * scale * shrunk(scale));
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) return;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = colourOf(i);
      context.fill();
      if (radius <= 2) return;
      context.strokeStyle = mixed(colourOf(i), look.rim, 0.6);
      context.stroke();
    });
  }

  #process(context, arm, i, colour) {
    const pieces = piecesOf(this.tissue, arm, i);
    if (!pieces.length) return;
    context.strokeStyle = colour;
    context.globalAlpha = scene.states[arm.kinds[i] & 15].process.alpha;
    context.lineWidth = Math.max(0.5, 0.09 * this.tissue.grid.pitch_um * this.view.scale);
    context.beginPath();
    for (const [a, from, b, to] of pieces) {
      context.moveTo(...this.#pixel(a, from));
      context.lineTo(...this.#pixel(b, to));
    }
    context.stroke();
    context.globalAlpha = 1;
  }
}
