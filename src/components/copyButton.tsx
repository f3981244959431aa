import { Clipboard } from '@jupyterlab/apputils';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { useTrans } from './context';

/** Copies a text, and says that it did. */
export function CopyButton(props: {
  /** The text, or what makes it when it is copied. */
  text: string | (() => string);
  /** What the text is, for those who cannot see what the button stands beside. */
  label: string;
}): JSX.Element {
  const trans = useTrans();
  const { text, label } = props;
  const shown = typeof text === 'string' ? text : label;
  const [copied, setCopied] = React.useState<string | null>(null);
  const isCopied = copied === shown;
  const Icon = isCopied ? checkIcon : copyIcon;
  return (
    <>
      <button
        type="button"
        className="jp-EnvStore-iconButton"
        title={isCopied ? trans.__('Copied') : label}
        aria-label={label}
        onClick={() => {
          Clipboard.copyToSystem(typeof text === 'string' ? text : text());
          setCopied(shown);
        }}
      >
        <Icon.react tag="span" stylesheet="menuItem" aria-hidden="true" />
      </button>
      <span className="jp-EnvStore-hidden" role="status">
        {isCopied && trans.__('Copied')}
      </span>
    </>
  );
}
