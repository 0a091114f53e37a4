// The gyrus in micrometres: the unrolled sheet, and the C that a histologist sees in a transverse section.

/** The C of a section, from the table that the server sends of it: places positions of the sheet on it. */
export class CShape {
  /** @param {Float32Array} curve x, y, heading at equal steps @param {number} length of the sheet across, um @param {number} crest 0 to 1 */
  constructor(curve, length, crest) {
    this.length = length;
    this.crest = crest * length;
    const n = curve.length / 3;
    const column = (k) => Float64Array.from({ length: n }, (_, i) => curve[3 * i + k]);
    [this.x, this.y, this.heading] = [column(0), column(1), column(2)];
    this.step = length / (n - 1);
  }

  /** {x, y} in um (y upwards) of a place `along` the sheet and `outwards` of the border of the hilus, and the heading there. */
  place(along, outwards) {
    const at = Math.min(this.length, Math.max(0, along)) / this.step;
    const i = Math.min(this.x.length - 2, Math.floor(at));
    const t = at - i;
    const heading = this.heading[i] + (this.heading[i + 1] - this.heading[i]) * t;
    return {
      x: this.x[i] + (this.x[i + 1] - this.x[i]) * t + outwards * Math.sin(heading),
      y: this.y[i] + (this.y[i + 1] - this.y[i]) * t - outwards * Math.cos(heading),
      heading,
    };
  }
}

/** A rectangle of the world shown on a rectangle of pixels; scale in pixels per micrometre, both axes alike. */
export class View {
  constructor() {
    this.width = 1;
    this.height = 1;
    this.box = { left: 0, top: 0, width: 1, height: 1 };
    this.zoom = 1;
    this.x = 0.5;
    this.y = 0.5;
    this.margin = 0;
  }

  /** Say how large the picture is, in pixels. */
  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
  }

  /** Say what there is to see, in um, and show all of it. */
  cover(box) {
    this.box = box;
    this.reset();
  }

  /** Show everything. */
  reset() {
    this.zoom = 1;
    this.x = this.box.left + this.box.width / 2;
    this.y = this.box.top + this.box.height / 2;
  }

  /** Pixels per micrometre. */
  get scale() {
    const fit = Math.min((this.width - 2 * this.margin) / this.box.width, (this.height - 2 * this.margin) / this.box.height);
    return Math.max(1e-6, fit) * this.zoom;
  }

  /** Pixel of a place. */
  toPixel(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  /** Place under a pixel. */
  toWorld(px, py) {
    return [(px - this.width / 2) / this.scale + this.x, (py - this.height / 2) / this.scale + this.y];
  }

  /** Zoom by a factor and keep the place under a pixel where it is. */
  zoomAt(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.toWorld(px, py);
    this.zoom = Math.min(24, Math.max(1, this.zoom * factor));
    const [nx, ny] = this.toWorld(px, py);
    this.moveTo(this.x + x - nx, this.y + y - ny);
  }

  /** Move by pixels. */
  pan(dx, dy) {
    this.moveTo(this.x - dx / this.scale, this.y - dy / this.scale);
  }

  /** Centre on a place, as far as the picture stays filled. */
  moveTo(x, y) {
    const { left, top, width, height } = this.box;
    const half = [this.width / this.scale / 2, this.height / this.scale / 2];
    const held = (at, start, size, reach) =>
      2 * reach >= size ? start + size / 2 : Math.min(start + size - reach, Math.max(start + reach, at));
    this.x = held(x, left, width, half[0]);
    this.y = held(y, top, height, half[1]);
  }
}

/** A round length for a scale bar at most `most` um long. */
export function roundLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((k) => k * power).find((length) => length <= most) ?? power;
}

/** "500 µm" or "2 mm". */
export function lengthText(um) {
  return um >= 1000 ? `${um / 1000} mm` : `${um} µm`;
}
