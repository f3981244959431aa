import { act, screen } from '@testing-library/react';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as React from 'react';
import { LogEnd } from '../detail/logEnd';
import { LogModel } from '../model/log';
import { FakeClient, settled } from './fixtures';
import { renderWithCommands } from './render';

const SHARED = join(__dirname, '..', '..', 'style', 'shared.css');

// What a solver explains is folded the same way: see the preview of a build.
describe('what folds the details of a failure', () => {
  it('is high enough, and shows that it has the focus', async () => {
    const client = new FakeClient();
    client.logText = 'It ends here.\n';
    const log = new LogModel({ client, buildId: 1, isActive: () => false });
    await act(async () => {
      renderWithCommands(<LogEnd log={log} />);
      await settled();
    });
    expect(await screen.findByText('The last lines of the log')).toHaveClass(
      'jp-EnvStore-foldName'
    );
    const text = readFileSync(SHARED, 'utf8');
    expect(text).toMatch(/\n\.jp-EnvStore-foldName \{\s*min-height: 24px;/);
    expect(text).toMatch(
      /\[class\*='jp-EnvStore'\] :focus-visible[^}]*outline:/
    );
    log.dispose();
  });
});
