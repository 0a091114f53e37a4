// A transverse section without a graphics card, drawn on a canvas: hilus, layers and their field, granule cells, cells in their places.

import { mixed } from "./palette.js";
import { colouringOf, groundOf, scalesOf, scene, siteColours } from "./scene.js";
import { piecesOf } from "./processes.js";
import { shrunk } from "./tissue.js";

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
    if (this.stale || this.drawn !== wanted) this.veil = this.#veil(look, how.capillaries);
    [this.stale, this.drawn] = [false, wanted];
    context.drawImage(this.veil, 0, 0);
    if (how.cells) this.#cells(context, arm, how, look);
  }

  /** Sites in the colour of their class, those of one class in one path. */
  #field(context, level, how) {
    const { keys } = this.tissue.section;
    if (!keys) return;
    const { n_v: nv, n_layers: layers, pitch_um: pitch } = this.tissue.grid;
    const colours = siteColours(level, { ...how, capillaries: false }, scalesOf(how.ground));
    const rows = Array.from({ length: layers + 1 }, (_, layer) => Array.from({ length: nv + 1 }, (_, v) => this.#pixel(v * pitch, layer * pitch)));
    const paths = new Map();
    for (let site = 0; site < layers * nv; site += 1) {
      const [layer, v] = [Math.floor(site / nv), site % nv];
      const colour = colours[keys[site] & 63];
      if (!paths.has(colour)) paths.set(colour, new Path2D());
      const path = paths.get(colour);
      [rows[layer][v], rows[layer][v + 1], rows[layer + 1][v + 1], rows[layer + 1][v]].forEach(([x, y], k) => path[k ? "lineTo" : "moveTo"](x, y));
      path.closePath();
    }
    context.lineWidth = 0.7; // no seams between neighbours
    for (const [colour, path] of paths) {
      context.fillStyle = css(colour);
      context.strokeStyle = context.fillStyle;
      context.fill(path);
      context.stroke(path);
    }
  }

  /** Granule cells born in development, capillaries cut across, edges of the layers: what lies above the field and stands still. */
  #veil(look, capillaries) {
    const { width, height, scale } = this.view;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    const { pitch_um: pitch } = this.tissue.grid;
    const { still, keys } = this.tissue.section;
    const radius = Math.max(0.7, scene.still_radius * pitch * scale);
    context.fillStyle = look.granule;
    context.beginPath();
    for (let i = 0; i < still.length; i += 2) {
      const [x, y] = this.#pixel(still[i], still[i + 1]);
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    context.fill();
    context.strokeStyle = look.edge;
    context.lineWidth = 1;
    for (const out of [0, pitch, this.tissue.top, this.tissue.top + scene.section.molecular_um]) {
      context.beginPath();
      for (let i = 0; i <= 200; i += 1) context.lineTo(...this.#pixel((i / 200) * this.tissue.shape.length, out));
      context.stroke();
    }
    if (capillaries && keys) this.#capillaries(context, look, keys);
    return canvas;
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
      context.strokeStyle = mixed(colourOf(i), look.rim, 0.6);
      if (radius > 2) context.stroke();
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
