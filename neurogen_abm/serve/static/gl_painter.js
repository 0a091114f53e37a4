// Map and section by WebGL 2: the field below, granule cells that stand still from a texture, cells by state, clone or stain above.

import { channels } from "./palette.js";
import { piecesOf } from "./processes.js";
import { colouringOf, groundOf, scalesOf, scene, siteColours } from "./scene.js";
import { CELL_FRAGMENT, CELL_VERTEX, TISSUE_FRAGMENT, TISSUE_VERTEX } from "./shaders.js";
import { STILL, shrunk } from "./tissue.js";

const STRIPS = 400;
const NEAR_PX = 4; // somata of that radius have processes
const HERE = 0x80800000; // no step aside
const LEAST_PX = [1, 1.6]; // radius of a soma that lasts, and of one that acts
const [KEYS, TABLE, CURVE, COLOURS, COPY] = [0, 1, 2, 3, 4]; // units of textures

const unit = (colour) => channels(colour).map((c) => c / 255);

/** A program, and where its uniforms are; throws where the shaders do not compile. */
export function build(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "no link");
  const at = {};
  for (let i = 0; i < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); i += 1) {
    const name = gl.getActiveUniform(program, i).name.replace("[0]", "");
    at[name] = gl.getUniformLocation(program, name);
  }
  return { program, at };
}

/** The WebGL 2 context of a painter's canvas; a painter is `lost` while it is gone, and `back` makes all anew. @throws where there is none */
export function contextOf(painter, options, back) {
  const { canvas } = painter;
  const gl = canvas.getContext("webgl2", { alpha: false, ...options });
  if (!gl) throw new Error("This browser offers no WebGL 2.");
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    painter.lost = true;
  });
  canvas.addEventListener("webglcontextrestored", () => {
    painter.lost = false;
    back();
  });
  return gl;
}

export class GlPainter {
  /** @param {HTMLCanvasElement} canvas @param {() => void} again called when a lost context is back @throws where WebGL 2 does not work */
  constructor(canvas, again = () => undefined) {
    this.canvas = canvas;
    this.gl = contextOf(this, { antialias: false, depth: false, powerPreference: "high-performance" }, () => {
      this.#make();
      if (this.tissue) this.setTissue(this.tissue);
      again();
    });
    this.#make();
  }

  /** Programs, buffers and textures: all that is gone with a context. */
  #make() {
    const { gl } = this;
    this.tissueProgram = build(gl, TISSUE_VERTEX, TISSUE_FRAGMENT);
    this.cellProgram = build(gl, CELL_VERTEX, CELL_FRAGMENT);
    this.textures = Array.from({ length: 5 }, () => gl.createTexture());
    this.frame = gl.createFramebuffer();
    this.meshes = {};
    this.cells = gl.createBuffer();
    this.corners = gl.createBuffer();
    [this.points, this.pieces] = [gl.createVertexArray(), gl.createVertexArray()];
    for (const array of [this.points, this.pieces]) {
      gl.bindVertexArray(array);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.cells);
      gl.enableVertexAttribArray(1);
      gl.vertexAttribIPointer(1, 3, gl.UNSIGNED_INT, 0, 0);
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.corners);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
    [, this.largest] = gl.getParameter(gl.ALIASED_POINT_SIZE_RANGE);
    this.meshes.screen = this.#mesh(Float32Array.of(-1, -1, 3, -1, -1, 3), gl.TRIANGLES);
    this.stale = true;
  }

  #buffer(data) {
    const buffer = this.gl.createBuffer();
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, data, this.gl.STATIC_DRAW);
    return buffer;
  }

  #mesh(data, mode) {
    const { gl } = this;
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    const buffer = this.#buffer(data);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    return { array, buffer, mode, n: data.length / 2 };
  }

  #forget({ array, buffer }) {
    this.gl.deleteVertexArray(array);
    this.gl.deleteBuffer(buffer);
  }

  #image(which, width, height, data, [internal, format, type]) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + which);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[which]);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, format, type, data);
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
    for (const way of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, way, gl.CLAMP_TO_EDGE);
  }

  #bytes(which, width, height, data) {
    this.#image(which, width, height, data, [this.gl.RGBA8, this.gl.RGBA, this.gl.UNSIGNED_BYTE]);
  }

  /** Take what stands still. */
  setTissue(tissue) {
    for (const name of ["sheet", "section", "hilus"]) if (this.meshes[name]) this.#forget(this.meshes[name]);
    this.tissue = tissue;
    this.stale = true;
    if (this.lost) return;
    const { gl } = this;
    const { n_u: nu, n_v: nv, pitch_um: pitch } = tissue.grid;
    const { length } = tissue.shape;
    this.#curve(tissue.shape);
    const outer = tissue.top + scene.section.molecular_um;
    const strip = (f) => Float32Array.from({ length: 4 * (STRIPS + 1) }, (_, i) => f(Math.floor(i / 4) / STRIPS, i % 4));
    this.meshes.sheet = this.#mesh(Float32Array.of(0, 0, nu * pitch, 0, 0, nv * pitch, nu * pitch, nv * pitch), gl.TRIANGLE_STRIP);
    this.meshes.section = this.#mesh(strip((s, k) => [s * length, 0, s * length, outer][k]), gl.TRIANGLE_STRIP);
    this.meshes.hilus = this.#mesh(strip((s, k) => [0.5 * s * length, -1, (1 - 0.5 * s) * length, -1][k]), gl.TRIANGLE_STRIP);
    this.keysOf = "";
  }

  /** Take the C of a section. */
  #curve(shape) {
    const { gl } = this;
    const { x, y, heading } = shape;
    this.#image(CURVE, x.length, 1, Float32Array.from({ length: 3 * x.length }, (_, i) => [x, y, heading][i % 3][Math.floor(i / 3)]),
      [gl.RGB32F, gl.RGB, gl.FLOAT]);
    this.curveOf = shape;
  }

  moved() {
    this.stale = true;
  }

  /** Sizes and colours of what a uniform array needs per state; the last place is that of granule cells of development. */
  #perState(of, still) {
    const found = new Array(16).fill(0);
    for (const state of scene.states) found[state.code] = of(state);
    found[STILL] = still;
    return found;
  }

  #begin({ program, at }, view, section) {
    const { gl } = this;
    gl.useProgram(program);
    gl.uniform4f(at.u_view, view.x, view.y, view.scale, section ? 1 : 0);
    gl.uniform2f(at.u_size, view.width, view.height);
    gl.uniform1f(at.u_length, this.tissue.shape.length);
    gl.uniform1i(at.u_curve, CURVE);
  }

  #draw({ array, mode, n }) {
    this.gl.bindVertexArray(array);
    this.gl.drawArrays(mode, 0, n);
  }

  /** Field, layers, hilus. */
  #ground(arm, how) {
    const { gl, tissue } = this;
    const { at } = this.tissueProgram;
    const section = how.view === "section";
    const look = groundOf(how.ground);
    const { n_u: nu, n_v: nv, n_layers: layers, pitch_um: pitch } = tissue.grid;
    const keys = section ? tissue.section.keys ?? new Uint8Array(nv * layers) : tissue.keys;
    const wanted = `${how.view} ${section && tissue.section.keys ? tissue.section.u : ""}`;
    if (this.keysOf !== wanted) this.#image(KEYS, section ? nv : nu, section ? layers : nv, keys, [gl.R8UI, gl.RED_INTEGER, gl.UNSIGNED_BYTE]);
    this.keysOf = wanted;
    const table = siteColours(arm.level, { ...how, capillaries: how.capillaries && !section }, scalesOf(how.ground));
    this.#bytes(TABLE, 128, 1, new Uint8Array(table.buffer));
    this.#begin(this.tissueProgram, how.views[how.view], section);
    gl.uniform1i(at.u_copy, 0);
    gl.uniform1i(at.u_keys, KEYS);
    gl.uniform1i(at.u_table, TABLE);
    gl.uniform1i(at.u_still, COPY);
    gl.uniform3f(at.u_depth, pitch, tissue.top, tissue.top + scene.section.molecular_um);
    gl.uniform2i(at.u_on, how.overlay === "none" || !tissue.section.keys ? 0 : 1, how.capillaries ? 1 : 0);
    for (const part of ["hilus", "zone", "layer", "molecular", "edge", "vessel"]) gl.uniform3fv(at[`u_${part}`], unit(look[part]));
    gl.disable(gl.BLEND);
    for (const mesh of section ? ["hilus", "section"] : ["sheet"]) this.#draw(this.meshes[mesh]);
  }

  /** Draw cells: three words each, as `a_cell` of the shader wants them. */
  #cells(words, how, { part = 0, ids = 0, flat = null, colours, by = 0, corners = null }) {
    const { gl } = this;
    const { at } = this.cellProgram;
    const view = how.views[how.view];
    const close = 0.4 * this.tissue.grid.pitch_um * view.scale >= 2;
    this.#begin(this.cellProgram, view, how.view === "section");
    if (colours) this.#bytes(COLOURS, colours.length, 1, Uint8Array.from(colours.flatMap((colour) => [...channels(colour), 255])));
    gl.uniform1i(at.u_colours, COLOURS);
    gl.uniform1i(at.u_part, part);
    gl.uniform1i(at.u_ids, ids);
    gl.uniform1i(at.u_by, flat ? 2 : by);
    gl.uniform4fv(at.u_flat, [...(flat ? unit(flat) : [0, 0, 0]), 1]);
    gl.uniform3fv(at.u_rim, unit(groundOf(how.ground).rim));
    gl.uniform1i(at.u_nu, this.tissue.grid.n_u);
    gl.uniform1f(at.u_pitch, this.tissue.grid.pitch_um);
    gl.uniform1f(at.u_width, this.#halfWidth(view));
    gl.uniform1f(at.u_largest, this.largest);
    gl.uniform1fv(at.u_least, this.#perState(({ brief }) => LEAST_PX[brief ? 1 : 0], LEAST_PX[0]));
    const size = how.view === "section" ? shrunk(view.scale) : 1;
    gl.uniform1fv(at.u_radius, this.#perState(({ radius }) => radius * size, scene.still_radius));
    gl.uniform1iv(at.u_form, this.#perState(({ form }) => form, 0));
    gl.uniform1fv(at.u_hides, this.#perState(({ hides }) => (close || how.view === "section" ? 1 : hides[how.ground]), 1));
    gl.uniform1fv(at.u_alpha, this.#perState(({ process }) => process?.alpha ?? 0, 0));
    gl.bindVertexArray(corners ? this.pieces : this.points);
    if (corners) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.corners);
      gl.bufferData(gl.ARRAY_BUFFER, corners, gl.STREAM_DRAW);
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.cells);
    gl.bufferData(gl.ARRAY_BUFFER, words, gl.STREAM_DRAW);
    if (ids) gl.disable(gl.BLEND);
    else gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArrays(corners ? gl.TRIANGLES : gl.POINTS, 0, words.length / 3);
  }

  /** Half the width of a process, pixels, with room for a soft rim. */
  #halfWidth({ scale }) {
    return Math.max(0.5, 0.045 * this.tissue.grid.pitch_um * scale) + 0.5;
  }

  /** Processes of the cells of a section: six corners for each piece that is in sight. */
  #processes(arm, order, how, chosen) {
    const { width, height, scale } = how.views.section;
    const half = this.#halfWidth(how.views.section) / scale;
    const cells = this.#words(arm, order, how);
    const [corners, words] = [[], []];
    order.forEach((i, k) => {
      for (const [a, from, b, to] of piecesOf(this.tissue, arm, i)) {
        const [[x0, y0], [x1, y1]] = [this.tissue.at(a, from), this.tissue.at(b, to)];
        const [[p, q], [r, s]] = [how.views.section.toPixel(x0, y0), how.views.section.toPixel(x1, y1)];
        if (Math.max(p, r) < 0 || Math.min(p, r) > width || Math.max(q, s) < 0 || Math.min(q, s) > height) continue;
        const far = Math.hypot(x1 - x0, y1 - y0) || 1;
        const [nx, ny] = [(half * (y0 - y1)) / far, (half * (x1 - x0)) / far];
        corners.push(x0 + nx, y0 + ny, 1, x0 - nx, y0 - ny, -1, x1 + nx, y1 + ny, 1, x0 - nx, y0 - ny, -1, x1 + nx, y1 + ny, 1, x1 - nx, y1 - ny, -1);
        for (let c = 0; c < 6; c += 1) words.push(cells[3 * k], cells[3 * k + 1], cells[3 * k + 2]);
      }
    });
    if (words.length) this.#cells(Uint32Array.from(words), how, { part: 1, corners: Float32Array.from(corners), ...chosen });
  }

  /** Words of the cells that a view shows: column; kind, value, steps to the side and down in sixteenths of a pixel; place. */
  #words(arm, order, how) {
    const { columns, kinds, places, values } = arm;
    const pixels = how.view === "section" ? this.tissue.pixelsOf(arm, order, how.views.section) : null;
    const step = (px) => (Math.round(16 * px) + 128) & 255;
    const words = new Uint32Array(3 * order.length);
    for (let k = 0; k < order.length; k += 1) {
      const i = order[k];
      words[3 * k] = columns[i];
      words[3 * k + 1] = kinds[i] | ((values?.[i] ?? 0) << 8) | (pixels ? (step(pixels[k][2]) << 16) | (step(pixels[k][3]) << 24) : HERE);
      words[3 * k + 2] = places[3 * i] | (places[3 * i + 1] << 8) | (places[3 * i + 2] << 16);
    }
    return words;
  }

  /** Granule cells born in development, drawn once into a texture until view or section change. */
  #still(how) {
    const { gl } = this;
    const { width, height } = how.views.section;
    const { section: { still, u }, grid: { pitch_um: pitch, n_u: nu } } = this.tissue;
    const words = new Uint32Array((3 * still.length) / 2);
    for (let i = 0; i < still.length / 2; i += 1) {
      const [v, out] = [still[2 * i] / pitch, still[2 * i + 1] / pitch];
      words[3 * i] = Math.floor(v) * nu + Math.floor(u / pitch);
      words[3 * i + 1] = STILL | (Math.floor(out) << 4) | HERE;
      words[3 * i + 2] = 128 | (Math.floor(256 * (v % 1)) << 8) | (Math.floor(256 * (out % 1)) << 16);
    }
    this.#bytes(COPY, width, height, null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.textures[COPY], 0);
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (words.length) this.#cells(words, how, { flat: groundOf(how.ground).granule });
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  #copy() {
    const { gl } = this;
    gl.useProgram(this.tissueProgram.program);
    gl.uniform1i(this.tissueProgram.at.u_copy, 1);
    gl.uniform1i(this.tissueProgram.at.u_still, COPY);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#draw(this.meshes.screen);
  }

  /**
   * Paint a frame of one arm.
   * @param {Look} how
   * @param {object[]} flashes as `Flashes.at` gives them
   */
  paint(arm, how, flashes) {
    const { gl } = this;
    if (!this.tissue || this.lost || gl.isContextLost()) return;
    const { width, height, scale } = how.views[how.view];
    const section = how.view === "section";
    if (this.curveOf !== this.tissue.shape) this.#curve(this.tissue.shape);
    const drawn = `${how.ground} ${how.view} ${width} ${height}`;
    if (section && (this.stale || this.drawn !== drawn)) this.#still(how);
    [this.stale, this.drawn] = [false, drawn];
    gl.viewport(0, 0, width, height);
    gl.clearColor(...unit(groundOf(how.ground).page), 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.#ground(arm, how);
    if (section) this.#copy();
    if (how.cells) {
      const { by, colours } = colouringOf(how.by);
      const chosen = { colours: colours[how.ground], by: by === "state" ? 0 : 1 };
      const order = this.tissue.shown(arm, how);
      const near = 0.4 * this.tissue.grid.pitch_um * scale >= NEAR_PX;
      if (section && how.processes && near) this.#processes(arm, order, how, chosen);
      this.#cells(this.#words(arm, order, how), how, chosen);
    }
    if (!section && flashes.length) this.#rings(flashes, how);
  }

  #rings(flashes, how) {
    const look = groundOf(how.ground);
    const words = Uint32Array.from(flashes.flatMap(({ column, birth, age }) =>
      [column, (birth ? 1 : 0) | (Math.min(255, Math.round(255 * age)) << 8) | HERE, 0x808080]));
    this.#cells(words, how, { part: 2, colours: [look.death, look.birth] });
  }

  /** What has just been painted, packed. */
  pixels() {
    const { gl, canvas: { width, height } } = this;
    const found = new Uint8Array(4 * width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, found);
    return new Uint32Array(found.buffer);
  }

  /** How many cells a view holds, and how many of them are seen: each is drawn in a colour of its own, and colours are counted. */
  count(arm, how) {
    const { gl } = this;
    const { width, height } = how.views[how.view];
    const order = this.tissue.shown(arm, how);
    this.#bytes(COPY, width, height, null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.textures[COPY], 0);
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.#cells(this.#words(arm, order, how), how, { ids: 1, colours: ["#000000"] });
    const seen = new Set(this.pixels());
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    this.stale = true;
    seen.delete(0);
    const states = new Array(scene.states.length).fill(0);
    for (const id of seen) states[arm.kinds[order[(id & 0xffffff) - 1]] & 15] += 1;
    return { held: order.length, seen: seen.size, states };
  }
}
