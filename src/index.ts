import { commands } from './plugins/commands';
import { documents } from './plugins/documents';
import { entries } from './plugins/entries';
import { kernels } from './plugins/kernels';
import { notifications } from './plugins/notifications';
import { service } from './plugins/service';
import { sidebar } from './plugins/sidebar';

export default [
  service,
  sidebar,
  documents,
  commands,
  kernels,
  notifications,
  entries
];

export * from './tokens';
