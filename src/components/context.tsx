import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';
import { writeAs } from './format';

/** What every component may use. */
export interface IUserInterface {
  trans: TranslationBundle;
  commands: CommandRegistry;
}

const Context = React.createContext<IUserInterface | null>(null);

export function UserInterfaceProvider(props: {
  value: IUserInterface;
  children: React.ReactNode;
}): JSX.Element {
  writeAs(props.value.trans);
  return (
    <Context.Provider value={props.value}>{props.children}</Context.Provider>
  );
}

export function useUserInterface(): IUserInterface {
  const value = React.useContext(Context);
  if (value === null) {
    throw new Error('The component is not inside a UserInterfaceProvider.');
  }
  return value;
}

export function useTrans(): TranslationBundle {
  return useUserInterface().trans;
}
