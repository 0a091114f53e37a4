// The frame loop: asks for a frame when the last has come, one ahead at most, and rests while nothing moves or nobody looks.

import { readBlock } from "./decoder.js";
import { Refusal } from "./server.js";

const painted = () => new Promise((done) => requestAnimationFrame(done));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const seen = () => new Promise((done) => {
  if (!document.hidden) return done();
  const look = () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", look);
    done();
  };
  return document.addEventListener("visibilitychange", look);
});

export class FrameLoop {
  /**
   * @param {Session} session
   * @param {object} act rows() held of each arm, by() what colours the cells, take(block) keeps numbers, paint(block, now) draws, fail(error) ends
   */
  constructor(session, act) {
    this.session = session;
    this.act = act;
    this.after = 0;
    this.alive = true;
    this.called = false;
    this.stale = false; // the present moment is wanted once more
  }

  /** There may be something new: a command was sent. */
  wake() {
    this.called = true;
    this.rouse?.();
  }

  /** Ask for the present moment again, as it looks now. */
  again() {
    this.stale = true;
    this.wake();
  }

  /** Ask no more. */
  stop() {
    this.alive = false;
    this.abort?.abort();
    this.rouse?.();
  }

  async #rest() {
    if (!this.called && this.alive) await new Promise((done) => { this.rouse = done; });
    this.rouse = null;
  }

  #ask() {
    const after = this.stale ? Math.max(0, this.after - 1) : this.after;
    [this.called, this.stale] = [false, false];
    this.abort = new AbortController();
    const answer = this.session.frame(after, this.act.rows(), this.act.by(), this.abort.signal);
    answer.catch(() => undefined); // handled when it is awaited
    return answer;
  }

  async run() {
    let next = null;
    let busy = 0;
    while (this.alive) {
      try {
        if (document.hidden) await seen();
        const buffer = await (next ?? this.#ask());
        next = null;
        busy = 0;
        if (!this.alive) return;
        if (buffer === null) {
          await this.#rest();
          continue;
        }
        const block = readBlock(buffer);
        this.after = block.header.seq;
        this.act.take(block);
        if (moving(block.header) && !document.hidden) next = this.#ask();
        const now = await painted();
        if (this.alive) this.act.paint(block, now);
      } catch (error) {
        if (!this.alive || error.name === "AbortError") return;
        next = null;
        if (error instanceof Refusal && error.status === 503 && busy < 20) {
          busy += 1;
          await pause(500);
          continue;
        }
        this.alive = false;
        this.act.fail(error);
      }
    }
  }
}

/** Whether a further frame will come without a command. */
function moving({ playing, progress, phase }) {
  return playing || Boolean(progress) || phase === "preparing";
}
