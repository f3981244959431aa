import { Notification } from '@jupyterlab/apputils';
import type { KernelMessage } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';
import { CommandIDs } from '../commandIds';
import type { IUserInterface } from '../components/context';
import type { NotebookKernel } from '../model/notebookKernel';

/** What Python and R say of something that is not installed. */
const MISSING = [
  /^No module named '(\w+)/,
  /there is no package called [‘'](\S+)[’']/
];

/** Packages that are called otherwise than what is imported. */
const PACKAGES: { [module: string]: string } = {
  bs4: 'beautifulsoup4',
  cv2: 'opencv',
  dateutil: 'python-dateutil',
  dotenv: 'python-dotenv',
  PIL: 'pillow',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  yaml: 'pyyaml'
};

/**
 * When a cell cannot import something that a channel has, offers to add the package to the
 * environment of the notebook: once for each, and nothing is built before somebody says so.
 */
export function watchImports(options: {
  messages: ISignal<unknown, KernelMessage.IMessage>;
  model: NotebookKernel;
  channelsWith: (name: string) => Promise<readonly string[]>;
  userInterface: IUserInterface;
}): void {
  const { messages, model, channelsWith, userInterface } = options;
  const { commands, trans } = userInterface;
  const told = new Set<string>();

  const offer = async (candidates: string[]): Promise<void> => {
    const { running } = model;
    if (running === null) {
      return;
    }
    const { namespace, environment: name } = running;
    for (const dependency of candidates) {
      const args = { namespace, name, dependency };
      // Modules of the user's own are in no channel.
      if (
        commands.isEnabled(CommandIDs.edit, args) &&
        (await channelsWith(dependency)).length > 0
      ) {
        Notification.info(trans.__('%1 has no package %2.', name, dependency), {
          autoClose: 15_000,
          actions: [
            {
              label: trans.__('Add to Specification'),
              displayType: 'accent',
              callback: () => void commands.execute(CommandIDs.edit, args)
            }
          ]
        });
        return;
      }
    }
  };

  messages.connect((_, { header, content }) => {
    if (header.msg_type !== 'error') {
      return;
    }
    const { evalue } = content as KernelMessage.IErrorMsg['content'];
    const [python, r] = MISSING.map(said => said.exec(evalue)?.[1]);
    const wanted = python ?? r;
    if (wanted === undefined || told.has(wanted)) {
      return;
    }
    told.add(wanted);
    const known = PACKAGES[wanted] ?? wanted;
    void offer(
      r === undefined
        ? [...new Set([known, known.toLowerCase().replace(/_/g, '-')])]
        : [`r-${r.toLowerCase()}`]
    ).catch(() => undefined);
  }, model);
}
