/** What the extension uses of React, under names that are shortened: see short-react.js. */
import * as React from 'react';

export const {
  createContext,
  createElement,
  forwardRef,
  Fragment,
  memo,
  useContext,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState
} = React;
