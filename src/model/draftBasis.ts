/** What another has asked for while a specification was written. */
export interface IConflict {
  buildId: number;
  text: string;
}

/** What a specification that is written began as, and whether that is the newest still. */
export class DraftBasis {
  constructor(
    /** The text that it began as; null when that is not known. */
    public original: string | null,
    /** The build whose specification that is; null for a new environment. */
    public buildId: number | null
  ) {}

  /** What another has asked for since; null if nobody has. */
  conflict: IConflict | null = null;

  /** Go on from what the other asked for. */
  settle({ buildId, text }: IConflict): void {
    this.conflict = null;
    this.buildId = buildId;
    this.original = text;
  }

  /**
   * A build was asked for: null if nothing is to be done about it, or else the text
   * that is to be written now.
   */
  follow(newest: IConflict, text: string, isDirty: boolean): string | null {
    if (newest.buildId <= (this.buildId ?? 0)) {
      if (newest.buildId === this.buildId && this.original === null) {
        // It was brought back from an earlier session.
        this.original = newest.text;
        return text;
      }
      return null;
    }
    const isKnown = this.buildId !== null;
    if (!isKnown || newest.text === this.original || newest.text === text) {
      this.buildId = newest.buildId;
      this.original = isKnown ? newest.text : this.original;
      this.conflict = null;
      return text;
    }
    if (isDirty) {
      this.conflict = newest;
      return text;
    }
    this.settle(newest);
    return newest.text;
  }
}
