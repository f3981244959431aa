import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import type { RenderResult } from '@testing-library/react';
import { act, render } from '@testing-library/react';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { UserInterfaceProvider } from '../components/context';

/** A command that was run, with its arguments. */
export type Run = [string, ReadonlyPartialJSONObject];

/** The texts of the extension, as they are written. */
export const trans = nullTranslator.load('jupyter_envstore');

/** An application whose main area is the page. */
export class Page {
  constructor(readonly commands = new CommandRegistry()) {}

  /** The documents that were opened. */
  readonly documents: Widget[] = [];

  readonly shell = {
    currentWidget: null as Widget | null,
    add: (widget: Widget) => {
      this.documents.push(widget);
      act(() => Widget.attach(widget, document.body));
    },
    activateById: () => undefined
  };

  readonly app = {
    commands: this.commands,
    shell: this.shell,
    contextMenuHitTest: () => undefined
  } as unknown as JupyterFrontEnd;

  /** Run a command to its end, and draw what became of it. */
  async run(id: string, args: ReadonlyPartialJSONObject = {}): Promise<void> {
    await act(async () => {
      await this.commands.execute(id, args);
    });
  }

  close(): void {
    act(() => this.documents.forEach(document => document.dispose()));
  }
}

/**
 * Render inside what every component may use; `runs` fills with the commands run, except
 * those that are provided.
 */
export function renderWithCommands(
  element: JSX.Element,
  runs: Run[] = [],
  provide: (commands: CommandRegistry) => void = () => undefined
): RenderResult {
  const commands = new CommandRegistry();
  provide(commands);
  for (const id of Object.values(CommandIDs)) {
    if (!commands.hasCommand(id)) {
      commands.addCommand(id, {
        label: id,
        describedBy: { args: {} },
        execute: args => void runs.push([id, args])
      });
    }
  }
  return render(
    <UserInterfaceProvider value={{ trans, commands }}>
      {element}
    </UserInterfaceProvider>
  );
}
