import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  checkIcon,
  consoleIcon,
  copyIcon,
  duplicateIcon,
  editIcon,
  lockIcon,
  terminalIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IEnvironment } from '../api/types';
import { CommandIDs } from '../commandIds';
import type { IEnvStore } from '../tokens';
import { failureReporter } from './failures';
import { absence, denialFinder } from './guard';
import { TARGET_ARGS, TargetFinder } from './target';

/** The environment, and what it is to say of itself. */
const DESCRIBE_ARGS = {
  type: 'object',
  properties: {
    ...TARGET_ARGS.properties,
    description: {
      type: 'string',
      description: 'The new description; without it one is asked for'
    }
  }
} as const;

/** A terminal of JupyterLab's, as far as it is needed here. */
interface ITerminalWidget {
  content: {
    session: { send: (message: { type: 'stdin'; content: string[] }) => void };
  };
}

/** What can be done with an environment, beside what is always there; it is added once. */
export function addRowCommands(
  app: JupyterFrontEnd,
  store: IEnvStore,
  trans: TranslationBundle
): void {
  const { commands } = app;
  if (commands.hasCommand(CommandIDs.describe)) {
    return;
  }
  const targets = new TargetFinder(app, store);
  const denial = denialFinder(store, trans);
  const attempt = failureReporter(trans);

  /** A command on an environment; `reason` says why it cannot be run. */
  const add = (
    id: string,
    options: Pick<
      CommandRegistry.ICommandOptions,
      'label' | 'icon' | 'isVisible' | 'describedBy'
    > & { caption: string; failure: string },
    reason: (environment: IEnvironment) => string | null,
    run: (
      environment: IEnvironment,
      args: ReadonlyPartialJSONObject
    ) => Promise<unknown>
  ): void => {
    const find = (args: ReadonlyPartialJSONObject): IEnvironment | null =>
      targets.environment(args);
    const reasonOf = (args: ReadonlyPartialJSONObject): string | null => {
      const environment = find(args);
      return environment && reason(environment);
    };
    commands.addCommand(id, {
      describedBy: { args: TARGET_ARGS },
      ...options,
      caption: args => reasonOf(args) ?? options.caption,
      isEnabled: args => find(args) !== null && reasonOf(args) === null,
      execute: args =>
        attempt(options.failure, async () => {
          const environment = find(args);
          if (environment) {
            await run(environment, args);
          }
        })
    });
  };

  const notReady = ({ published }: IEnvironment): string | null =>
    absence(store, trans) ??
    (published ? null : trans.__('No build of the environment is ready yet'));
  const kernelOf = ({ kernels }: IEnvironment): string | undefined =>
    kernels.find(({ pinned }) => !pinned)?.name;

  // JupyterLab's menus show no captions.
  const denialOf = (args: ReadonlyPartialJSONObject): string | null => {
    const target = targets.find(args);
    return denial(
      target?.name === '*' ? 'environment:create' : 'environment::update',
      target
    );
  };
  commands.addCommand(CommandIDs.denial, {
    label: args => denialOf(args) ?? trans.__('Your role does not allow this.'),
    icon: lockIcon,
    describedBy: { args: TARGET_ARGS },
    isVisible: args => denialOf(args) !== null,
    isEnabled: () => false,
    execute: () => undefined
  });

  add(
    CommandIDs.newConsole,
    {
      label: trans.__('New Console'),
      caption: trans.__('Open a console on the current build'),
      failure: trans.__('The console cannot be opened'),
      icon: consoleIcon,
      isVisible: () => commands.hasCommand('console:create')
    },
    environment =>
      notReady(environment) ??
      (kernelOf(environment) === undefined
        ? trans.__('No package of the environment brings a kernel')
        : null),
    environment =>
      commands.execute('console:create', {
        activate: true,
        kernelPreference: { name: kernelOf(environment) ?? '' }
      })
  );

  add(
    CommandIDs.openTerminal,
    {
      label: trans.__('Terminal'),
      caption: trans.__('Open a terminal in which the environment is active'),
      failure: trans.__('The terminal cannot be opened'),
      icon: terminalIcon,
      isVisible: () => commands.hasCommand('terminal:create-new')
    },
    environment =>
      notReady(environment) ??
      (environment.prefix?.startsWith('/')
        ? null
        : trans.__('The environment has no path that a shell could use')),
    async ({ prefix }) => {
      const terminal = (await commands.execute(
        'terminal:create-new'
      )) as ITerminalWidget;
      terminal.content.session.send({
        type: 'stdin',
        content: [activation(prefix ?? '')]
      });
    }
  );

  add(
    CommandIDs.lookForUpdates,
    {
      label: trans.__('Look for Updates…'),
      caption: trans.__(
        'Solve the specification again, and show what a build would change'
      ),
      failure: trans.__('The specification cannot be solved'),
      icon: checkIcon
    },
    ({ name, namespace }) =>
      denial('environment:create', { namespace: namespace.name, name }),
    async ({ name, namespace }) => {
      const draft: unknown = await commands.execute(CommandIDs.edit, {
        namespace: namespace.name,
        name
      });
      if (typeof draft === 'string') {
        await commands.execute(CommandIDs.solve, { draft });
      }
    }
  );

  add(
    CommandIDs.duplicate,
    {
      label: trans.__('Duplicate…'),
      caption: trans.__('Write a new environment that begins as a copy'),
      failure: trans.__('The copy cannot be written'),
      icon: duplicateIcon
    },
    ({ namespace }) =>
      store.writableNamespaces.length > 0
        ? absence(store, trans)
        : denial('environment:create', { namespace: namespace.name, name: '' }),
    async ({ name, namespace, text, description }) => {
      const { lockfileKind, withName } = await import(
        /* webpackChunkName: "documents" */ '../spec/naming'
      );
      const copy = `${name}-copy`;
      const kind = lockfileKind(text);
      await commands.execute(CommandIDs.create, {
        ...(kind
          ? { text, lockfile: { kind, name: copy, description } }
          : { text: withName(text, copy) }),
        isChanged: true,
        ...(store.allows('environment:create', namespace.name) && {
          namespace: namespace.name
        })
      });
    }
  );

  add(
    CommandIDs.copyPath,
    {
      label: trans.__('Copy Path'),
      caption: trans.__('Copy the path of the current build'),
      failure: trans.__('The path cannot be copied'),
      icon: copyIcon
    },
    notReady,
    async ({ prefix }) => Clipboard.copyToSystem(prefix ?? '')
  );

  add(
    CommandIDs.describe,
    {
      label: trans.__('Edit Description…'),
      caption: trans.__('Change what the environment says of itself'),
      failure: trans.__('The description cannot be changed'),
      icon: editIcon,
      describedBy: { args: DESCRIBE_ARGS }
    },
    ({ name, namespace }) =>
      denial('environment::update', { namespace: namespace.name, name }),
    async ({ name, namespace, description }, { description: given }) => {
      const title = trans.__('Description of %1', name);
      const { value } =
        typeof given === 'string'
          ? { value: given }
          : await InputDialog.getText({
              title,
              label: title,
              text: description
            });
      if (value !== null) {
        await store.describe(namespace.name, name, value);
      }
    }
  );
}

/** Let the focus return to the row whose menu is closed, unless a command has taken it. */
export function keepFocus(app: JupyterFrontEnd): void {
  app.contextMenu.menu.aboutToClose.connect(() =>
    // After the command that was chosen has begun.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) {
        app
          .contextMenuHitTest(node =>
            node.matches('.jp-EnvStore-row, .jp-EnvStore-queued button')
          )
          ?.focus();
      }
    })
  );
}

/** What a POSIX shell has to be told; conda is asked first, if there is one. */
function activation(prefix: string): string {
  const path = `'${prefix.replace(/'/g, "'\\''")}'`;
  return `conda activate ${path} 2>/dev/null || export CONDA_PREFIX=${path} PATH=${path}/bin:"$PATH"\r`;
}
