// Cells of a section that would share a pixel are drawn beside each other: at low zoom a pixel is smaller than a soma, and none may hide another.

const NEAR_PX = 1.6; // closer than that, one dot hides the other
const STEPS = [[0, 0]];
for (const [radius, n] of [[1.7, 8], [2.6, 12], [3.6, 16]]) {
  for (let k = 0; k < n; k += 1) STEPS.push([radius * Math.cos((2 * Math.PI * k) / n), radius * Math.sin((2 * Math.PI * k) / n)]);
}

/** How far each of some pixels [x, y] is moved, [dx, dy] in pixels: not at all where it is alone, at most 3.6. */
export function apart(pixels) {
  const taken = new Map();
  const key = (x, y) => Math.floor(x / NEAR_PX) * 65536 + Math.floor(y / NEAR_PX);
  const free = (x, y) => {
    for (let a = -1; a <= 1; a += 1) {
      for (let b = -1; b <= 1; b += 1) {
        for (const [ox, oy] of taken.get(key(x + a * NEAR_PX, y + b * NEAR_PX)) ?? []) {
          if ((ox - x) ** 2 + (oy - y) ** 2 < NEAR_PX * NEAR_PX) return false;
        }
      }
    }
    return true;
  };
  return pixels.map(([x, y]) => {
    const step = STEPS.find(([dx, dy]) => free(x + dx, y + dy)) ?? STEPS[0];
    const [px, py] = [x + step[0], y + step[1]];
    const here = key(px, py);
    if (!taken.has(here)) taken.set(here, []);
    taken.get(here).push([px, py]);
    return step;
  });
}
