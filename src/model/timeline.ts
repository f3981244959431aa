import type { IBuildEvent, Phase } from '../api/types';

/** A phase that a build has entered. */
export interface IPhaseSpan {
  phase: Phase;
  /** Seconds that the phase took; null while it runs. */
  seconds: number | null;
}

/**
 * The phases of a build's last attempt, from the events of its process.
 *
 * Each phase lasts until the next begins or the process tells its verdict. A
 * build that was interrupted starts again, and its phases with it.
 */
export function phaseSpans(events: readonly IBuildEvent[]): IPhaseSpan[] {
  const spans: IPhaseSpan[] = [];
  let begin = 0;
  for (const event of events) {
    const running = spans[spans.length - 1];
    if (event.type === 'started') {
      spans.length = 0;
    } else if (event.type === 'phase' || isVerdict(event)) {
      if (running && running.seconds === null) {
        running.seconds = Math.max(0, event.at - begin);
      }
      if (event.type === 'phase' && event.phase) {
        spans.push({ phase: event.phase, seconds: null });
        begin = event.at;
      }
    }
  }
  return spans;
}

function isVerdict({ type }: IBuildEvent): boolean {
  return type === 'finished' || type === 'refused';
}
