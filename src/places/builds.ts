/** What is loaded with the first build that is heard of. */
export { ActiveBuilds } from '../model/activeBuilds';
export { RunningBuilds } from './runningBuilds';
export { addStatusItem } from './statusItem';
