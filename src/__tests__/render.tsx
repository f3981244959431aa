import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { RenderResult } from '@testing-library/react';
import { render } from '@testing-library/react';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { UserInterfaceProvider } from '../components/context';

/** A command that was run, with its arguments. */
export type Run = [string, ReadonlyPartialJSONObject];

/** Render inside what every component may use; `runs` fills with the commands run. */
export function renderWithCommands(
  element: JSX.Element,
  runs: Run[] = []
): RenderResult {
  const commands = new CommandRegistry();
  for (const id of Object.values(CommandIDs)) {
    commands.addCommand(id, {
      label: id,
      describedBy: { args: {} },
      execute: args => void runs.push([id, args])
    });
  }
  const trans = nullTranslator.load('jupyter_envstore');
  return render(
    <UserInterfaceProvider value={{ trans, commands }}>
      {element}
    </UserInterfaceProvider>
  );
}
