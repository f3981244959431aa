import { Watchdog } from '../model/watchdog';

describe('Watchdog', () => {
  let polls: number;
  let deaf: boolean[];
  let isBusy: boolean;
  let isPaused: boolean;
  let isAnswered: boolean;
  let watchdog: Watchdog;

  beforeEach(() => {
    jest.useFakeTimers();
    polls = 0;
    deaf = [];
    isBusy = isPaused = isAnswered = false;
    watchdog = new Watchdog({
      isBusy: () => isBusy,
      isPaused: () => isPaused,
      ask: async isDeaf => {
        polls += 1;
        deaf.push(isDeaf);
        if (isAnswered) {
          watchdog.heard();
        }
      },
      quiet: 5000,
      interval: 2500
    });
  });

  afterEach(() => {
    watchdog.dispose();
    jest.useRealTimers();
  });

  it('does nothing while nothing is under way', async () => {
    watchdog.update();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(polls).toBe(0);
  });

  it('polls after a silence, and then steadily', async () => {
    isBusy = true;
    watchdog.update();
    await jest.advanceTimersByTimeAsync(4999);
    expect(polls).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(polls).toBe(1);
    await jest.advanceTimersByTimeAsync(5000);
    expect(polls).toBe(3);
  });

  it('does not poll while events come', async () => {
    isBusy = true;
    watchdog.update();
    for (let second = 0; second < 30; second++) {
      await jest.advanceTimersByTimeAsync(1000);
      watchdog.heard();
    }
    expect(polls).toBe(0);
  });

  it('stops when nothing is under way any more, and starts again', async () => {
    isBusy = true;
    watchdog.update();
    isAnswered = true;
    await jest.advanceTimersByTimeAsync(5000);
    isBusy = false;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(polls).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
    isBusy = true;
    watchdog.update();
    await jest.advanceTimersByTimeAsync(5000);
    expect(polls).toBe(2);
  });

  it('asks once when it is heard, and never again while nothing happens', async () => {
    isAnswered = true;
    await watchdog.doubt();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(polls).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('asks on while nobody hears it, and says so', async () => {
    await watchdog.doubt();
    await jest.advanceTimersByTimeAsync(5000);
    expect(deaf).toEqual([false, true, true]);
    isAnswered = true;
    await jest.advanceTimersByTimeAsync(2500);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(polls).toBe(4);
  });

  it('does not ask while nobody looks', async () => {
    await watchdog.doubt();
    isPaused = true;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(polls).toBe(1);
  });

  it('does not poll after it is disposed', async () => {
    isBusy = true;
    watchdog.update();
    watchdog.dispose();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(polls).toBe(0);
  });
});
