import { MenuSvg } from '@jupyterlab/ui-components';
import type { Menu } from '@lumino/widgets';
import * as React from 'react';
import { useUserInterface } from './context';

/** A button that opens a menu of commands below itself. */
export function MenuButton(props: {
  className: string;
  title: string;
  /** Of a button whose label is a sign. */
  name?: string;
  /** Asked for when the button is pressed. */
  items: () => readonly Menu.IItemOptions[];
  children: React.ReactNode;
}): JSX.Element {
  const { commands } = useUserInterface();
  const { className, title, name, items, children } = props;
  const [isOpen, setOpen] = React.useState(false);
  const open = ({ currentTarget }: React.MouseEvent): void => {
    const menu = new MenuSvg({ commands });
    items().forEach(item => menu.addItem(item));
    const { left, bottom } = currentTarget.getBoundingClientRect();
    menu.aboutToClose.connect(() => {
      setOpen(false);
      // After the command that was chosen has begun.
      requestAnimationFrame(() => menu.dispose());
    });
    menu.open(left, bottom);
    setOpen(true);
  };
  return (
    <button
      type="button"
      className={className}
      aria-haspopup="menu"
      aria-expanded={isOpen}
      aria-label={name}
      title={title}
      onClick={open}
    >
      {children}
    </button>
  );
}
