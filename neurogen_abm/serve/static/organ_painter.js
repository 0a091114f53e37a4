// The organ by WebGL 2: cells that stand still from a texture, those that last as a haze, those that act as spheres, the plane.

import { build, contextOf } from "./gl_painter.js";
import { channels } from "./palette.js";
import { colouringOf, groundOf, scene } from "./scene.js";
import { LINE_FRAGMENT, LINE_VERTEX, SOMA_FRAGMENT, SOMA_VERTEX } from "./organ_shaders.js";

const [TABLE, COLOURS, COPY] = [0, 1, 2]; // units of textures
const SPHERE_SHARE = 1 / 190; // side of the largest sphere, as a share of the width of the picture
const FEW = 8; // while the organ turns, one in so many cells that stand still is drawn
const STAND_OUT = 5; // power of the share of its radius: what acts is seen among what is many
const HAZE = { still: 0.16, lasting: 0.22 };

const unit = (colour) => channels(colour).map((c) => c / 255);

export class OrganPainter {
  /** @param {HTMLCanvasElement} canvas @param {() => void} again called when a lost context is back @throws where WebGL 2 does not work */
  constructor(canvas, again) {
    this.canvas = canvas;
    this.gl = contextOf(this, { antialias: true, depth: true }, () => {
      this.#make();
      if (this.organ) this.setOrgan(this.organ, this.grid, this.words);
      again();
    });
    this.#make();
  }

  #make() {
    const { gl } = this;
    this.somata = build(gl, SOMA_VERTEX, SOMA_FRAGMENT);
    this.lines = build(gl, LINE_VERTEX, LINE_FRAGMENT);
    this.textures = [TABLE, COLOURS, COPY].map(() => gl.createTexture());
    this.frame = gl.createFramebuffer();
    [this.still, this.cells, this.strokes] = [0, 1, 2].map(() => ({ array: gl.createVertexArray(), buffer: gl.createBuffer() }));
    this.stale = true;
  }

  #image(which, width, height, data, [internal, format, type]) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + which);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[which]);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, format, type, data);
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
  }

  /** Take the surface, the lattice, and the cells that stand still: three words each. */
  setOrgan(organ, grid, words) {
    Object.assign(this, { organ, grid, words, stale: true });
    if (this.lost) return;
    const { gl } = this;
    const { data, levels, steps } = organ;
    const rows = new Float32Array(data.length);
    for (let i = 0; i < levels; i += 1) for (let j = 0; j < steps; j += 1) for (let k = 0; k < 6; k += 1) {
      rows[3 * ((2 * i + Math.floor(k / 3)) * steps + j) + (k % 3)] = data[6 * (i * steps + j) + k];
    }
    this.#image(TABLE, steps, 2 * levels, rows, [gl.RGB32F, gl.RGB, gl.FLOAT]);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.still.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, words, gl.STATIC_DRAW);
  }

  #lens(at, camera, side) {
    const { gl } = this;
    gl.uniform4f(at.u_turn, ...camera.turn);
    gl.uniform4f(at.u_lens, camera.scale, scene.camera.far, camera.radius, side);
    gl.uniform2f(at.u_size, camera.width, camera.height);
  }

  /** Draw cells of a buffer, one in `every`; `how`: haze, its opacity, colours by state or value or one colour. */
  #points({ array, buffer }, n, camera, look, { haze, flat, alpha = 1, by = 2, side, every = 1, ids = 0 }) {
    const { gl, organ, grid } = this;
    const { program, at } = this.somata;
    gl.useProgram(program);
    this.#lens(at, camera, side);
    gl.uniform1i(at.u_table, TABLE);
    gl.uniform1i(at.u_colours, COLOURS);
    gl.uniform4f(at.u_sheet, ...organ.first, organ.length, organ.width);
    gl.uniform1i(at.u_nu, grid.n_u);
    gl.uniform1f(at.u_pitch, grid.pitch_um);
    gl.uniform1i(at.u_by, by);
    gl.uniform1i(at.u_ids, ids);
    gl.uniform1i(at.u_haze, haze ? 1 : 0);
    gl.uniform4f(at.u_flat, ...unit(flat), alpha);
    gl.uniform3fv(at.u_page, unit(groundOf(look.ground).page));
    const largest = Math.max(...scene.states.map(({ radius }) => radius));
    const radius = new Array(16).fill(1);
    for (const state of scene.states) radius[state.code] = (state.radius / largest) ** STAND_OUT;
    gl.uniform1fv(at.u_radius, radius);
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribIPointer(0, 3, gl.UNSIGNED_INT, 12 * every, 0);
    gl.drawArrays(gl.POINTS, 0, Math.floor(n / every));
  }

  /** Draw a line, or a band between lines. */
  #stroke(points, mode, camera, colour, alpha) {
    const { gl } = this;
    const { program, at } = this.lines;
    gl.useProgram(program);
    this.#lens(at, camera, 1);
    gl.uniform1i(at.u_copy, 0);
    gl.uniform1i(at.u_still, COPY);
    gl.uniform4f(at.u_flat, ...unit(colour), alpha);
    this.#vertices(points.flat());
    gl.drawArrays(mode, 0, points.length);
  }

  #vertices(numbers) {
    const { gl } = this;
    gl.bindVertexArray(this.strokes.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.strokes.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, Float32Array.from(numbers), gl.STREAM_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
  }

  /** Cells that stand still, drawn once until the view changes. */
  #haze(camera, look) {
    const { gl } = this;
    const { width, height } = camera;
    const every = look.turning ? FEW : 1;
    const n = this.words.length / 3;
    const side = Math.max(1, Math.min(4, camera.scale * this.grid.pitch_um)) * (every > 1 ? 2 : 1);
    // The fewer cells there are for each pixel of the organ, the more each of them covers.
    const crowd = (n / every) * side * side / (0.22 * width * height * camera.zoom ** 2);
    this.#image(COPY, width, height, null, [gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE]);
    this.#into(() => {
      gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      const alpha = Math.min(0.9, Math.max(0.03, HAZE.still / crowd));
      if (n) this.#points(this.still, n, camera, look, { haze: true, flat: groundOf(look.ground).edge, alpha, side, every });
    });
  }

  /** Draw into the texture of copies. */
  #into(draw) {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.textures[COPY], 0);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.disable(gl.DEPTH_TEST);
    draw();
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  #copy() {
    const { gl } = this;
    gl.useProgram(this.lines.program);
    gl.uniform1i(this.lines.at.u_copy, 1);
    gl.uniform1i(this.lines.at.u_still, COPY);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#vertices([-1, -1, 0, 3, -1, 0, -1, 3, 0]);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** Words of the cells to be drawn, those that last and those that act apart. */
  #words({ columns, kinds, places, values }, { visible }) {
    const parts = [[], []].map(() => ({ words: new Uint32Array(3 * columns.length), n: 0 }));
    for (let i = 0; i < columns.length; i += 1) {
      const state = kinds[i] & 15;
      if (!visible[state]) continue;
      const part = parts[scene.states[state].haze ? 0 : 1];
      part.words[3 * part.n] = columns[i];
      part.words[3 * part.n + 1] = kinds[i] | ((values?.[i] ?? 0) << 8);
      part.words[3 * part.n + 2] = places[3 * i] | (places[3 * i + 1] << 8) | (places[3 * i + 2] << 16);
      part.n += 1;
    }
    return parts;
  }

  #load({ words, n }) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.cells.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, words.subarray(0, 3 * n), gl.STREAM_DRAW);
  }

  /**
   * Paint a frame of one arm.
   * @param {Camera} camera @param {Look} look @param {number[][][]} outlines lines in space: edges of the sheet, then those of the plane, the outermost last
   */
  paint(arm, camera, look, { edges, plane, band }) {
    const { gl } = this;
    if (!this.organ || this.lost || gl.isContextLost()) return;
    const ground = groundOf(look.ground);
    const { by, colours } = colouringOf(look.by);
    const table = colours[look.ground];
    this.#image(COLOURS, table.length, 1, Uint8Array.from(table.flatMap((colour) => [...channels(colour), 255])), [gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE]);
    const wanted = JSON.stringify([look.ground, camera.width, camera.height, camera.turn, camera.zoom, look.turning]);
    if (this.stale || this.drawn !== wanted) this.#haze(camera, look);
    [this.stale, this.drawn] = [false, wanted];
    gl.viewport(0, 0, camera.width, camera.height);
    gl.clearColor(...unit(ground.page), 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.disable(gl.DEPTH_TEST);
    this.#copy();
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    for (const line of edges) this.#stroke(line, gl.LINE_STRIP, camera, ground.edge, 0.9);
    const chosen = { by: by === "state" ? 0 : 1, flat: ground.edge };
    const [lasting, acting] = this.#words(arm, look);
    this.#load(lasting);
    const small = Math.max(1, camera.scale * this.grid.pitch_um * 0.8);
    this.#points(this.cells, lasting.n, camera, look, { ...chosen, haze: true, alpha: HAZE.lasting, side: small });
    this.#stroke(band, gl.TRIANGLE_STRIP, camera, ground.ink, 0.1);
    gl.enable(gl.DEPTH_TEST);
    this.#load(acting);
    this.#points(this.cells, acting.n, camera, look, { ...chosen, haze: false, side: Math.max(3, camera.width * SPHERE_SHARE) });
    gl.disable(gl.DEPTH_TEST);
    plane.forEach((line) => this.#stroke(line, gl.LINE_STRIP, camera, ground.ink, 0.85));
  }

  /** How many cells are drawn, how many of them stand still, and how many that act can be told apart on the screen. */
  count(arm, camera, look) {
    const { gl } = this;
    const { width, height } = camera;
    const [lasting, acting] = this.#words(arm, look);
    this.#image(COPY, width, height, null, [gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE]);
    const found = new Uint8Array(4 * width * height);
    this.#into(() => {
      gl.disable(gl.BLEND);
      this.#load(acting);
      this.#points(this.cells, acting.n, camera, look, { haze: false, flat: "#000000", side: Math.max(3, width * SPHERE_SHARE), ids: 1 });
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, found);
    });
    this.stale = true;
    const seen = new Set(new Uint32Array(found.buffer));
    seen.delete(0);
    return { held: lasting.n + acting.n, acting: acting.n, still: this.words.length / 3, seen: seen.size };
  }
}
