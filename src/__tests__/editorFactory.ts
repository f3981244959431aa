import {
  CodeMirrorEditorFactory,
  EditorExtensionRegistry,
  ybinding
} from '@jupyterlab/codemirror';
import type { YFile } from '@jupyter/ydoc';

/** An editor factory with what JupyterLab's own plugins add to it. */
export function editorFactory(): CodeMirrorEditorFactory {
  const extensions = new EditorExtensionRegistry();
  for (const extension of EditorExtensionRegistry.getDefaultExtensions()) {
    extensions.addExtension(extension);
  }
  extensions.addExtension({
    name: 'shared-model',
    factory: ({ model: { sharedModel } }) => {
      const { ysource: ytext, undoManager } = sharedModel as YFile;
      return EditorExtensionRegistry.createImmutableExtension(
        ybinding({ ytext, undoManager: undoManager ?? undefined })
      );
    }
  });
  return new CodeMirrorEditorFactory({ extensions });
}
