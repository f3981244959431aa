import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';
import type { Attempt } from './failures';
import { loadWorkbench } from './front';

/** Add the command that opens a document of which there is one, and bring it back after a reload. */
export function addSingleDocument(options: {
  app: JupyterFrontEnd;
  restorer: ILayoutRestorer | null;
  id: string;
  /** What the layout knows the document by. */
  name: string;
  texts: Pick<
    CommandRegistry.ICommandOptions,
    'label' | 'caption' | 'icon' | 'isEnabled'
  >;
  /** The title of the message that it cannot be opened. */
  failure: string;
  attempt: Attempt;
  make: () => Promise<Widget>;
}): void {
  const { app, restorer, id, name, texts, failure, attempt, make } = options;
  const { commands } = app;
  const tracker = new WidgetTracker({ namespace: `envstore-${name}` });
  let making: Promise<Widget> | null = null;
  commands.addCommand(id, {
    ...texts,
    icon: args => (args.isPalette ? undefined : texts.icon) as undefined,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: args =>
      attempt(failure, async () => {
        const workbench = await loadWorkbench(app);
        if (workbench.isOpenedElsewhere(id, args)) {
          return;
        }
        let document = tracker.find(() => true);
        if (!document) {
          // Who asks twice gets one.
          making ??= make();
          document = await making.finally(() => (making = null));
          if (!tracker.has(document)) {
            await tracker.add(document);
          }
        }
        workbench.show(document, name);
      })
  });
  void restorer?.restore(tracker, { command: id, name: () => name });
}
