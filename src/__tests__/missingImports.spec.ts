import { Notification } from '@jupyterlab/apputils';
import type { KernelMessage } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { CommandIDs } from '../commandIds';
import { NotebookKernel } from '../model/notebookKernel';
import { EnvStore } from '../model/store';
import { watchImports } from '../places/missingImports';
import {
  environment,
  FakeClient,
  FakeStream,
  kernel,
  settled
} from './fixtures';

describe('watchImports', () => {
  const source = {};
  let messages: Signal<unknown, KernelMessage.IMessage>;
  let model: NotebookKernel;
  let store: EnvStore;
  let asked: string[];
  let edits: unknown[];
  let isAllowed: boolean;

  async function fails(evalue: string): Promise<void> {
    const message = { header: { msg_type: 'error' }, content: { evalue } };
    messages.emit(message as KernelMessage.IMessage);
    await settled();
  }

  function offers(): string[] {
    return Notification.manager.notifications.map(({ message }) => message);
  }

  beforeEach(async () => {
    const client = new FakeClient();
    client.items = [environment({ kernels: [kernel()] })];
    client.running.push({
      kernel_id: 'first',
      name: kernel().name,
      namespace: 'me',
      environment: 'analysis',
      build_id: 1
    });
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    const context = {
      session: { kernel: { id: 'first', name: kernel().name } }
    };
    model = new NotebookKernel({
      context: { ...context, kernelChanged: new Signal(context) },
      store
    });
    await settled();
    messages = new Signal<unknown, KernelMessage.IMessage>(source);
    asked = [];
    edits = [];
    isAllowed = true;
    const commands = new CommandRegistry();
    commands.addCommand(CommandIDs.edit, {
      describedBy: { args: {} },
      isEnabled: () => isAllowed,
      execute: args => void edits.push(args)
    });
    watchImports({
      messages,
      model,
      channelsWith: async name => {
        asked.push(name);
        return name === 'mine' ? [] : ['conda-forge'];
      },
      userInterface: { commands, trans: nullTranslator.load('') }
    });
  });

  afterEach(() => {
    Notification.dismiss();
    model.dispose();
    store.dispose();
  });

  it('offers the package of a module once, and writes it into the specification', async () => {
    await fails("No module named 'sklearn.svm'");
    await fails("No module named 'sklearn'");
    expect(offers()).toEqual(['analysis has no package scikit-learn.']);
    const [notice] = Notification.manager.notifications;
    notice?.options.actions?.[0]?.callback(new MouseEvent('click'));
    expect(edits).toEqual([
      { namespace: 'me', name: 'analysis', dependency: 'scikit-learn' }
    ]);
  });

  it('knows what R says', async () => {
    await fails(
      'Error in library(Matrix): there is no package called ‘Matrix’'
    );
    expect(offers()).toEqual(['analysis has no package r-matrix.']);
  });

  it('says nothing of what no channel has, or of other errors', async () => {
    await fails("No module named 'mine'");
    expect(asked).toEqual(['mine']);
    await fails('division by zero');
    expect(offers()).toEqual([]);
  });

  it('says nothing to those who may not build, or of other kernels', async () => {
    isAllowed = false;
    await fails("No module named 'numpy'");
    isAllowed = true;
    model.dispose();
    await fails("No module named 'pandas'");
    expect(asked).toEqual([]);
  });
});
