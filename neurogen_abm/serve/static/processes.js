// Processes of stem cells and young neurons as straight pieces, for either painter. For orientation only: the model has none.

import { scene } from "./scene.js";

/** How a process bends: shares in [0, 1) that belong to a cell's place, so that drawings do not flicker. */
const chance = (places, i, salt) => ((places[3 * i] * 7 + places[3 * i + 1] * 13 + places[3 * i + 2] * 31 + 89 * salt) % 256) / 256;

/** Pieces of the process of cell `i` of a frame, along the sheet and outwards, um: [a, out, a, out] each; none where its state has no process. */
export function piecesOf(tissue, arm, i) {
  const { process } = scene.states[arm.kinds[i] & 15];
  if (!process) return [];
  const { reach, branches, fork, spread_um: spread } = process;
  const { v_um: along, out_um: foot } = tissue.placeOf(arm, i);
  const tip = Math.max(foot + 0.6 * tissue.grid.pitch_um, reach * tissue.top * (0.9 + 0.2 * chance(arm.places, i, 3)));
  const knee = foot + fork * (tip - foot);
  const bend = along + 8 * (chance(arm.places, i, 4) - 0.5);
  const pieces = [[along, foot, bend, knee]];
  for (let b = 0; b < branches; b += 1) {
    const side = branches === 1 ? 0 : (b / (branches - 1) - 0.5) * 2 + 0.5 * (chance(arm.places, i, 5 + b) - 0.5);
    const end = tip - 0.12 * (tip - foot) * chance(arm.places, i, 9 + b);
    const [middle, half] = [bend + 0.55 * side * spread, knee + 0.45 * (end - knee)];
    pieces.push([bend, knee, middle, half], [middle, half, bend + side * spread, end]);
  }
  return pieces;
}
