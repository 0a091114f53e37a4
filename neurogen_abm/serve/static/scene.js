// The scene as Python tells it, once: states, groups, grounds, ways to colour. docs/picture.md says what each entry means.

import { packed, scaleTable } from "./palette.js";

export const scene = { states: [], groups: [], grounds: {}, colourings: [], forms: [], section: {}, camera: {} };

const known = new Map(); // scales by ground

/** Take what `/api/about` says of the scene. */
export function setScene(told) {
  Object.assign(scene, told);
  known.clear();
}

/** What a ground is made of: "paper" or "dark". */
export const groundOf = (name) => scene.grounds[name];

/** The way to colour cells that a choice such as "group" or "stain:DCX" names. */
export const colouringOf = (by) => scene.colourings.find(({ key }) => key === by.split(":")[0]);

/** Colours of the states where a state chooses the colour, by code; else undefined. */
export function stateColours(by, ground) {
  const { by: chosen, colours } = colouringOf(by);
  return chosen === "state" ? colours[ground] : undefined;
}

/** The soft and the strong scale of BDNF on a ground, as tables of 256 packed colours: asked for with every picture, made once. */
export function scalesOf(ground) {
  if (!known.has(ground)) known.set(ground, { veil: scaleTable(groundOf(ground).veil), field: scaleTable(groundOf(ground).bdnf) });
  return known.get(ground);
}

const CAPILLARY = 64;

/** Packed colour of every class of sites now, those with a capillary from 64 on. */
export function siteColours(level, { limits, overlay, capillaries, ground }, scales) {
  const look = groundOf(ground);
  const table = new Uint32Array(128);
  const [low, high] = limits;
  const [plain, vessel] = [packed(look.tissue), packed(look.capillary)];
  for (let c = 0; c < CAPILLARY; c += 1) {
    const at = Math.min(255, Math.max(0, Math.round((255 * (level[c] - low)) / (high - low))));
    table[c] = scales[overlay] ? scales[overlay][at] : plain;
    table[c | CAPILLARY] = capillaries ? (scales[overlay] ? laid(table[c], vessel, 90) : vessel) : table[c];
  }
  return table;
}

/** Class of each site, with a bit where a capillary runs: what `siteColours` is asked by. */
export function siteKeys(siteClass, capillary) {
  return Uint8Array.from(siteClass, (value, i) => (value & 63) | (capillary[i] > 0 ? CAPILLARY : 0));
}

/** Lay `share` (of 256) of one packed colour over another, two bytes at a time; both are opaque. */
export function laid(under, over, share) {
  const rest = 256 - share;
  const even = (((under & 0xff00ff) * rest + (over & 0xff00ff) * share) >>> 8) & 0xff00ff;
  const odd = ((((under >>> 8) & 0xff00ff) * rest + ((over >>> 8) & 0xff00ff) * share) >>> 8) & 0xff00ff;
  return ((odd << 8) | even) >>> 0;
}
