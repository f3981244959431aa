import type { IStoreEvent } from '../api/types';
import { EventFeed } from '../model/feed';
import { FakeStream, settled, storeEvent } from './fixtures';

describe('EventFeed', () => {
  let stream: FakeStream;
  let feed: EventFeed;
  let journal: IStoreEvent[];
  let reads: number[];
  let isJournalDown: boolean;
  let seen: (number | null)[];
  let lost: number;

  beforeEach(() => {
    stream = new FakeStream();
    journal = [];
    reads = [];
    isJournalDown = false;
    seen = [];
    lost = 0;
    feed = new EventFeed({
      stream,
      read: async since => {
        reads.push(since);
        if (isJournalDown) {
          throw new Error('down');
        }
        const events = journal.filter(({ seq }) => (seq ?? 0) > since);
        const latest = Math.max(0, ...journal.map(({ seq }) => seq ?? 0));
        return { events, next: events.at(-1)?.seq ?? since, latest };
      }
    });
    feed.event.connect((_, { seq }) => seen.push(seq));
    feed.lost.connect(() => (lost += 1));
  });

  afterEach(() => feed.dispose());

  it('passes on events that follow each other, and asks nothing', () => {
    stream.tell({ seq: 7 });
    stream.tell({ seq: 8 });
    expect(seen).toEqual([7, 8]);
    expect(reads).toEqual([]);
  });

  it('ignores the events of others', () => {
    stream.emit({ schema_id: 'https://events.jupyter.org/other/v1' });
    expect(seen).toEqual([]);
  });

  it('passes on progress, which has no number', () => {
    stream.tell({ seq: 7 });
    stream.tell({ seq: null, kind: 'progress' });
    stream.tell({ seq: 8 });
    expect(seen).toEqual([7, null, 8]);
  });

  it('reads what has happened where the event does not say to what', async () => {
    journal = [7, 9].map(seq => storeEvent({ seq }));
    stream.tell({ seq: 7, namespace: null, environment: null });
    await settled();
    expect(seen).toEqual([7, 9]);
    // That of what the user may not see is in no journal.
    stream.tell({ seq: 10, namespace: null, environment: null });
    await settled();
    expect(seen).toEqual([7, 9]);
  });

  it('drops what it has passed on already', () => {
    stream.tell({ seq: 7 });
    stream.tell({ seq: 7 });
    stream.tell({ seq: 3 });
    expect(seen).toEqual([7]);
  });

  it('reads what fell into a hole, and keeps the order', async () => {
    journal = [8, 9, 10].map(seq => storeEvent({ seq }));
    stream.tell({ seq: 7 });
    stream.tell({ seq: 10 });
    await settled();
    expect(reads).toEqual([7]);
    expect(seen).toEqual([7, 8, 9, 10]);
    expect(lost).toBe(0);
  });

  it('reads on when more came while the journal was read', async () => {
    journal = [8, 9].map(seq => storeEvent({ seq }));
    stream.tell({ seq: 7 });
    stream.tell({ seq: 9 });
    stream.tell({ seq: 11 });
    journal.push(storeEvent({ seq: 10 }), storeEvent({ seq: 11 }));
    await settled();
    expect(seen).toEqual([7, 8, 9, 10, 11]);
  });

  it('says that events are lost when the journal does not have them', async () => {
    stream.tell({ seq: 7 });
    stream.tell({ seq: 10 });
    await settled();
    expect(lost).toBe(1);
    stream.tell({ seq: 11 });
    expect(seen).toEqual([7, 11]);
  });

  it('says that events are lost when the journal cannot be read', async () => {
    isJournalDown = true;
    stream.tell({ seq: 7 });
    stream.tell({ seq: 10 });
    await settled();
    expect(lost).toBe(1);
  });

  it('reads the journal when it resumes', async () => {
    stream.tell({ seq: 7 });
    journal = [storeEvent({ seq: 8 })];
    await feed.resume();
    expect(seen).toEqual([7, 8]);
    expect(lost).toBe(0);
  });

  it('cannot catch up with a journal whose number it never knew', async () => {
    await feed.resume();
    expect(seen).toEqual([]);
    expect(lost).toBe(1);
  });

  it('begins at the end of the journal, and catches up from there', async () => {
    journal = [storeEvent({ seq: 8 })];
    await feed.begin();
    expect(seen).toEqual([]);
    journal.push(storeEvent({ seq: 9 }));
    await feed.resume();
    expect(seen).toEqual([9]);
    expect(lost).toBe(0);
  });

  it('keeps echoes to itself', () => {
    stream.tell({ seq: null, kind: 'echo' });
    expect(seen).toEqual([]);
  });

  it('hears nothing after it is disposed', () => {
    feed.dispose();
    stream.tell({ seq: 7 });
    expect(seen).toEqual([]);
  });
});
