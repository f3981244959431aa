import type { JupyterFrontEnd } from '@jupyterlab/application';
import { LabShell } from '@jupyterlab/application';
import { TabPanel, Widget } from '@lumino/widgets';
import { CommandIDs } from '../commandIds';
import { documentInFront } from '../plugins/front';
import { linkTo } from '../plugins/link';
import { readLink, shareLink } from '../plugins/sharedLink';
import { Workbench } from '../plugins/workbench';

/** A shell as Notebook's: the main area keeps its first widget, and drops others. */
class OneWidgetShell {
  constructor(readonly currentWidget: Widget | null) {}

  add(): void {
    throw new Error('The widget would be dropped without a word.');
  }

  activateById(): void {
    throw new Error('The widget is not in the main area.');
  }
}

function application(shell: OneWidgetShell | LabShell): JupyterFrontEnd {
  return {
    shell,
    serviceManager: { serverSettings: { baseUrl: 'http://host/base/' } }
  } as unknown as JupyterFrontEnd;
}

describe('Workbench', () => {
  let document: Widget;

  beforeEach(() => {
    document = new Widget();
    document.id = 'document';
  });

  afterEach(() => document.dispose());

  it('adds to the main area of JupyterLab', () => {
    const shell = new LabShell();
    const add = jest.spyOn(shell, 'add');
    const workbench = new Workbench(application(shell));
    expect(workbench.isOpenedElsewhere(CommandIDs.conda, {})).toBe(false);
    workbench.show(document, 'Environment');
    expect(add).toHaveBeenCalledWith(document, 'main', { type: 'Environment' });
    shell.dispose();
  });

  it('adds a tab beside the files of Notebook, once', () => {
    const tabs = new TabPanel();
    const files = new Widget();
    tabs.addWidget(files);
    const shell = new OneWidgetShell(tabs);
    const workbench = new Workbench(application(shell));
    workbench.show(document, 'Environment');
    tabs.currentWidget = files;
    workbench.show(document, 'Environment');
    expect(tabs.widgets).toEqual([files, document]);
    expect(documentInFront(shell as unknown as JupyterFrontEnd.IShell)).toBe(
      document
    );
    tabs.dispose();
  });

  it('opens a new tab of the browser where there is no room', () => {
    const open = jest.spyOn(window, 'open').mockReturnValue(null);
    const notebook = new Widget();
    const workbench = new Workbench(application(new OneWidgetShell(notebook)));
    expect(
      workbench.isOpenedElsewhere(CommandIDs.open, {
        namespace: 'me',
        name: 'a b',
        buildId: 3
      })
    ).toBe(true);
    expect(open).toHaveBeenCalledWith(
      'http://host/base/tree?envstore=open&namespace=me&name=a+b&buildId=3',
      '_blank'
    );
    open.mockRestore();
    notebook.dispose();
  });
});

describe('links', () => {
  it.each([
    [CommandIDs.open, { namespace: 'me', name: 'a&b', buildId: 3 }],
    [CommandIDs.edit, { namespace: 'me', name: 'x', dependency: 'numpy>=2' }],
    [
      CommandIDs.edit,
      { namespace: 'me', name: 'x', instead: 'nunpy', channel: 'c' }
    ],
    [
      CommandIDs.edit,
      { namespace: 'me', name: 'x', dependency: 'flask', manager: 'pip' }
    ],
    [CommandIDs.create, { namespace: 'me' }],
    [
      CommandIDs.create,
      { text: 'name: a&b\ndependencies: [ä]\n', isChanged: true }
    ],
    [CommandIDs.importFile, { path: 'a folder/environment.yml' }],
    [CommandIDs.conda, {}]
  ])('carry %s and its arguments', (command, args) => {
    const { search } = new URL(linkTo('http://host/', command, args));
    expect(readLink(search)).toEqual({ command, args });
  });

  it('carry no text that is too long for an address', () => {
    const link = linkTo('http://host/', CommandIDs.create, {
      namespace: 'me',
      text: 'x'.repeat(5000)
    });
    expect(readLink(new URL(link).search)?.args).toEqual({ namespace: 'me' });
  });

  it.each(['', '?envstore=', '?envstore=delete-environment&name=x', '?a=b'])(
    'do nothing else: %s',
    search => expect(readLink(search)).toBeNull()
  );

  it('can be short enough to be said', () => {
    const target = { namespace: 'lab:me', name: 'analysis' };
    const link = shareLink('http://host/user/ann/', '/lab', target);
    expect(link).toBe('http://host/user/ann/lab?envstore=lab:me/analysis');
    expect(readLink(new URL(link).search)).toEqual({
      command: CommandIDs.open,
      args: target
    });
    const { search } = new URL(
      shareLink('http://host/', '', { ...target, buildId: 3 })
    );
    expect(readLink(`${search}&tab=log&name=other`)?.args).toEqual({
      ...target,
      buildId: 3,
      tab: 'log'
    });
    expect(readLink('?envstore=a/b/c')).toBeNull();
  });

  it.each(['r+py', 'a&b', 'what?', 'a=b', 'c#', '50%', 'a b', 'Größe', '数据'])(
    'can be short whatever a name is: %s',
    name => {
      const target = { namespace: `lab:${name}`, name, buildId: 3 };
      const { search } = new URL(shareLink('http://host/', '', target));
      expect(readLink(search)?.args).toEqual(target);
    }
  );

  it('leave out a build that is none', () => {
    expect(readLink('?envstore=open&buildId=1e400')?.args).toEqual({});
  });
});
