import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// What is waited for comes at once, or on a busy machine much later.
configure({ asyncUtilTimeout: 30_000 });
jest.setTimeout(120_000);

// jsdom lays nothing out, so nothing changes its size either.
globalThis.ResizeObserver ??= class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};
