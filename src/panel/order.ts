import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import * as React from 'react';
import type { IEnvironment } from '../api/types';

/** How the environments of a namespace are ordered. */
export type Order = 'name' | 'newest' | 'size';

/** The order that the user has set, and what sets another. */
export function useOrder(
  settings: ISettingRegistry.ISettings | null
): [Order, (order: Order) => void] {
  const [order, setOrder] = React.useState(() => read(settings));
  React.useEffect(() => {
    const onChanged = (): void => setOrder(read(settings));
    settings?.changed.connect(onChanged);
    return () => void settings?.changed.disconnect(onChanged);
  }, [settings]);
  return [
    order,
    next => {
      setOrder(next);
      void settings?.set('order', next);
    }
  ];
}

/** In the order that was chosen; they come in that of their names. */
export function inOrder(
  environments: readonly IEnvironment[],
  order: Order
): readonly IEnvironment[] {
  if (order === 'name') {
    return environments;
  }
  const rank = ({ latest_build, published_build }: IEnvironment): number =>
    order === 'newest' ? latest_build.id : (published_build?.size ?? 0);
  return [...environments].sort((one, other) => rank(other) - rank(one));
}

function read(settings: ISettingRegistry.ISettings | null): Order {
  const order = settings?.get('order').composite;
  return order === 'newest' || order === 'size' ? order : 'name';
}
