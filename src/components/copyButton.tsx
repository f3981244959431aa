import { Clipboard } from '@jupyterlab/apputils';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { useTrans } from './context';

/** Milliseconds that one is told that something was copied. */
const SHOWN = 3000;

/** Copies texts, and says each time that it did. */
export function useCopy(): {
  copy: (text: string) => void;
  isCopied: boolean;
  /** Belongs into the page, for those who cannot see it. */
  said: JSX.Element;
} {
  const trans = useTrans();
  const [count, setCount] = React.useState(0);
  const [isCopied, setCopied] = React.useState(false);
  React.useEffect(() => {
    const timer = setTimeout(() => setCopied(false), SHOWN);
    return () => clearTimeout(timer);
  }, [count]);
  return {
    copy: text => {
      Clipboard.copyToSystem(text);
      setCount(count + 1);
      setCopied(true);
    },
    isCopied,
    said: (
      <span className="jp-EnvStore-hidden" role="status">
        {/* What stays the same is not said again. */}
        {isCopied && <span key={count}>{trans.__('Copied')}</span>}
      </span>
    )
  };
}

/** Copies a text, and says that it did. */
export function CopyButton(props: {
  /** The text, or what makes it when it is copied. */
  text: string | (() => string);
  /** What the text is, for those who cannot see what the button stands beside. */
  label: string;
}): JSX.Element {
  const trans = useTrans();
  const { text, label } = props;
  const { copy, isCopied, said } = useCopy();
  const Icon = isCopied ? checkIcon : copyIcon;
  return (
    <>
      <button
        type="button"
        className="jp-EnvStore-iconButton"
        title={isCopied ? trans.__('Copied') : label}
        aria-label={label}
        onClick={() => copy(typeof text === 'string' ? text : text())}
      >
        <Icon.react tag="span" stylesheet="menuItem" aria-hidden="true" />
      </button>
      {said}
    </>
  );
}
