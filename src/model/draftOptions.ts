import type { DetailClient } from '../api/detailClient';
import type { ITemplate } from '../spec/template';
import type { ConversionModel } from './conversion';
import type { IEnvironmentName } from './draftChoices';
import type { PackagesModel } from './packages';
import type { PackageSearch } from './packageSearch';
import type { SolveModel } from './solve';
import type { EnvStore } from './store';

/** A lockfile that is built under a name of the user's. */
export interface IDraftLockfile {
  /** What sort of lockfile it is, in the server's words: `pixi.lock`. */
  kind: string;
  name: string;
  description: string;
}

/** What a draft is made of. */
export interface IDraftOptions {
  client: Pick<DetailClient, 'check'> &
    ConversionModel.Client &
    PackageSearch.Client &
    PackagesModel.Client &
    SolveModel.IOptions['client'];
  store: Pick<
    EnvStore,
    | 'submit'
    | 'loaded'
    | 'writableNamespaces'
    | 'mayBuildIn'
    | 'environments'
    | 'info'
  >;
  text: string;
  /** Null chooses the user's own. */
  namespace: string | null;
  target?: IEnvironmentName;
  templates?: readonly ITemplate[];
  lockfile?: IDraftLockfile | undefined;
  /** The build whose specification the text began as. */
  baseId?: number | undefined;
  /** Whether the text was changed already, in an earlier session. */
  isChanged?: boolean;
}
