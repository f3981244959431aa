import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { SpecificationTab } from '../detail/specificationTab';
import type { DraftModel } from '../model/draft';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import { addDraftCommands } from '../plugins/draftCommands';
import { editorFactory } from './editorFactory';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  settled
} from './fixtures';
import { renderWithCommands, trans } from './render';

const BASE = 'name: analysis\ndependencies:\n  - python\n  - pip\n';
const MINE = BASE.replace('python', 'python =3.12');
const THEIRS = `${BASE}  - scipy\n`;

describe('a specification that another has built meanwhile', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: EnvironmentModel;

  /** Another has asked for a build, and the browser has heard of it. */
  async function overtake(text: string, id = 2): Promise<void> {
    client.items = [environment({ text, latest_build: build({ id, text }) })];
    client.stored.push(build({ id, text }));
    await act(async () => {
      await store.environments.refresh();
      await settled();
    });
  }

  const draft = (): DraftModel => model.draft as DraftModel;

  /** What tells of it and lets one choose; null without a conflict. */
  const banner = (): HTMLElement | null =>
    screen.queryByRole('alert')?.parentElement ?? null;

  const button = (name: string): HTMLElement =>
    within(banner() as HTMLElement).getByRole('button', { name });

  const press = (name: string): Promise<void> => userEvent.click(button(name));

  /** The lines of a comparison that are not in both. */
  const differing = (name: string): (string | undefined)[] =>
    [...screen.getByRole('region', { name }).querySelectorAll('ins, del')].map(
      ({ textContent }) => textContent?.trimEnd()
    );

  /** Where something that was written would be lost, one is asked. */
  async function agree(): Promise<void> {
    await act(async () => {
      await settled();
      document.querySelector<HTMLElement>('.jp-Dialog .jp-mod-accept')?.click();
      await settled();
    });
  }

  it('keeps what was written unless one agrees that it goes', async () => {
    await overtake(THEIRS);
    await press('Take theirs');
    await act(settled);
    expect(document.querySelector('.jp-Dialog')).toHaveTextContent(
      'Discard the changes?'
    );
    expect(draft().text).toBe(MINE);
    await agree();
    expect(draft().text).toBe(THEIRS);
  });

  beforeEach(async () => {
    const text = BASE;
    client = new FakeClient();
    client.items = [environment({ text, latest_build: build({ text }) })];
    client.stored = [build({ text })];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    model = await store.open('me', 'analysis');
    await act(async () => {
      renderWithCommands(
        <SpecificationTab model={model} factory={editorFactory()} />,
        [],
        commands =>
          addDraftCommands({
            app: { commands } as JupyterFrontEnd,
            trans,
            find: () => model.draft,
            documents: null,
            settings: null,
            translator: nullTranslator,
            denial: () => null
          })
      );
      await settled();
    });
    act(() => draft().setText(MINE));
  });

  afterEach(() => {
    model.dispose();
    store.dispose();
  });

  it('is told of, in one sentence', async () => {
    expect(banner()).toBeNull();
    await overtake(THEIRS);
    // The choices and the differences are not read aloud whenever something changes.
    expect(screen.getByRole('alert')).toHaveTextContent(
      'Build 2 was asked for meanwhile, with another specification than the one that you began with.'
    );
    expect(within(screen.getByRole('alert')).queryByRole('button')).toBeNull();
    await press('Go on with mine');
    expect(banner()).toBeNull();
    expect(draft().text).toBe(MINE);
  });

  it('shows what each has changed', async () => {
    await overtake(THEIRS);
    expect(screen.queryByRole('region', { name: /changed$/ })).toBeNull();
    const show = button('Show the differences');
    expect(show).toHaveAttribute('aria-expanded', 'false');
    await userEvent.click(show);
    expect(differing('What they have changed')).toEqual(['+  - scipy']);
    expect(differing('What you have changed')).toEqual([
      '-  - python',
      '+  - python =3.12'
    ]);
    expect(show).toHaveAttribute('aria-expanded', 'true');
    await press('Hide the differences');
    expect(screen.queryByRole('region', { name: /changed$/ })).toBeNull();
  });

  it('shows what differs between both where it is not known what both began with', async () => {
    await overtake(THEIRS);
    // As it is brought back from an earlier session.
    act(
      () => void model.startDraft({ text: MINE, isChanged: true, baseId: 1 })
    );
    expect(draft().original).toBeNull();
    await press('Show the differences');
    expect(differing('Differences between theirs and mine')).toEqual([
      '-  - python',
      '+  - python =3.12',
      '-  - scipy'
    ]);
    expect(button('Take both')).toHaveAttribute('aria-disabled', 'true');
  });

  it('becomes that of both', async () => {
    await overtake(THEIRS);
    expect(button('Take both')).not.toHaveAttribute('aria-disabled');
    await press('Take both');
    expect(draft().text).toBe(`${MINE}  - scipy\n`);
    expect(draft().isDirty).toBe(true);
    expect(draft().baseId).toBe(2);
    expect(banner()).toBeNull();
  });

  it('says why it cannot become that of both', async () => {
    await overtake(BASE.replace('python', 'python =3.13'));
    const both = button('Take both');
    expect(both).toHaveAttribute('aria-disabled', 'true');
    expect(both).toHaveAccessibleDescription(
      'Both have changed the same lines.'
    );
    await userEvent.click(both);
    expect(draft().text).toBe(MINE);
    expect(draft().conflict).not.toBeNull();
    // What one writes may settle it.
    act(() => draft().setText(`# mine\n${BASE}`));
    expect(both).not.toHaveAttribute('aria-disabled');
  });

  it.each(['Go on with mine', 'Take theirs', 'Take both'])(
    'leaves the focus to the editor: %s',
    async name => {
      await overtake(THEIRS);
      act(() => button(name).focus());
      await userEvent.keyboard('{Enter}');
      await agree();
      expect(banner()).toBeNull();
      expect(screen.getByRole('radio', { name: 'Form' })).toHaveFocus();
    }
  );

  it('leaves the focus to the editor when the conflict goes by itself', async () => {
    await overtake(THEIRS);
    act(() => button('Show the differences').focus());
    // The other has taken it back, so to speak.
    await overtake(MINE, 3);
    expect(banner()).toBeNull();
    expect(screen.getByRole('radio', { name: 'Form' })).toHaveFocus();
  });

  it('leaves the focus where it is when that was elsewhere', async () => {
    await overtake(THEIRS);
    act(() => button('Take theirs').focus());
    const elsewhere = screen.getByRole('radio', { name: 'YAML' });
    act(() => elsewhere.focus());
    await overtake(MINE, 3);
    expect(banner()).toBeNull();
    expect(elsewhere).toHaveFocus();
  });

  it('is told of where the server has refused to build it', async () => {
    client.items = [
      environment({ text: THEIRS, latest_build: build({ id: 2 }) })
    ];
    await act(() => draft().submit());
    expect(client.calls).toContain('submit based on 1');
    expect(banner()).toHaveTextContent(/^Build 2 was asked for meanwhile/);
    await press('Take both');
    await act(() => draft().submit());
    expect(client.calls).toContain('submit based on 2');
    expect(client.stored.at(-1)?.text).toBe(`${MINE}  - scipy\n`);
  });
});
