import type { CommandRegistry } from '@lumino/commands';
import type { Menu } from '@lumino/widgets';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { MenuButton } from '../components/menuButton';
import type { Run } from './render';
import { renderWithCommands } from './render';

const TARGET = { namespace: 'me', name: 'analysis' };

describe('a button that opens a menu', () => {
  let runs: Run[];
  let items: Menu.IItemOptions[];
  let asked: number;

  function show(provide?: (commands: CommandRegistry) => void): HTMLElement {
    renderWithCommands(
      <MenuButton
        className="jp-EnvStore-button"
        name="More actions on analysis"
        title="More actions"
        items={() => {
          asked += 1;
          return items;
        }}
      >
        ⋯
      </MenuButton>,
      runs,
      provide
    );
    return screen.getByRole('button', { name: 'More actions on analysis' });
  }

  const press = (key: string, keyCode: number): void => {
    const menu = document.querySelector('.lm-Menu');
    act(() => void fireEvent.keyDown(menu as Element, { key, keyCode }));
  };

  const names = (): (string | null)[] =>
    [...document.querySelectorAll('.lm-Menu-itemLabel')].map(
      ({ textContent }) => textContent
    );

  beforeEach(() => {
    runs = [];
    asked = 0;
    items = [
      { command: CommandIDs.copyLink, args: TARGET },
      { type: 'separator' },
      { command: CommandIDs.edit, args: TARGET }
    ];
  });

  afterEach(() => {
    if (document.querySelector('.lm-Menu')) {
      press('Escape', 27);
    }
  });

  it('tells what it is, and asks for nothing before it is pressed', () => {
    const button = show();
    expect(button).toHaveAttribute('aria-haspopup', 'menu');
    expect(button).toHaveAttribute('aria-expanded', 'false');
    expect(button).toHaveAttribute('title', 'More actions');
    expect(button).toHaveTextContent('⋯');
    expect(asked).toBe(0);
    expect(document.querySelector('.lm-Menu')).toBeNull();
  });

  it('runs what is chosen, with its arguments, and is closed then', async () => {
    const button = show();
    await userEvent.click(button);
    expect(button).toHaveAttribute('aria-expanded', 'true');
    await waitFor(() =>
      expect(names()).toEqual([CommandIDs.copyLink, '', CommandIDs.edit])
    );
    press('ArrowDown', 40);
    press('ArrowDown', 40);
    press('Enter', 13);
    expect(runs).toEqual([[CommandIDs.edit, TARGET]]);
    expect(button).toHaveAttribute('aria-expanded', 'false');
    await waitFor(() => expect(document.querySelector('.lm-Menu')).toBeNull());
  });

  it('does nothing where the menu is left', async () => {
    const button = show();
    await userEvent.click(button);
    press('Escape', 27);
    expect(button).toHaveAttribute('aria-expanded', 'false');
    expect(document.querySelector('.lm-Menu')).toBeNull();
    expect(runs).toEqual([]);
  });

  it('has the focus again where the menu is left', async () => {
    const button = show();
    await userEvent.click(button);
    press('ArrowDown', 40);
    press('Escape', 27);
    await waitFor(() => expect(button).toHaveFocus());
  });

  it('leaves the focus to what a command opens', async () => {
    const opened = document.body.appendChild(document.createElement('input'));
    const button = show(commands =>
      commands.addCommand(CommandIDs.copyLink, {
        describedBy: { args: {} },
        execute: () => opened.focus()
      })
    );
    await userEvent.click(button);
    press('ArrowDown', 40);
    press('Enter', 13);
    await new Promise(resolve => requestAnimationFrame(resolve));
    expect(opened).toHaveFocus();
    opened.remove();
  });

  it('has what there is when it is pressed', async () => {
    const button = show();
    await userEvent.click(button);
    press('Escape', 27);
    items = [{ command: CommandIDs.open, args: TARGET }];
    await userEvent.click(button);
    await waitFor(() => expect(names()).toEqual([CommandIDs.open]));
    expect(asked).toBe(2);
  });

  it('disables what a command does not do now, and hides what it never does', async () => {
    items = [
      { command: CommandIDs.copyPath, args: TARGET },
      { command: CommandIDs.newConsole, args: TARGET }
    ];
    const button = show(commands => {
      const options = { describedBy: { args: {} }, execute: () => undefined };
      commands.addCommand(CommandIDs.copyPath, {
        ...options,
        label: 'Copy Path',
        caption: 'No build of it is ready.',
        isEnabled: () => false
      });
      commands.addCommand(CommandIDs.newConsole, {
        ...options,
        label: 'New Console',
        caption: 'Open a console',
        isVisible: () => false
      });
    });
    await userEvent.click(button);
    await waitFor(() => expect(names()).toContain('Copy Path'));
    const [first, second] = document.querySelectorAll('.lm-Menu-item');
    expect(first).toHaveClass('lm-mod-disabled');
    expect(first).toHaveAttribute('aria-disabled', 'true');
    expect(first).toHaveAttribute('title', 'No build of it is ready.');
    expect(first).toHaveAttribute(
      'aria-description',
      'No build of it is ready.'
    );
    expect(second).not.toHaveAttribute('title');
    expect(second).toHaveClass('lm-mod-hidden');
  });
});
