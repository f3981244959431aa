import type { TranslationBundle } from '@jupyterlab/translation';
import type { BuildStatus, IBuildSummary, Phase } from '../api/types';
import { isActive } from '../api/types';

/** As the browser has it, until somebody says otherwise. */
let locale: string | undefined = undefined;

/** Write times and numbers in the language of the texts beside them. */
export function writeAs(trans: TranslationBundle): void {
  // Bundles of JupyterLab's know theirs, which their interface does not say.
  const { getLocale } = trans as { getLocale?: () => string };
  locale = getLocale?.call(trans).replace(/_/g, '-');
}

/** The server's timestamps are UTC and do not say so. */
export function parseTime(timestamp: string): Date {
  return new Date(
    /Z|[+-]\d\d:\d\d$/.test(timestamp) ? timestamp : `${timestamp}Z`
  );
}

/** Bytes in units of 1000, as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${decimal(value, digits)} ${units[unit]}`;
}

function decimal(value: number, digits: number): string {
  return value.toLocaleString(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits
  });
}

/** `0.4 s`, `12 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) {
    return `${decimal(Math.max(0, seconds), 1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** How long a build ran, or has run so far; null before it started. */
export function buildSeconds(build: IBuildSummary, now: number): number | null {
  if (build.started_on === null) {
    return null;
  }
  const end = build.ended_on ? parseTime(build.ended_on).getTime() : now;
  return Math.max(0, (end - parseTime(build.started_on).getTime()) / 1000);
}

/** A build's number in its own store, which is what people know; others' are longer here. */
export function shownId(id: number): number {
  return id % 2 ** 32;
}

export function formatMoment(timestamp: string): string {
  return parseTime(timestamp).toLocaleString(locale, {
    dateStyle: 'medium',
    timeStyle: 'short'
  });
}

/** When a kernel of a build last started or ended; null if none ever did. */
export function formatUse(
  moment: string | null,
  trans: TranslationBundle
): string {
  return moment === null ? trans.__('not noted yet') : formatMoment(moment);
}

/** The time of day. */
export function formatTime(moment: Date): string {
  return moment.toLocaleTimeString(locale, { timeStyle: 'short' });
}

/** `2 hours ago`. */
export function formatAgo(timestamp: string, now: number): string {
  const seconds = (now - parseTime(timestamp).getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60]
  ] as const;
  for (const [unit, length] of units) {
    if (seconds >= length) {
      return format.format(-Math.floor(seconds / length), unit);
    }
  }
  return format.format(0, 'second');
}

export function statusLabel(
  status: BuildStatus,
  trans: TranslationBundle
): string {
  switch (status) {
    case 'QUEUED':
      return trans.__('Queued');
    case 'BUILDING':
      return trans.__('Building');
    case 'COMPLETED':
      return trans.__('Ready');
    case 'FAILED':
      return trans.__('Failed');
    case 'CANCELED':
      return trans.__('Canceled');
  }
}

export function phaseLabel(phase: Phase, trans: TranslationBundle): string {
  switch (phase) {
    case 'SOLVING':
      return trans.__('Solving');
    case 'DOWNLOADING':
      return trans.__('Downloading');
    case 'LINKING':
      return trans.__('Linking');
    case 'PYPI':
      return trans.__('Installing from PyPI');
    case 'COMPILING':
      return trans.__('Compiling byte code');
    case 'VERIFYING':
      return trans.__('Verifying');
    case 'LOCKING':
      return trans.__('Locking');
    case 'PUBLISHING':
      return trans.__('Publishing');
    default:
      return phase;
  }
}

/**
 * How much of the running phase is done, from 0 to 1; null if nobody knows.
 *
 * Of bytes and packages, what is behind counts: a download is not done before
 * its packages are unpacked.
 */
export function fractionDone(build: IBuildSummary): number | null {
  const progress = build.progress;
  if (progress === null) {
    return null;
  }
  const { bytes_done, bytes_total, packages_done, packages_total } = progress;
  const fractions = [
    bytes_total ? bytes_done / bytes_total : 1,
    packages_total ? packages_done / packages_total : 1
  ];
  return bytes_total || packages_total ? Math.min(1, ...fractions) : null;
}

/** What is happening in a running build, in a few words. */
export function activity(
  build: IBuildSummary,
  trans: TranslationBundle
): string {
  if (build.cancel_requested && isActive(build)) {
    return trans.__('Canceling');
  }
  if (build.shelved_on !== null) {
    return trans.__('Shelved');
  }
  if (build.status !== 'BUILDING' || build.phase === null) {
    return statusLabel(build.status, trans);
  }
  const phase = phaseLabel(build.phase, trans);
  const fraction = fractionDone(build);
  return fraction === null
    ? phase
    : trans.__('%1 %2 %', phase, String(Math.floor(fraction * 100)));
}
