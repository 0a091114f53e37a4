// Looking back at what has been lived: a day of the past on the maps, until one comes back to now. The life itself waits and does not change.

import { readArm, readBlock } from "./decoder.js";
import { byId, write } from "./dom.js";
import { inWords } from "./panels.js";
import { scene } from "./scene.js";

const A_MOMENT = 1e-4; // days
const QUIET = ["pause", "follow"]; // commands that let one go on looking back

export class Past {
  /**
   * @param {object} page its `maps`, `legend` and `timeline`
   * @param {object} act session(), now() the present day, ready(), pause() what plays, deselect(), again() asks for the present frame, fail(error)
   */
  constructor({ maps, legend, timeline }, act) {
    Object.assign(this, { maps, legend, timeline, act, day: null, next: null });
    byId("to-now").addEventListener("click", () => this.leave());
  }

  /** Whether a day of the past is shown. */
  get on() {
    return this.day !== null;
  }

  /** Show a day; of days asked for while one is on its way, the last one is. */
  async look(day) {
    if (!this.act.ready()) return;
    if (!this.on) {
      this.act.pause();
      this.act.deselect();
    }
    const asking = this.wanted !== undefined;
    this.day = this.wanted = Math.max(0, day);
    byId("to-now").hidden = false;
    document.documentElement.dataset.past = "yes";
    if (!asking) await this.#ask();
  }

  async #ask() {
    try {
      for (let asked; asked !== this.wanted && this.on;) {
        asked = this.wanted;
        if (this.maps.look.by.includes(":")) this.maps.colourBy("group"); // stains are seen now only
        const session = this.act.session();
        const block = readBlock(await session.past(asked, this.maps.look.by));
        if (!this.on || session !== this.act.session()) return;
        this.#show(block);
      }
    } catch (error) {
      this.leave();
      this.act.fail(error);
    } finally {
      this.wanted = undefined;
    }
  }

  #show(block) {
    const { header } = block;
    const arms = header.arms.map((_, k) => readArm(block, k));
    [this.day, this.next] = [header.day, header.next];
    this.maps.show(arms, performance.now(), false);
    this.maps.tell(arms);
    this.legend.show(arms);
    this.timeline.mark(this.day);
    this.tell();
    this.maps.describe(inWords(scene.states, arms, this.day, this.maps.look.view));
    write(byId("status"), `Looking back at day ${this.day.toFixed(1)}.`);
    document.documentElement.dataset.pastDay = String(this.day);
  }

  /** The same day again, as it looks now. */
  again() {
    return this.look(this.day);
  }

  /** The day before. */
  back() {
    return this.look(this.on ? this.day - A_MOMENT : this.act.now() - A_MOMENT);
  }

  /** The day after, or now. */
  onward() {
    return this.next === null ? this.leave() : this.look(this.next);
  }

  /** Come back to now. */
  leave() {
    if (!this.on) return;
    this.day = this.next = null;
    byId("to-now").hidden = true;
    delete document.documentElement.dataset.past;
    delete document.documentElement.dataset.pastDay;
    this.timeline.mark(null);
    this.act.again();
  }

  /** Commands that change the life bring one back to now. */
  sent(commands) {
    if (commands.some(({ do: what }) => !QUIET.includes(what))) this.leave();
  }

  /** Say which day is seen. */
  tell() {
    write(byId("day"), `Day ${this.day.toFixed(1)}`);
    write(byId("hour"), "as it was");
  }
}
