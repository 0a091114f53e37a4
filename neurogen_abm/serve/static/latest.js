// Answers may come in another order than they were asked for: what is newer is not replaced by what is older.

export class Latest {
  constructor() {
    [this.asked, this.shown] = [0, 0];
  }

  /** Ask for something; what comes back says of the answer whether it may be shown: none to a later question was. */
  ask() {
    this.asked += 1;
    const mine = this.asked;
    return () => {
      if (mine < this.shown) return false;
      this.shown = mine;
      return true;
    };
  }

  /** Show none of what has been asked for until now. */
  drop() {
    this.asked += 1;
    this.shown = this.asked;
  }
}
