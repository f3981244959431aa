import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// What is waited for comes at once, or on a busy machine much later.
configure({ asyncUtilTimeout: 30_000 });
jest.setTimeout(120_000);
