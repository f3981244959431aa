import * as React from 'react';

/** Lets a file be dropped on an element. */
export function useFileDrop(onFile: (file: File) => void): {
  isOver: boolean;
  handlers: Pick<
    React.DOMAttributes<HTMLElement>,
    'onDragEnter' | 'onDragOver' | 'onDragLeave' | 'onDrop'
  >;
} {
  const [isOver, setOver] = React.useState(false);
  const hasFiles = (event: React.DragEvent): boolean =>
    event.dataTransfer.types.includes('Files');
  const accept = (event: React.DragEvent): void => {
    if (hasFiles(event)) {
      event.preventDefault();
      event.stopPropagation();
      setOver(true);
    }
  };
  return {
    isOver,
    handlers: {
      onDragEnter: accept,
      onDragOver: accept,
      onDragLeave: event => {
        const to = event.relatedTarget as Node | null;
        if (!event.currentTarget.contains(to)) {
          setOver(false);
        }
      },
      onDrop: event => {
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file) {
          event.preventDefault();
          event.stopPropagation();
          onFile(file);
        }
      }
    }
  };
}
