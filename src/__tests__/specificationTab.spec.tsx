import { EditorView } from '@codemirror/view';
import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { SpecificationTab } from '../detail/specificationTab';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import { editorFactory } from './editorFactory';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  problem,
  settled
} from './fixtures';
import { renderWithCommands } from './render';

const TEXT = 'name: analysis\ndependencies:\n  - python\n  - nunpy\n';

describe('the lockfile that a build was asked for with', () => {
  it('is shown, and can be built again under another description', async () => {
    const text = '@EXPLICIT\nhttps://host/numpy-2-0.conda\n';
    const latest = build({ text, locked: true });
    const client = new FakeClient();
    client.items = [
      environment({ latest_build: latest, text, description: 'Arrays' })
    ];
    client.stored = [latest];
    const store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    const model = await store.open('me', 'analysis');
    const submit = jest.spyOn(store, 'submit');
    await act(async () => {
      renderWithCommands(
        <SpecificationTab model={model} factory={editorFactory()} />
      );
      await settled();
    });
    screen.getByRole('heading', { name: 'Lockfile (explicit)' });
    expect(screen.queryByRole('radio', { name: 'Form' })).toBeNull();
    const description = screen.getByRole('textbox', { name: 'Description' });
    expect(description).toHaveValue('Arrays');
    expect(model.draft?.isDirty).toBe(false);
    await userEvent.type(description, '!');
    expect(model.draft?.isDirty).toBe(true);
    const discard = screen.getByRole('button', { name: CommandIDs.discard });
    discard.focus();
    act(() => model.draft?.revert());
    expect(discard).toHaveFocus();
    expect(description).toHaveValue('Arrays');
    expect(model.draft?.isDirty).toBe(false);
    await act(async () => model.draft?.submit());
    const lockfile = {
      kind: 'explicit',
      name: 'analysis',
      description: 'Arrays'
    };
    expect(submit.mock.calls[0]?.slice(0, 3)).toEqual([text, 'me', lockfile]);
    model.dispose();
    store.dispose();
  });
});

describe('the specification of a build that failed', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: EnvironmentModel;

  beforeEach(async () => {
    const failed = build({
      status: 'FAILED',
      text: TEXT,
      failure: {
        kind: 'missing-package',
        message: 'No channel has nunpy.',
        hint: null,
        explanation: null,
        problems: [
          problem({
            message: 'No channel has nunpy.',
            place: 'dependencies[1]',
            line: 4,
            column: 5,
            end_line: 4,
            end_column: 10
          })
        ],
        suggestions: []
      }
    });
    client = new FakeClient();
    client.items = [environment({ latest_build: failed, text: TEXT })];
    client.stored = [failed];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    model = await store.open('me', 'analysis');
    await act(async () => {
      renderWithCommands(
        <SpecificationTab model={model} factory={editorFactory()} />
      );
      await settled();
    });
  });

  afterEach(async () => {
    // The next document begins with the view that was chosen last.
    await userEvent.click(screen.getByRole('radio', { name: 'Form' }));
    model.dispose();
    store.dispose();
  });

  it('has the line at fault marked, until it is changed', async () => {
    expect(screen.getAllByText(/No channel has nunpy/)).toHaveLength(1);
    await userEvent.click(screen.getByRole('radio', { name: 'YAML' }));
    const editor = EditorView.findFromDOM(
      screen.getByRole('textbox', { name: 'Specification of analysis' })
    );
    const marked = editor?.dom.querySelector('.cm-lintRange-error');
    expect(marked).toHaveTextContent(/^nunpy$/);
    expect(marked).toHaveAttribute('title', 'No channel has nunpy.');
    act(() => model.draft?.setText(TEXT.replace('nunpy', 'numpy')));
    expect(model.draft?.problems).toEqual([]);
    expect(screen.queryByText(/No channel has nunpy/)).toBeNull();
  });

  it('can be built again as it is', () => {
    expect(model.draft?.problems).toHaveLength(1);
    expect(model.draft?.canBuild).toBe(true);
  });
});
