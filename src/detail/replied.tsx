import * as React from 'react';
import { ErrorCard } from '../components/errorCard';
import { Skeleton } from '../components/skeleton';
import type { IReply } from './useReply';

/** What was asked for, why it did not come, or as many lines as it will take. */
export function Replied<T>(props: {
  reply: IReply<T>;
  lines: number;
  children: (value: T) => React.ReactNode;
}): JSX.Element {
  const { reply, lines, children } = props;
  const { value, error, retry } = reply;
  if (error) {
    return <ErrorCard error={error} onRetry={retry} />;
  }
  return value === undefined ? (
    <Skeleton lines={lines} />
  ) : (
    <>{children(value)}</>
  );
}
