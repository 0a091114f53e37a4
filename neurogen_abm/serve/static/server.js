// Requests to the server of this page. Every failure becomes a Refusal with words a person can use.

/** What the server, or the way to it, has against a request. */
export class Refusal extends Error {
  constructor(error, status) {
    super([error.what, error.cure].filter(Boolean).join(" "));
    this.code = error.code;
    this.status = status;
    this.share = error.share;
  }

  /** Whether the server does not answer, or is another launch than the one that this page came from. */
  get away() {
    return this.status === 0 || this.status === 401;
  }

  /** Whether the session has ended. */
  get gone() {
    return ["evicted", "no-session"].includes(this.code);
  }

  /** Whether a life was asked for that is not there yet, or any more: a frame tells of it. */
  get early() {
    return this.code === "no-arm";
  }
}

const GONE = { code: "no-server", what: "The server does not answer.", cure: "Is neurogen serve still running in the terminal?" };
const JSON_BODY = { "Content-Type": "application/json" };

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(GONE, 0);
  }
  if (answer.ok) return answer;
  let error = { code: "refused", what: `The server refused the request (${answer.status}).`, cure: "" };
  if ((answer.headers.get("Content-Type") ?? "").includes("json")) error = (await answer.json()).error ?? error;
  throw new Refusal(error, answer.status);
}

const get = async (path) => (await ask(path)).json();
const post = async (path, body) => (await ask(path, { method: "POST", headers: JSON_BODY, body: JSON.stringify(body) })).json();

export const about = () => get("/api/about");
export const preview = (body) => post("/api/preview", body);
export const open = (body) => post("/api/sessions", body);

/** The film that comes with the page, as it is packed: a stream of bytes. */
export const film = async () => (await ask("/static/first.film")).body;

/** One session: a life, or two side by side. */
export class Session {
  constructor(id) {
    this.id = id;
    this.path = `/api/sessions/${encodeURIComponent(id)}`;
    [this.underWay, this.sent, this.told] = [0, 0, 0]; // requests with commands; the last command sent, and the last that a frame told of
    this.before = Promise.resolve(); // of requests that are under way together, the server may read any first
  }

  describe() {
    return get(this.path);
  }

  /** @param {...object} commands carried out first in, first out, after all that were sent before */
  async send(...commands) {
    this.underWay += 1;
    const answer = this.before.then(() => post(`${this.path}/commands`, { commands }));
    this.before = answer.catch(() => undefined); // it is told below
    try {
      const { ids } = await answer;
      this.sent = Math.max(this.sent, ...ids);
    } finally {
      this.underWay -= 1;
    }
  }

  /** Take what a frame tells of commands: how each went. */
  heard(done) {
    this.told = Math.max(this.told, ...done.map(({ id }) => id));
  }

  /** Whether a frame is still to show what came of a command. */
  get waits() {
    return this.underWay > 0 || this.told < this.sent;
  }

  /** The next frame as a buffer, or null when there is nothing to show. */
  async frame(after, rows, by, signal) {
    const answer = await ask(`${this.path}/frame?after=${after}&rows=${rows.join(",")}&by=${encodeURIComponent(by)}`, { signal });
    return answer.status === 204 ? null : answer.arrayBuffer();
  }

  /** A day that has been lived, as a buffer. */
  async past(day, by) {
    return (await ask(`${this.path}/past?day=${day.toFixed(4)}&by=${encodeURIComponent(by)}`)).arrayBuffer();
  }

  async tissue(arm) {
    return (await ask(`${this.path}/arms/${arm}/tissue`)).arrayBuffer();
  }

  async section(arm, u, thickness) {
    return (await ask(`${this.path}/arms/${arm}/section?u_um=${u.toFixed(1)}&thick_um=${thickness}`)).arrayBuffer();
  }

  async organ(arm) {
    return (await ask(`${this.path}/arms/${arm}/organ`)).arrayBuffer();
  }

  async still(arm) {
    return (await ask(`${this.path}/arms/${arm}/still`)).arrayBuffer();
  }

  /** What the microscope can show: name, whether it is there, whether it is usual. */
  channels(arm) {
    return get(`${this.path}/arms/${arm}/channels`);
  }

  /** A section as the microscope shows it, as a buffer: by its number, or that at a place. */
  async image(arm, { section, u, channels, pixel }) {
    const where = section === null ? `u_um=${u.toFixed(1)}` : `section=${Math.max(0, section)}`;
    return (await ask(`${this.path}/arms/${arm}/image?${where}&pixel_um=${pixel}&channels=${encodeURIComponent(channels.join(","))}`)).arrayBuffer();
  }

  imageFile(number, file) {
    return `${this.path}/images/${encodeURIComponent(number)}/${file}`;
  }

  cellAt(arm, u, v, out) {
    return get(`${this.path}/arms/${arm}/cell?u_um=${u.toFixed(3)}&v_um=${v.toFixed(3)}&out_um=${out.toFixed(3)}`);
  }

  cell(arm, id) {
    return get(`${this.path}/arms/${arm}/cell?id=${encodeURIComponent(id)}`);
  }

  evidence(arm) {
    return get(`${this.path}/arms/${arm}/evidence`);
  }

  experiment() {
    return get(`${this.path}/experiment`);
  }

  /** What the second life differs in, in words. */
  effect() {
    return get(`${this.path}/effect`);
  }

  share() {
    return get(`${this.path}/share`);
  }

  export(file) {
    return `${this.path}/export/${file}`;
  }

  /** End it. */
  close() {
    this.#end("");
  }

  /** Say that the page is being left: the life waits a while for it to come back. */
  leave() {
    this.#end("?after=60");
  }

  #end(query) {
    fetch(this.path + query, { method: "DELETE", keepalive: true, credentials: "same-origin" }).catch(() => undefined);
  }
}
