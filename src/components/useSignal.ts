import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

/** Render again whenever a signal is emitted. */
export function useSignal<S, A>(signal: ISignal<S, A> | null): void {
  const [, render] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const onEmitted = (): void => render();
    signal?.connect(onEmitted);
    // What was emitted between the first rendering and now was not heard.
    render();
    return () => {
      signal?.disconnect(onEmitted);
    };
  }, [signal]);
}

/** The time, renewed every second while something is under way. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = React.useState(Date.now);
  React.useEffect(() => {
    if (!isRunning) {
      return;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
