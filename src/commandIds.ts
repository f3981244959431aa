/** The commands of the extension. */
export namespace CommandIDs {
  /** Show the sidebar. */
  export const showPanel = 'envstore:show-panel';
  /** Read everything again. */
  export const refresh = 'envstore:refresh';
  /** Write a new environment. */
  export const create = 'envstore:new-environment';
  /** Show an environment. */
  export const open = 'envstore:open';
  /** Write a new specification for an environment. */
  export const edit = 'envstore:edit';
  /** Build the specification that is being written. */
  export const build = 'envstore:build';
  /** Show what the specification that is being written would be built of. */
  export const solve = 'envstore:solve';
  /** Go on with what one has written, with what another has asked for meanwhile, or with both. */
  export const settle = 'envstore:settle-conflict';
  /** Go back to the specification as it was before it was changed. */
  export const discard = 'envstore:discard-changes';
  /** Write a new environment from a file of JupyterLab's. */
  export const importFile = 'envstore:import-file';
  /** Build the same specification once more. */
  export const rebuild = 'envstore:rebuild';
  export const cancel = 'envstore:cancel-build';
  /** Make another build the current one. */
  export const makeCurrent = 'envstore:make-current';
  export const deleteBuild = 'envstore:delete-build';
  /** Keep a build from deletion and clean-up. */
  export const pin = 'envstore:pin-build';
  export const unpin = 'envstore:unpin-build';
  /** Offer a build's kernels whichever build is current. */
  export const pinKernel = 'envstore:pin-kernel';
  export const unpinKernel = 'envstore:unpin-kernel';
  /** Write a note on a build, and give it tags. */
  export const annotate = 'envstore:annotate-build';
  /** Show what differs between two builds. */
  export const compare = 'envstore:compare-builds';
  /** Find out what an environment occupies. */
  export const measure = 'envstore:measure-environment';
  /** Have a file that a build can be had as. */
  export const artifact = 'envstore:get-artifact';
  /** Compare a build's files with what is recorded of them. */
  export const verify = 'envstore:verify-build';
  /** Put right what a verification has found. */
  export const repair = 'envstore:repair-build';
  /** Take a build's files off the disk. */
  export const shelve = 'envstore:shelve-build';
  export const restore = 'envstore:restore-build';
  export const deleteEnvironment = 'envstore:delete-environment';
  /** Show whether conda finds the environments. */
  export const conda = 'envstore:conda';
  /** Show what would let conda find a namespace's environments, or not any more. */
  export const register = 'envstore:register-with-conda';
  export const unregister = 'envstore:unregister-from-conda';
  /** Show what a clean-up would take. */
  export const cleanUp = 'envstore:clean-up';
  /** Do the clean-up that is shown. */
  export const cleanUpNow = 'envstore:carry-out-clean-up';
  /** Make builds known that the database has lost. */
  export const adopt = 'envstore:adopt-builds';
  /** Find out what is wrong around the store. */
  export const doctor = 'envstore:doctor';
  /** Let the server put right what the doctor found. */
  export const mend = 'envstore:mend-store';
  /** Examine the store again. */
  export const examine = 'envstore:examine-again';
  export const newNotebook = 'envstore:new-notebook';
  /** Run a notebook that is open on an environment, or on one of its builds. */
  export const useInNotebook = 'envstore:use-in-notebook';
  /** Begin a new environment with a file of the file browser. */
  export const buildFile = 'envstore:build-file';
  /** Copy the address of an environment. */
  export const copyLink = 'envstore:copy-link';
  /** Change what an environment says of itself. */
  export const describe = 'envstore:describe';
  export const newConsole = 'envstore:new-console';
  export const openTerminal = 'envstore:open-terminal';
  /** Show what a build of the same specification would change today. */
  export const lookForUpdates = 'envstore:look-for-updates';
  /** Write a new environment that begins as a copy. */
  export const duplicate = 'envstore:duplicate';
  /** Says in a menu why something in it is disabled. */
  export const denial = 'envstore:show-denial';
  export const copyPath = 'envstore:copy-path';
}

/** What a command on an environment, or on one of its builds, is given. */
export interface ITarget {
  namespace: string;
  name: string;
  buildId?: number;
}
