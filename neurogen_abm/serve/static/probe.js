// Whether the maps can be painted by WebGL 2 on this machine: a short trial of the painter itself.

import { GlPainter } from "./gl_painter.js";
import { View } from "./geometry.js";
import { scene } from "./scene.js";
import { SheetPainter } from "./sheet.js";
import { Tissue } from "./tissue.js";

const CELLS = 20_000;
const ENOUGH_MS = 8; // quick enough, whatever else is quicker

/** Why WebGL 2 does not serve here, in words; "" where it does: shaders compile, cells come out, and soon enough. */
export function whyNotGl() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 320];
  let painter;
  try {
    painter = new GlPainter(canvas);
    return trial(painter);
  } catch (error) {
    return error.message.startsWith("This browser") ? error.message : "WebGL 2 does not work here.";
  } finally {
    painter?.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

function trial(painter) {
  const grid = { n_u: 200, n_v: 100, n_layers: 1, pitch_um: 10, crest_fraction: 0.5 };
  const still = new Uint8Array(grid.n_u * grid.n_v);
  painter.setTissue(new Tissue(grid, still, still, Float32Array.of(0, 0, 0, grid.n_v * grid.pitch_um, 0, 0)));
  const view = new View();
  view.resize(640, 320);
  view.cover({ left: 0, top: 0, width: 2000, height: 1000 });
  const [code] = scene.states.filter(({ brief }) => brief).map((state) => state.code);
  const arm = { columns: Uint32Array.from({ length: CELLS }, (_, i) => i), kinds: new Uint8Array(CELLS).fill(code),
    places: new Uint8Array(3 * CELLS).fill(128), level: new Float32Array(64) };
  const how = { view: "sheet", views: { sheet: view }, ground: "dark", by: "group", overlay: "none", limits: [0, 1], cells: true,
    visible: new Uint8Array(16).fill(1), thickness: 40 };
  painter.paint(arm, how, []); // the first draws compile
  if (painter.count(arm, how).seen < 0.98 * CELLS) return "WebGL 2 does not draw here what it should.";
  const plain = new SheetPainter(view);
  plain.setTissue(painter.tissue);
  const context = new OffscreenCanvas(640, 320).getContext("2d");
  const gl = quickest(() => {
    painter.paint(arm, how, []);
    painter.pixels(); // waits until it is drawn
  });
  return gl > ENOUGH_MS && gl > quickest(() => plain.paint(context, arm, how, [])) ? "WebGL is slower on this machine than painting without it." : "";
}

/** Milliseconds of the quickest of three. */
function quickest(act) {
  const took = [1, 2, 3].map(() => {
    const begun = performance.now();
    act();
    return performance.now() - begun;
  });
  return Math.min(...took);
}
