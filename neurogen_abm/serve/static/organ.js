// The organ in space: where places of the sheet lie on the surface that Python sends, and who looks at it from where.

import { scene } from "./scene.js";

const POINTS = 97; // of an outline

/** The sheet laid on the surface of the dentate; the same table and the same arithmetic as in Python (`scene/organ.py`). */
export class Organ {
  /** @param {object} header of the block @param {{data: Float32Array, shape: number[]}} table levels x steps x 6: place and direction outwards, um */
  constructor({ length_um: length, width_um: width, first_um: first }, { data, shape: [levels, steps] }) {
    Object.assign(this, { length, width, first, data, levels, steps });
    this.radius = 0;
    for (let i = 0; i < data.length; i += 6) this.radius = Math.max(this.radius, Math.hypot(data[i], data[i + 1], data[i + 2]));
    this.radius += scene.section.molecular_um;
  }

  /** Place in space, um, of a place along and across the simulated tissue and outwards of the border of the hilus. */
  at(u, v, out) {
    const between = (share, n) => {
      const x = Math.min(1, Math.max(0, share)) * (n - 1);
      const i = Math.min(n - 2, Math.floor(x));
      return [i, x - i];
    };
    const [i, s] = between((u + this.first[0]) / this.length, this.levels);
    const [j, t] = between((v + this.first[1]) / this.width, this.steps);
    const entry = (level, step, k) => this.data[6 * (level * this.steps + step) + k];
    const mixed = (k) => (entry(i, j, k) * (1 - t) + entry(i, j + 1, k) * t) * (1 - s) + (entry(i + 1, j, k) * (1 - t) + entry(i + 1, j + 1, k) * t) * s;
    return [0, 1, 2].map((k) => mixed(k) + out * mixed(k + 3));
  }

  /** Line across the whole gyrus at a place along the tissue, at one depth, from tip to tip. */
  across(u, out) {
    return Array.from({ length: POINTS }, (_, k) => this.at(u, (k / (POINTS - 1)) * this.width - this.first[1], out));
  }

  /** Line along the whole gyrus at a share of its width. */
  along(share, out) {
    return Array.from({ length: POINTS }, (_, k) => this.at((k / (POINTS - 1)) * this.length - this.first[0], share * this.width - this.first[1], out));
  }

  /** Middle of the section at a place along the tissue. */
  middle(u) {
    const line = this.across(u, 0);
    return [0, 1, 2].map((k) => line.reduce((sum, p) => sum + p[k], 0) / line.length);
  }
}

/** Who looks from where: the camera of `scene/camera.py`. */
export class Camera {
  constructor() {
    [this.width, this.height, this.radius] = [1, 1, 1];
    this.reset();
  }

  reset() {
    ({ yaw: this.yaw, pitch: this.pitch } = scene.camera);
    this.zoom = 1;
  }

  /** Pixels per um in the middle of the organ. */
  get scale() {
    return (this.zoom * Math.min(this.width / 2, this.height * scene.camera.tall)) / this.radius;
  }

  get turn() {
    const [yaw, pitch] = [this.yaw, this.pitch].map((degrees) => (degrees * Math.PI) / 180);
    return [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  }

  /** Pixel of a place in space. */
  toPixel([x, y, z]) {
    const [cosYaw, sinYaw, cosPitch, sinPitch] = this.turn;
    const back = sinYaw * x + cosYaw * y;
    const depth = cosPitch * back - sinPitch * z;
    const near = (this.scale * scene.camera.far) / (scene.camera.far + depth / this.radius);
    return [this.width / 2 + near * (cosYaw * x - sinYaw * y), this.height / 2 - near * (sinPitch * back + cosPitch * z)];
  }

  turnBy(yaw, pitch) {
    this.yaw = ((((this.yaw + yaw + 180) % 360) + 360) % 360) - 180;
    this.pitch = Math.min(89, Math.max(-89, this.pitch + pitch));
  }

  zoomBy(factor) {
    this.zoom = Math.min(12, Math.max(0.7, this.zoom * factor));
  }

  /** How it stands, "yaw,pitch,zoom"; "" where nobody has turned it. */
  get stands() {
    const { yaw, pitch } = scene.camera;
    const [usual, own] = [[yaw, pitch, 1], [this.yaw, this.pitch, this.zoom]].map(([y, p, z]) => [y.toFixed(1), p.toFixed(1), z.toFixed(2)].join());
    return own === usual ? "" : own;
  }

  /** Let it stand as `stands` said; what cannot be read leaves it as nobody has turned it. */
  stand(said) {
    this.reset();
    const [yaw, pitch, zoom] = (said ?? "").split(",").map(Number);
    if (![yaw, pitch, zoom].every(Number.isFinite) || !said || zoom <= 0) return;
    this.turnBy(yaw - this.yaw, pitch - this.pitch);
    this.zoomBy(zoom);
  }
}
