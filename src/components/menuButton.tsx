import { MenuSvg } from '@jupyterlab/ui-components';
import type { Menu } from '@lumino/widgets';
import * as React from 'react';
import { useUserInterface } from './context';

/** Says why an item does nothing: its command's caption does. */
class Renderer extends MenuSvg.Renderer {
  override createItemARIA(
    data: Menu.IRenderData
  ): ReturnType<Menu.Renderer['createItemARIA']> {
    const { caption, isEnabled } = data.item;
    const reason = !isEnabled && {
      title: caption,
      'aria-description': caption
    };
    return { ...super.createItemARIA(data), ...reason };
  }
}

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
    const button = currentTarget as HTMLElement;
    const menu = new MenuSvg({ commands, renderer: new Renderer() });
    items().forEach(item => menu.addItem(item));
    const { left, bottom } = button.getBoundingClientRect();
    menu.aboutToClose.connect(() => {
      setOpen(false);
      // After the command that was chosen has begun.
      requestAnimationFrame(() => {
        menu.dispose();
        // The focus was in the menu, unless the command has taken it.
        if (document.activeElement === document.body) {
          button.focus();
        }
      });
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
