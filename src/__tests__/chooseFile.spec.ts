import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { chooseFile } from '../places/chooseFile';

describe('the dialog that asks for a file', () => {
  it("speaks the user's language, and gives the file that was chosen", async () => {
    const chosen = { type: 'file', path: 'work/env.yml' } as Contents.IModel;
    const opened = jest
      .spyOn(FileDialog, 'getOpenFiles')
      .mockResolvedValue({ value: [chosen] } as never);
    const path = await chooseFile(
      {} as IDocumentManager,
      nullTranslator.load(''),
      nullTranslator
    );
    expect(path).toBe('work/env.yml');
    expect(opened.mock.lastCall?.[0].translator).toBe(nullTranslator);
    opened.mockRestore();
  });
});
