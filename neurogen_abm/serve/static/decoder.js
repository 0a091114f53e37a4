// The binary block of the protocol: a JSON header and typed arrays, read without copying.

const KINDS = { "<u2": Uint16Array, "<u4": Uint32Array, "<f4": Float32Array, "<f8": Float64Array, u1: Uint8Array, "|u1": Uint8Array };

/**
 * Read a block; what has been read before, as a film has its blocks, is given back as it is.
 * @param {ArrayBuffer|{header: object, arrays: Map}} buffer
 * @returns {{header: object, arrays: Map<string, {data: ArrayLike<number>, shape: number[]}>}} arrays by "arm/name"
 */
export function readBlock(buffer) {
  if (buffer.arrays) return buffer;
  if (buffer.byteLength < 4) throw new Error("The answer of the server is empty.");
  const length = new DataView(buffer).getUint32(0, true);
  if (4 + length > buffer.byteLength) throw new Error("The answer of the server is cut short.");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = new Map();
  for (const { name, arm, dtype, shape, offset } of header.arrays ?? []) {
    const Kind = KINDS[dtype];
    if (!Kind) throw new Error(`The server sent numbers of a kind this page does not know (${dtype}).`);
    const count = shape.reduce((a, b) => a * b, 1);
    const begin = 4 + length + offset;
    if (begin + count * Kind.BYTES_PER_ELEMENT > buffer.byteLength) throw new Error(`The array ${name} is cut short.`);
    arrays.set(`${arm ?? 0}/${name}`, { data: new Kind(buffer, begin, count), shape });
  }
  return { header, arrays };
}

const NONE = new Uint32Array(0);

/** Columns of cells from the differences between neighbours; written to the start of `room` where there is enough. */
function columnsOf(gap, room) {
  const columns = room?.length >= gap.length ? room.subarray(0, gap.length) : new Uint32Array(gap.length);
  let at = 0;
  for (let i = 0; i < gap.length; i += 1) {
    at += gap[i];
    columns[i] = at;
  }
  return columns;
}

/** What one arm looks like now; `cells` is false while there is nothing to draw. `room` may be written over. */
export function readArm(block, arm, room) {
  const take = (name) => block.arrays.get(`${arm}/${name}`)?.data;
  const gap = take("gap");
  return {
    cells: gap !== undefined,
    columns: gap ? columnsOf(gap, room) : NONE,
    kinds: take("kind") ?? new Uint8Array(0),
    places: take("place") ?? new Uint8Array(0),
    values: take("value"),
    level: take("level") ?? new Float32Array(64),
    born: take("born") ?? NONE,
    died: take("died") ?? NONE,
    series: block.arrays.get(`${arm}/series`),
    rowStep: take("row_step"),
    ...block.header.arms[arm],
  };
}

/** The series of one arm, by column, in absolute rows: rows that come twice replace themselves. */
export class Series {
  /** @param {string[]} names columns, in the order of the arrays */
  constructor(names) {
    this.names = names;
    this.clear();
  }

  clear() {
    this.columns = new Map(this.names.map((name) => [name, []]));
    this.length = 0;
  }

  /** Take rows `first` to `first + n` of a frame; rows before a reset are void, and so is what follows a gap. */
  put(first, table) {
    const width = table.shape[1];
    if (first > this.length) return false;
    this.names.forEach((name, c) => {
      const column = this.columns.get(name);
      column.length = first;
      for (let r = 0; r < table.shape[0]; r += 1) column.push(table.data[r * width + c]);
    });
    this.length = first + table.shape[0];
    return true;
  }

  column(name) {
    return this.columns.get(name) ?? [];
  }

  last(name) {
    return this.column(name)[this.length - 1];
  }
}
