import * as React from 'react';

/** A table, which is scrolled in a frame of its own where there is no room for it. */
export function Table(props: {
  /** What it is a table of. */
  label: string;
  /** The names of the columns; one that is false is left out. */
  columns: readonly (string | false)[];
  /** Its rows. */
  children: React.ReactNode;
}): JSX.Element {
  const { label, columns, children } = props;
  const id = React.useId();
  return (
    <div
      className="jp-EnvStoreDetail-scroll"
      tabIndex={0}
      role="group"
      aria-labelledby={id}
    >
      <table className="jp-EnvStoreDetail-table">
        <caption id={id} className="jp-EnvStore-hidden">
          {label}
        </caption>
        <thead>
          <tr>
            {columns.map(
              name =>
                name !== false && (
                  <th key={name} scope="col">
                    {name}
                  </th>
                )
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
