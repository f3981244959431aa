import type { IBuildEvent, Phase } from '../api/types';

/** A phase that a build has entered. */
export interface IPhaseSpan {
  phase: Phase;
  /** Seconds between the start of the attempt and that of the phase. */
  start: number;
  /** Seconds that the phase took; null while it runs. */
  seconds: number | null;
}

/**
 * The phases of a build's last attempt, from the events of its process.
 *
 * A build that was interrupted starts again, and its events with it.
 */
export function phaseSpans(events: readonly IBuildEvent[]): IPhaseSpan[] {
  const spans: IPhaseSpan[] = [];
  let startedAt: string | null = null;
  const close = (at: number): void => {
    const last = spans[spans.length - 1];
    if (last && last.seconds === null) {
      last.seconds = Math.max(0, at - last.start);
    }
  };
  for (const event of events) {
    if (event.type === 'started') {
      spans.length = 0;
      startedAt = event.at;
    } else if (event.type === 'phase' && event.phase) {
      const start = event.seconds_since_start ?? 0;
      close(start);
      spans.push({ phase: event.phase, start, seconds: null });
    } else if (event.type === 'finished' || event.type === 'refused') {
      close(secondsBetween(startedAt, event.at));
    }
  }
  return spans;
}

function secondsBetween(from: string | null, to: string): number {
  return from === null ? 0 : (Date.parse(to) - Date.parse(from)) / 1000;
}
