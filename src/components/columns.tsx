import * as React from 'react';

/** The head of a table; a column that is false is left out. */
export function Columns(props: {
  names: readonly (string | false)[];
}): JSX.Element {
  return (
    <thead>
      <tr>
        {props.names.map(
          name =>
            name !== false && (
              <th key={name} scope="col">
                {name}
              </th>
            )
        )}
      </tr>
    </thead>
  );
}
