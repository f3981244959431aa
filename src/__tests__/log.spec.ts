import type { ReadableStreamDefaultController } from 'node:stream/web';
import { ReadableStream } from 'node:stream/web';
import { LogModel } from '../model/log';
import { FakeClient, settled } from './fixtures';

const SIZE = 'X-Envstore-Log-Size';

/** A reply whose body a test writes piece by piece. */
class OpenReply {
  constructor(size: number, signal?: AbortSignal) {
    const body = new ReadableStream<Uint8Array>({
      start: controller => {
        this._controller = controller;
      }
    });
    signal?.addEventListener('abort', () =>
      this._controller?.error(new DOMException('', 'AbortError'))
    );
    this.response = new Response(body as unknown as BodyInit, {
      headers: { [SIZE]: String(size) }
    });
  }

  readonly response: Response;

  write(bytes: Uint8Array | string): void {
    this._controller?.enqueue(
      typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    );
  }

  close(): void {
    this._controller?.close();
  }

  private _controller: ReadableStreamDefaultController | undefined;
}

const nextTurn = setTimeout;

/** Let streams turn, which need more than the microtasks. */
async function streamed(): Promise<void> {
  await new Promise<void>(resolve => nextTurn(resolve, 0));
  await settled();
}

describe('LogModel', () => {
  let client: FakeClient;
  let isActive: boolean;
  let log: LogModel;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick'] });
    client = new FakeClient();
    isActive = true;
    log = new LogModel({
      client,
      buildId: 5,
      isActive: () => isActive,
      patience: 3000,
      interval: 1000
    });
  });

  afterEach(() => {
    log.dispose();
    jest.useRealTimers();
  });

  it('reads a finished log once', async () => {
    isActive = false;
    client.logText = 'solving\ndone\n';
    await log.start();
    expect(log.text).toBe('solving\ndone\n');
    expect(log.state).toBe('ended');
    expect(client.calls).toEqual(['log 5 0']);
  });

  it('appends what a followed reply brings, and reads the rest at the end', async () => {
    let reply: OpenReply | undefined;
    const finished = client.log.bind(client);
    client.log = async (id, offset, options = {}) => {
      if (!options.follow) {
        return finished(id, offset, options);
      }
      client.calls.push(`log ${id} ${offset} follow`);
      reply = new OpenReply(0, options.signal);
      return reply.response;
    };
    const pieces: string[] = [];
    log.appended.connect((_, text) => pieces.push(text));
    const run = log.start();
    await streamed();
    reply?.write('solving\n');
    await streamed();
    reply?.write('linking\n');
    await streamed();
    expect(pieces).toEqual(['solving\n', 'linking\n']);
    expect(log.state).toBe('following');
    isActive = false;
    client.logText = 'solving\nlinking\ndone\n';
    reply?.close();
    await run;
    expect(log.text).toBe('solving\nlinking\ndone\n');
    expect(client.calls).toEqual(['log 5 0 follow', 'log 5 16']);
  });

  it('puts a character together that came in two pieces', async () => {
    let reply: OpenReply | undefined;
    client.log = async (_id, _offset, options = {}) => {
      reply = new OpenReply(0, options.signal);
      return reply.response;
    };
    void log.start();
    await streamed();
    const bytes = new TextEncoder().encode('fertig: ✓');
    reply?.write(bytes.slice(0, -1));
    await streamed();
    reply?.write(bytes.slice(-1));
    await streamed();
    expect(log.text).toBe('fertig: ✓');
  });

  it('asks by offset where a proxy holds the reply back', async () => {
    const answer = client.log.bind(client);
    client.log = async (id, offset, options = {}) => {
      if (!options.follow) {
        return answer(id, offset, options);
      }
      client.calls.push(`log ${id} ${offset} follow`);
      return new OpenReply(8, options.signal).response;
    };
    client.logText = 'solving\n';
    const run = log.start();
    await streamed();
    expect(log.text).toBe('');
    await jest.advanceTimersByTimeAsync(3000);
    await streamed();
    expect(log.text).toBe('solving\n');
    client.logText = 'solving\ndone\n';
    isActive = false;
    await jest.advanceTimersByTimeAsync(1000);
    await streamed();
    await run;
    expect(log.text).toBe('solving\ndone\n');
    expect(client.calls).toEqual(['log 5 0 follow', 'log 5 0', 'log 5 8']);
  });

  it('waits for a log that has not begun', async () => {
    let reply: OpenReply | undefined;
    client.log = async (_id, _offset, options = {}) => {
      client.calls.push('log');
      reply = new OpenReply(0, options.signal);
      return reply.response;
    };
    void log.start();
    await streamed();
    await jest.advanceTimersByTimeAsync(60_000);
    await streamed();
    reply?.write('at last\n');
    await streamed();
    expect(log.text).toBe('at last\n');
    expect(client.calls).toHaveLength(1);
  });

  it('tells of its first text while it is followed', async () => {
    let reply: OpenReply | undefined;
    client.log = async (_id, _offset, options = {}) => {
      reply = new OpenReply(0, options.signal);
      return reply.response;
    };
    void log.start();
    await streamed();
    const texts: string[] = [];
    log.stateChanged.connect(() => texts.push(log.text));
    for (const piece of ['one\n', 'two\n']) {
      reply?.write(piece);
      await streamed();
    }
    expect(texts).toEqual(['one\n']);
  });

  it('tells of an error, and reads on from where it was', async () => {
    isActive = false;
    client.logText = 'one\n';
    await log.start();
    client.log = async () => {
      throw new Error('gone');
    };
    await log.start();
    expect(log.state).toBe('error');
    expect(log.error?.message).toBe('gone');
    expect(log.text).toBe('one\n');
  });

  it('ends its request when it is disposed', async () => {
    let signal: AbortSignal | undefined;
    client.log = async (_id, _offset, options = {}) => {
      signal = options.signal;
      return new OpenReply(0, options.signal).response;
    };
    const run = log.start();
    await streamed();
    log.dispose();
    await run;
    expect(signal?.aborted).toBe(true);
  });
});
