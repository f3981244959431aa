import * as React from 'react';

/** A part of a page, named by its heading. */
export function Section(props: {
  title: string;
  children: React.ReactNode;
}): JSX.Element {
  const { title, children } = props;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
