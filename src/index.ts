import { adoption } from './plugins/adoption';
import { cleanup } from './plugins/cleanup';
import { commands } from './plugins/commands';
import { conda } from './plugins/conda';
import { condaOffer } from './plugins/condaOffer';
import { documents } from './plugins/documents';
import { entries } from './plugins/entries';
import { kernels } from './plugins/kernels';
import { links } from './plugins/links';
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
  conda,
  condaOffer,
  cleanup,
  adoption,
  links,
  entries
];

export * from './tokens';
