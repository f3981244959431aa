import * as React from 'react';
import type { EnvStoreError } from '../api/errors';

/** What was asked for: undefined until it came. */
export interface IReply<T> {
  value: T | undefined;
  error: EnvStoreError | null;
  /** Ask again. */
  retry: () => void;
}

/**
 * What a request brings, asked for when the component is there and again when the key
 * changes; null asks for nothing. What was known stays until more is known.
 */
export function useReply<T>(
  key: string | null,
  ask: () => Promise<T>
): IReply<T> {
  const [reply, setReply] = React.useState<{
    value?: T;
    error: EnvStoreError | null;
  }>({ error: null });
  const [attempt, setAttempt] = React.useState(0);
  const asked = React.useRef(ask);
  asked.current = ask;
  React.useEffect(() => {
    if (key === null) {
      return;
    }
    let isWanted = true;
    void (async () => {
      try {
        const value = await asked.current();
        if (isWanted) {
          setReply({ value, error: null });
        }
      } catch (error) {
        if (isWanted) {
          setReply(({ value }) => ({
            ...(value !== undefined && { value }),
            error: error as EnvStoreError
          }));
        }
      }
    })();
    return () => {
      isWanted = false;
    };
  }, [key, attempt]);
  return {
    value: reply.value,
    error: reply.error,
    retry: () => setAttempt(attempt + 1)
  };
}
