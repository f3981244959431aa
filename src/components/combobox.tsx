import * as React from 'react';

/** Something that can be chosen. */
export interface IOption {
  /** Tells it from the others. */
  id: string;
  /** What is shown of it; it begins with what it is. */
  content: React.ReactNode;
  isDisabled?: boolean;
}

export interface IOptionGroup {
  /** Empty for options that need no heading. */
  label: string;
  options: readonly IOption[];
}

/**
 * A text field that offers what could be meant, by the ARIA pattern of an editable
 * combobox.
 *
 * Down and Up go through what is offered, Enter takes it, Escape closes the list and
 * then puts back what the field had when it got the focus, or empties it with
 * `isEmptied`. With `isFirstTaken`, Enter takes the first of what is offered while
 * nothing was pointed at; else it does nothing then.
 */
export function Combobox(props: {
  /** Begins the ids of nodes: nothing else of the page has it. */
  id: string;
  label: string;
  value: string;
  placeholder?: string;
  /** Whether the label is for screen readers alone. */
  isLabelHidden?: boolean;
  groups: readonly IOptionGroup[];
  /** What there is to say of the list: that it is searched for, or why it is empty. */
  status: string;
  isFirstTaken?: boolean;
  isEmptied?: boolean;
  describedBy?: string | undefined;
  isInvalid?: boolean | undefined;
  onInput: (value: string) => void;
  onChoose: (id: string) => void;
  onFocus?: () => void;
  onBlur?: () => void;
}): JSX.Element {
  const { id, label, value, groups, status, onInput, onChoose } = props;
  const [isOpen, setOpen] = React.useState(false);
  const [pointed, setPointed] = React.useState<string | null>(null);
  const before = React.useRef('');
  const options = groups
    .flatMap(group => group.options)
    .filter(option => !option.isDisabled);
  const active =
    options.find(option => option.id === pointed) ??
    (props.isFirstTaken ? options[0] : undefined) ??
    null;
  const isShown = isOpen && (options.length > 0 || status !== '');
  const domId = (option: IOption): string => `${id}-option-${option.id}`;

  const point = (option: IOption | undefined): void => {
    if (option) {
      setPointed(option.id);
      document
        .getElementById(domId(option))
        ?.scrollIntoView({ block: 'nearest' });
    }
  };
  const choose = (option: IOption): void => {
    setPointed(null);
    setOpen(false);
    onChoose(option.id);
  };
  const step = (by: 1 | -1): void => {
    if (!isOpen) {
      setOpen(true);
      return;
    }
    const at = active ? options.indexOf(active) : by === 1 ? -1 : 0;
    point(options[(at + by + options.length) % options.length]);
  };

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      step(event.key === 'ArrowDown' ? 1 : -1);
    } else if (
      event.key === 'Enter' &&
      active &&
      // In an empty field only what was pointed at is meant.
      (value.trim() !== '' || active.id === pointed)
    ) {
      choose(active);
    } else if (
      event.key === 'Escape' &&
      (isShown || value !== before.current)
    ) {
      if (!isShown) {
        onInput(before.current);
      }
      setOpen(false);
      setPointed(null);
    } else {
      return;
    }
    // Nothing around it does anything with these keys meanwhile.
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      className="jp-EnvStore-combobox"
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          setOpen(false);
          setPointed(null);
          props.onBlur?.();
        }
      }}
    >
      <label
        htmlFor={id}
        className={props.isLabelHidden ? 'jp-EnvStore-hidden' : undefined}
      >
        {label}
      </label>
      <input
        id={id}
        type="text"
        role="combobox"
        className="jp-EnvStore-input"
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-activedescendant={isShown && active ? domId(active) : undefined}
        aria-describedby={props.describedBy}
        aria-invalid={props.isInvalid || undefined}
        placeholder={props.placeholder}
        value={value}
        onFocus={() => {
          before.current = props.isEmptied ? '' : value;
          props.onFocus?.();
        }}
        onClick={() => setOpen(true)}
        onChange={event => {
          setOpen(true);
          setPointed(null);
          onInput(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        className="jp-EnvStore-popup"
        hidden={!isShown}
        // The field keeps the focus while the mouse chooses.
        onMouseDown={event => event.preventDefault()}
      >
        <div id={`${id}-list`} role="listbox" aria-label={label}>
          {groups.map(group => (
            <div
              key={group.label}
              role="group"
              aria-label={group.label || label}
              className="jp-EnvStore-optionGroup"
            >
              {group.label && (
                <div role="presentation" className="jp-EnvStore-optionHeading">
                  {group.label}
                </div>
              )}
              {group.options.map(option => (
                <div
                  key={option.id}
                  id={domId(option)}
                  role="option"
                  className="jp-EnvStore-option"
                  aria-selected={option === active}
                  aria-disabled={option.isDisabled || undefined}
                  onClick={() => {
                    if (!option.isDisabled) {
                      choose(option);
                    }
                  }}
                >
                  {option.content}
                </div>
              ))}
            </div>
          ))}
        </div>
        {isShown && status && (
          <div className="jp-EnvStore-listStatus" aria-hidden="true">
            {status}
          </div>
        )}
      </div>
      <span className="jp-EnvStore-hidden" role="status">
        {isShown ? status : ''}
      </span>
    </div>
  );
}
