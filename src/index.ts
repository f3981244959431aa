import { adoption } from './plugins/adoption';
import { cleanup } from './plugins/cleanup';
import { commands } from './plugins/commands';
import { conda } from './plugins/conda';
import { condaOffer } from './plugins/condaOffer';
import { documents } from './plugins/documents';
import { doctor } from './plugins/doctor';
import { entries } from './plugins/entries';
import { environmentFiles } from './plugins/environmentFiles';
import { files } from './plugins/files';
import { kernels } from './plugins/kernels';
import { links } from './plugins/links';
import { notebookChip } from './plugins/notebookChip';
import { notebooks } from './plugins/notebooks';
import { notifications } from './plugins/notifications';
import { running } from './plugins/running';
import { service } from './plugins/service';
import { sidebar } from './plugins/sidebar';
import { status } from './plugins/status';

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
  doctor,
  links,
  entries,
  notebooks,
  notebookChip,
  status,
  running,
  files,
  environmentFiles
];

export * from './tokens';
