// The way back to a life: after a reload, from another page, after its session has ended, or the server has stopped.
// A tab remembers its session, which waits a minute for it, and a code that lives the same life again.

import { byId, write } from "./dom.js";
import { keepSession as keep, readSession as kept } from "./memory.js";
import * as server from "./server.js";

const KEEP_MS = 4000;
const RESTART = "Start neurogen serve in a terminal, open the address it prints, and come back to this tab: the life goes on from here.";

export class WayBack {
  /** @param {object} act open(body) begins a session, show(session) goes on with one, shown() is the present one, notice(text), ready(),
   *  know(again, day) takes what lives this again */
  constructor(act) {
    this.act = act;
    window.addEventListener("pagehide", () => {
      const session = act.shown();
      if (session) keep({ left: session.id });
      session?.leave();
    });
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  /** Show the life of a link, or that which this tab showed before it was reloaded or left, or else the one given.
   *  @param {boolean} own whether the address is still that of this tab @param {string} [code] of the address */
  async first(body, own, code) {
    const before = own || !code ? kept() : null;
    if (!before && code) return this.act.open({ share: code });
    if (before) keep({ left: null }); // a copy of this tab shall live a life of its own
    if (before?.left && await this.#resume(before.left)) return undefined;
    if (before?.code) {
      await this.act.open({ share: before.code });
      if (this.act.shown()) this.act.notice(`The life of this tab is lived again, to day ${before.day.toFixed(1)}.`);
      return undefined;
    }
    if (before?.left) this.act.notice("The life that this tab showed is gone and cannot be lived again; this is a new one.");
    return this.act.open(body);
  }

  /** Go on with a session that is still there; say whether there is a life again. */
  async #resume(id) {
    const session = new server.Session(id);
    const before = this.act.shown();
    try {
      await session.describe();
      if (before !== this.act.shown()) return true; // another was opened meanwhile
    } catch (error) {
      if (error.share) await this.act.open({ share: error.share });
      return Boolean(error.share && this.act.shown());
    }
    await this.act.show(session);
    return true;
  }

  /** Forget the life before, for another has begun; of a link, its code does until another is known. */
  began({ share }) {
    keep(null);
    if (share) keep({ code: share, day: 0 });
  }

  /** Remember what lives the life of a frame again: at once when things stop, else now and then. */
  note({ phase, day, again }, now, moving) {
    if (phase === "preparing" || (moving && now - (this.notedAt ?? -Infinity) < KEEP_MS)) return;
    this.notedAt = now;
    this.act.know(again, day);
  }

  /** The life is gone, or nobody answers: say it, and offer what there is. */
  lost(error) {
    const code = error.share ?? kept()?.code;
    write(byId("gone-title"), error.away ? "The server does not answer" : "This life has ended here");
    write(byId("gone-text"), error.away ? `${error.message} ${RESTART}` : `${error.message}${code ? "" : " Nothing is left to live it again from."}`);
    write(byId("bring-back"), error.away ? "Try again" : code ? "Bring it back" : "Begin a new life");
    byId("bring-back").onclick = () => this.#again(code);
    if (!byId("gone").open) byId("gone").showModal();
  }

  /** Go on with the life that was lost, or live it again; while the server is silent, say so and stay. */
  async #again(code) {
    try {
      await server.about();
    } catch (error) {
      write(byId("gone-text"), `${error.message} Asked again at ${new Date().toLocaleTimeString("en-GB")}. ${RESTART}`);
      return;
    }
    byId("gone").close();
    const session = this.act.shown();
    if (!this.act.ready()) location.reload();
    else if (!session || !await this.#resume(session.id)) {
      await this.act.open(code ? { share: code } : { scenario: byId("scenario").value, seed: Number(byId("seed").value) });
    }
  }
}
