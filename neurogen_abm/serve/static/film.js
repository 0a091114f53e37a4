// A film of one animal, as docs/replay.md describes it: differences from moment to moment, done and undone, so that it plays both ways.

// Lists of a moment, in the order of their sizes.
const LISTS = ["came", "went", "changed", "moved"];

/** Numbers of 32 bits from the planes of their bytes, each the difference to the one before within its moment. */
function summed(planes, sizes) {
  const n = planes.length / 4;
  const found = new Uint32Array(n);
  let i = 0;
  for (const size of sizes) {
    let at = 0;
    for (const end = i + size; i < end; i += 1) {
      at = (at + word(planes, n, i)) >>> 0;
      found[i] = at;
    }
  }
  return found;
}

const word = (planes, n, i) => (planes[i] | (planes[n + i] << 8) | (planes[2 * n + i] << 16) | (planes[3 * n + i] << 24)) >>> 0;

/** Bytes from their upper halves, two to a byte; each is the middle of what its half stands for. */
function whole(halves, n) {
  const found = new Uint8Array(n);
  for (let i = 0; i < n; i += 1) found[i] = 16 * ((halves[i >> 1] >> (4 * (i & 1))) & 15) + 8;
  return found;
}

/** The beginning of one array before all of another. */
function joined(first, n, then) {
  const both = new then.constructor(n + then.length);
  both.set(first.subarray(0, n));
  both.set(then, n);
  return both;
}

export class Film {
  /** @param {{header: object, arrays: Map}} block as `readBlock` gives it @param {object[]} states of the scene
   *  @param {number} arm which life of the film @param {Film} known the life as which it begins, where it does */
  constructor({ header, arrays }, states, arm = 0, known = null) {
    const take = (name) => arrays.get(`${arm}/${name}`).data;
    this.header = header;
    this.states = states;
    this.times = arrays.get("0/times_h").data;
    const sizes = take("sizes");
    this.sizes = Object.fromEntries(LISTS.map((name, k) => [name, Array.from(this.times, (_, i) => sizes[4 * i + k])]));
    this.first = Object.fromEntries(LISTS.map((name) => {
      let sum = 0;
      return [name, [...this.sizes[name].map((size) => (sum += size) - size), sum]];
    }));
    const shared = header.arms[arm].begins_as === null ? 0 : known.sizes.came[0];
    this.#cells(take, known, shared);
    for (const name of LISTS.slice(1)) this[name] = summed(take(name), this.sizes[name]);
    const [hop, hops] = [take("hop"), take("hops")];
    this.steps = new Uint32Array(hop.length);
    for (let i = 0; i < hop.length; i += 1) this.steps[i] = hops[hop[i]];
    [this.kinds, this.pattern, this.local, this.vascular] = ["kinds", "pattern", "local", "vascular"].map(take);
    [this.niche, this.developmental] = ["niche", "developmental"].map(take);
    this.total = this.came.length;
    this.column = Uint32Array.from(this.came);
    this.now = Uint8Array.from(this.kind);
    this.there = new Uint8Array(this.total);
    this.counts = new Array(states.length).fill(0);
    this.at = -1;
    this.#go(0, 1);
    this.at = 0;
  }

  /** Take what is told of a cell when it comes; of the first `shared` a life that is known says it. */
  #cells(take, known, shared) {
    const own = this.sizes.came.map((size, k) => (shared && k === 0 ? 0 : size));
    this.came = summed(take("came"), own);
    [this.kind, this.clone, this.birth] = ["kind", "clone", "birth"].map(take);
    this.place = whole(take("place"), 3 * this.kind.length);
    if (!shared) return;
    for (const name of ["came", "kind", "clone", "birth"]) this[name] = joined(known[name], shared, this[name]);
    this.place = joined(known.place, 3 * shared, this.place);
  }

  get length() {
    return this.times.length;
  }

  /** Day of a moment. */
  day(k) {
    return this.times[k] / 24;
  }

  /** The last moment that is not later than a day. */
  momentOf(day) {
    let [low, high] = [0, this.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.day(middle) <= day + 1e-9) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Go to a moment, whichever it is. */
  seek(k) {
    while (this.at < k) this.#go(++this.at, 1);
    while (this.at > k) this.#go(this.at--, -1);
  }

  #count(slot, by) {
    this.counts[this.now[slot] & 15] += by;
  }

  /** Do (1) or undo (-1) what moment `k` changes. */
  #go(k, way) {
    const { there, now, column } = this;
    const each = (name, act) => { for (let i = this.first[name][k]; i < this.first[name][k + 1]; i += 1) act(i); };
    const come = (slot) => { there[slot] = 1; this.#count(slot, 1); };
    const go = (slot) => { this.#count(slot, -1); there[slot] = 0; };
    const change = () => each("changed", (i) => {
      const slot = this.changed[i];
      this.#count(slot, -1);
      now[slot] ^= this.kinds[i];
      this.#count(slot, 1);
    });
    if (way > 0) {
      each("came", come);
      each("went", (i) => go(this.went[i]));
      change();
    } else {
      change();
      each("went", (i) => come(this.went[i]));
      each("came", go);
    }
    each("moved", (i) => { column[this.moved[i]] = (column[this.moved[i]] + (way > 0 ? this.steps[i] : -this.steps[i])) >>> 0; });
  }

  /** Columns of the cells that were born, and of those that died, when the film last went a moment on. */
  #turnover() {
    const k = this.at;
    if (k === 0) return { born: [], died: [] };
    const part = (name) => [this.first[name][k], this.first[name][k + 1]];
    const born = this.column.subarray(...part("came"));
    const died = [];
    for (let [i, end] = part("changed"); i < end; i += 1) {
      if (this.states[this.now[this.changed[i]] & 15].family === "dead") died.push(this.column[this.changed[i]]);
    }
    return { born, died };
  }

  /** This moment in the form of a frame of the live page. @param {string} by what colours the cells @param {boolean} fresh whether births and deaths flash */
  frame(by, fresh = false) {
    const n = this.counts.reduce((a, b) => a + b, 0);
    const [columns, kinds, places] = [new Uint32Array(n), new Uint8Array(n), new Uint8Array(3 * n)];
    const own = { clone: this.clone, birth: this.birth }[by];
    const values = own && new Uint8Array(n);
    let i = 0;
    for (let slot = 0; slot < this.total; slot += 1) {
      if (!this.there[slot]) continue;
      columns[i] = this.column[slot];
      kinds[i] = this.now[slot];
      places[3 * i] = this.place[3 * slot];
      places[3 * i + 1] = this.place[3 * slot + 1];
      places[3 * i + 2] = this.place[3 * slot + 2];
      if (values) values[i] = own[slot];
      i += 1;
    }
    const [local, vascular] = [this.local[this.at], this.vascular[this.at]];
    return {
      cells: true, columns, kinds, places, values, level: this.pattern.map((share) => local + vascular * share),
      ...(fresh ? this.#turnover() : { born: [], died: [] }), counts: Object.fromEntries(this.states.map(({ name }, code) => [name, this.counts[code]])),
      n_cells: n, n_developmental: this.developmental[this.at], niche_pg_ml: this.niche[this.at],
    };
  }

  /** Counts by state at every moment: [moment][code]. Goes through the whole film and comes back. */
  history() {
    const back = this.at;
    const found = Array.from(this.times, (_, k) => {
      this.seek(k);
      return Array.from(this.counts);
    });
    this.seek(back);
    return found;
  }
}

/** Every life of a film. */
export function livesOf(block, states) {
  const films = [];
  block.header.arms.forEach(({ begins_as: known }, arm) => films.push(new Film(block, states, arm, known === null ? null : films[known])));
  return films;
}

/** How the maps know the lives of a film. */
export const describedBy = ({ arms, limits }) => ({ arms: arms.map(({ grid }) => ({ grid })), limits: { bdnf_pg_ml: limits } });

/** Rows of numbers from the planes of their differences, taken `order` times from row to row, in `parts` of one by column. */
function rowsOf(planes, { parts, order }) {
  const [n, wide] = [planes.length / 4, parts.length];
  const found = new Int32Array(n);
  for (let i = 0; i < n; i += 1) found[i] = word(planes, n, i);
  for (let again = 0; again < order; again += 1) {
    for (let i = wide; i < n; i += 1) found[i] += found[i - wide];
  }
  const rows = new Float32Array(n);
  for (let i = 0; i < n; i += 1) rows[i] = found[i] / parts[i % wide];
  return rows;
}

/** What the maps ask a server for, answered from the film; what is the same in both lives is there once. */
export class FilmStore {
  constructor({ header, arrays }) {
    this.header = header;
    this.arrays = arrays;
    this.path = "film";
  }

  /** A block as `readBlock` gives it. */
  #block(arm, name) {
    const whose = this.header.arms[arm].blocks[name] ? arm : 0;
    const { header, arrays } = this.header.arms[whose].blocks[name];
    const unpacked = ([array, how]) => {
      const { data } = this.arrays.get(`${whose}/${name}/${array}`);
      const n = how.shape.reduce((a, b) => a * b, 1);
      return [`0/${array}`, { data: how.parts ? rowsOf(data, how) : how.halves ? whole(data, n) : data, shape: how.shape }];
    };
    return { header, arrays: new Map(Object.entries(arrays).map(unpacked)) };
  }

  async tissue(arm) {
    return this.#block(arm, "tissue");
  }

  async organ(arm) {
    return this.#block(arm, "organ");
  }

  async still(arm) {
    return this.#block(arm, "still");
  }

  async section(arm, u) {
    const far = this.header.sections_um.map((at) => Math.abs(at - u));
    return this.#block(arm, `section${far.indexOf(Math.min(...far))}`);
  }
}
