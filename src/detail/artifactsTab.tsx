import '../../style/overview.css';
import * as React from 'react';
import type { EnvStoreError } from '../api/errors';
import type { IArtifact, IBuild } from '../api/types';
import { hasFiles } from '../api/types';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { CopyButton, useCopy } from '../components/copyButton';
import { ErrorCard } from '../components/errorCard';
import { formatBytes, shownId } from '../components/format';
import { Skeleton } from '../components/skeleton';
import { Table } from '../components/table';
import { YamlEditor } from '../components/yamlEditor';
import type { EnvironmentModel } from '../model/environment';
import type { IFile } from './artifactFiles';
import { filesOf } from './artifactFiles';
import { BuildPicker } from './buildPicker';
import { download } from './download';
import type { ITabProps } from './environmentView';
import { Replied } from './replied';
import { ShownBuild } from './shownBuild';
import { useReply } from './useReply';

/** Milliseconds between two questions for how far an archive is. */
const PAUSE = 2000;

/** How often one asks whether a download has begun to make an archive. */
const PATIENCE = 5;

/** The files that a build can be had as: what is there, and what is made on request. */
export function ArtifactsTab(props: ITabProps): JSX.Element {
  const { model } = props;
  return (
    <ShownBuild model={model}>
      {build => (
        <>
          <BuildPicker model={model} />
          <Files key={build.id} {...props} build={build} />
        </>
      )}
    </ShownBuild>
  );
}

function Files(props: ITabProps & { build: IBuild }): JSX.Element {
  const trans = useTrans();
  const { model, build, factory } = props;
  const [opened, setOpened] = React.useState<IFile | null>(null);
  const [failure, setFailure] = React.useState<EnvStoreError | null>(null);
  const { value, error, retry, expect } = useFiles(model, build);
  if (!value) {
    return error ? (
      <ErrorCard error={error} onRetry={retry} />
    ) : (
      <Skeleton lines={6} />
    );
  }
  const read = async (
    file: IFile,
    then: (text: string) => void
  ): Promise<void> => {
    setFailure(null);
    try {
      then(await textOf(model, build, file));
    } catch (reason) {
      setFailure(reason as EnvStoreError);
    }
  };
  return (
    <>
      {failure && <ErrorCard error={failure} />}
      {!hasFiles(build) && (
        <p>
          {trans.__(
            'Build %1 has no other files: only builds that are on the disk have.',
            shownId(build.id)
          )}
        </p>
      )}
      <Table
        label={trans.__('Artifacts')}
        columns={[
          trans.__('File'),
          trans.__('What for'),
          trans.__('State'),
          trans.__('Size'),
          trans.__('SHA-256'),
          trans.__('Actions')
        ]}
      >
        {filesOf(build, value, trans).map(file => (
          <Row
            key={file.purpose + file.name}
            file={file}
            url={file.address && model.artifactUrl(file.address)}
            name={`${build.namespace}-${build.name}-${shownId(build.id)}-${file.name}`}
            isOpened={opened?.purpose === file.purpose}
            onOpen={() =>
              setOpened(opened?.purpose === file.purpose ? null : file)
            }
            onCopy={copy => void read(file, copy)}
            onDownload={name => {
              if (file.address === null) {
                download(name, { text: build.text });
              } else if (file.state !== 'there') {
                expect(file.address);
              }
            }}
          />
        ))}
      </Table>
      {opened && (
        <Opened
          key={opened.purpose}
          file={opened}
          ask={() => textOf(model, build, opened)}
          factory={factory}
        />
      )}
    </>
  );
}

function Row(props: {
  file: IFile;
  url: string | null;
  name: string;
  isOpened: boolean;
  onOpen: () => void;
  onCopy: (copy: (text: string) => void) => void;
  onDownload: (name: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const { file, url, name, isOpened } = props;
  const { copy, isCopied, said } = useCopy();
  const { state, size, sha256 } = file;
  const label = trans.__('%1 (%2)', file.name, file.purpose);
  const words: { [key in IArtifact['state']]: string } = {
    there: trans.__('there'),
    'being made': trans.__('being made'),
    'on request': trans.__('made when it is asked for')
  };
  return (
    <tr>
      <th scope="row">{file.name}</th>
      <td>{file.purpose}</td>
      <td>
        <span>{words[state]}</span>
        {state === 'being made' && (
          <progress aria-label={trans.__('%1 is being made', file.name)} />
        )}
      </td>
      <td className="jp-EnvStoreDetail-size">
        {size === null ? '–' : formatBytes(size)}
      </td>
      <td>
        {sha256 === null ? (
          '–'
        ) : (
          <>
            <code className="jp-EnvStoreArtifacts-sum">{sha256}</code>
            <CopyButton
              text={sha256}
              label={trans.__('Copy the checksum of %1', file.name)}
            />
          </>
        )}
      </td>
      <td>
        <div className="jp-EnvStoreDetail-actions jp-EnvStoreArtifacts-actions">
          {url === null ? (
            <Action
              label={trans.__('Download')}
              name={trans.__('Download %1', label)}
              onClick={() => props.onDownload(name)}
            />
          ) : (
            <a
              className="jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject"
              href={url}
              download={name}
              aria-label={trans.__('Download %1', label)}
              onClick={() => props.onDownload(name)}
            >
              {trans.__('Download')}
            </a>
          )}
          {file.isText && (
            <>
              <Action
                label={isCopied ? trans.__('Copied') : trans.__('Copy')}
                name={trans.__('Copy %1', label)}
                onClick={() => props.onCopy(copy)}
              />
              {said}
              <Action
                label={trans.__('Open')}
                name={trans.__('Open %1', label)}
                isPressed={isOpened}
                onClick={props.onOpen}
              />
            </>
          )}
        </div>
      </td>
    </tr>
  );
}

/** A file to read, below the list. */
function Opened(props: {
  file: IFile;
  ask: () => Promise<string>;
  factory: ITabProps['factory'];
}): JSX.Element {
  const { file, ask, factory } = props;
  const reply = useReply(file.purpose, ask);
  return (
    <section aria-label={file.name}>
      <h3>{`${file.name} – ${file.purpose}`}</h3>
      <Replied reply={reply} lines={6}>
        {text => <YamlEditor factory={factory} label={file.name} text={text} />}
      </Replied>
    </section>
  );
}

async function textOf(
  model: EnvironmentModel,
  build: IBuild,
  { address }: IFile
): Promise<string> {
  return address === null ? build.text : model.artifactText(address);
}

/** The server's list, asked for again while something of it is being made. */
function useFiles(
  model: EnvironmentModel,
  build: IBuild
): ReturnType<typeof useReply<IArtifact[]>> & {
  /** Something is asked for that has to be made first. */
  expect: (address: string) => void;
} {
  const [round, setRound] = React.useState(0);
  const [awaited, setAwaited] = React.useState({ address: '', until: 0 });
  const reply = useReply(`${build.status} ${round}`, () =>
    model.artifacts(build.id)
  );
  const isMaking = reply.value?.some(
    ({ state, address }) =>
      state === 'being made' ||
      (state === 'on request' &&
        address === awaited.address &&
        round < awaited.until)
  );
  React.useEffect(() => {
    if (isMaking) {
      const timer = setTimeout(() => setRound(round + 1), PAUSE);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [isMaking, round]);
  return {
    ...reply,
    expect: address => setAwaited({ address, until: round + PATIENCE })
  };
}
