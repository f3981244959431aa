import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';
import type { Attempt } from './failures';
import { loadWorkbench } from './front';

/** A document of which there is one. */
export interface ISingleDocument<T> {
  /** What it shows; null while it is not open. */
  model: () => T | null;
  /** Open it, unless the user may not: null then, and where it opens in another browser tab. */
  open: () => Promise<T | null>;
}

/** Add the command that opens a document of which there is one, and bring it back after a reload. */
export function addSingleDocument<T>(options: {
  app: JupyterFrontEnd;
  restorer: ILayoutRestorer | null;
  id: string;
  /** What the layout knows the document by. */
  name: string;
  texts: Pick<
    CommandRegistry.ICommandOptions,
    'label' | 'caption' | 'icon' | 'isEnabled' | 'describedBy'
  >;
  /** The title of the message that it cannot be opened. */
  failure: string;
  attempt: Attempt;
  /** What else the arguments of the command ask for. */
  adjust?: (model: T, args: ReadonlyPartialJSONObject) => void;
  make: () => Promise<Widget & { readonly model: T }>;
  /** Resolves when it is known what the user may do. */
  loaded: Promise<void>;
}): ISingleDocument<T> {
  const { app, restorer, id, name, texts, failure, attempt, make, loaded } =
    options;
  const { commands } = app;
  const tracker = new WidgetTracker<Widget & { readonly model: T }>({
    namespace: `envstore-${name}`
  });
  const model = (): T | null => tracker.find(() => true)?.model ?? null;
  let making: ReturnType<typeof make> | null = null;
  const open = async (): Promise<T | null> => {
    const workbench = await loadWorkbench(app);
    // A link and a layout ask for it, whoever may see it.
    if (!commands.isEnabled(id) || workbench.isOpenedElsewhere(id, {})) {
      return null;
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
    const { model: shown } = document;
    // A layout is restored before it is known who may see it.
    void loaded.then(() => commands.isEnabled(id) || document?.dispose());
    return shown;
  };
  commands.addCommand(id, {
    describedBy: { args: { type: 'object', properties: {} } },
    ...texts,
    icon: args => (args.isPalette ? undefined : texts.icon) as undefined,
    execute: async args => {
      const shown = await attempt(failure, open);
      if (shown) {
        options.adjust?.(shown, args);
      }
    }
  });
  void restorer?.restore(tracker, { command: id, name: () => name });
  return { model, open };
}
