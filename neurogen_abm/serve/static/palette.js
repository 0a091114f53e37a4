// Arithmetic of colours. The colours themselves come with the scene from the server.

const BIG_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 0;

/** [r, g, b] of "#rrggbb", 0 to 255. */
export function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** "#rrggbb" of channels. */
function hex(rgb) {
  return "#" + rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("");
}

/** A colour as the 32 bits that stand for it in the buffer of an ImageData. */
export function packed(colour, alpha = 255) {
  const [r, g, b] = typeof colour === "string" ? channels(colour) : colour;
  return BIG_ENDIAN ? ((r << 24) | (g << 16) | (b << 8) | alpha) >>> 0 : ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** Colour between `a` and `b`, "#rrggbb" both; `share` 0 to 1 of b. */
export function mixed(a, b, share) {
  const [x, y] = [channels(a), channels(b)];
  return hex(x.map((c, i) => c + (y[i] - c) * share));
}

/** Colour of a scale [[position, colour], ...] at `x`; ends hold beyond 0 and 1. */
export function onScale(scale, x) {
  const at = Math.min(1, Math.max(0, Number.isFinite(x) ? x : 0));
  let k = 1;
  while (k < scale.length - 1 && scale[k][0] < at) k += 1;
  const [[p, a], [q, b]] = [scale[k - 1], scale[k]];
  return mixed(a, b, (at - p) / (q - p));
}

/** 256 packed colours of a scale. */
export function scaleTable(scale) {
  return Uint32Array.from({ length: 256 }, (_, i) => packed(onScale(scale, i / 255)));
}

/** Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance). */
function contrast(a, b) {
  const light = (colour) => {
    const [r, g, bl] = channels(colour).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Darken a colour until text in it can be read on white. */
export function readable(colour, ratio = 4.5) {
  for (let share = 0; share <= 1; share += 0.05) {
    const shade = mixed(colour, "#000000", share);
    if (contrast(shade, "#ffffff") >= ratio) return shade;
  }
  return "#000000";
}
