import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { Action } from '../components/action';

describe('Action', () => {
  it('keeps the focus while it is disabled, does nothing and says why', async () => {
    const user = userEvent.setup();
    const onClick = jest.fn();
    const action = (isDisabled: boolean): JSX.Element => (
      <Action
        label="Measure"
        caption="It is measured already"
        isDisabled={isDisabled}
        onClick={onClick}
      />
    );
    const { rerender } = render(action(false));
    const button = screen.getByRole('button');
    expect(button).not.toHaveAttribute('aria-disabled');
    expect(button).not.toHaveAttribute('aria-description');
    await user.tab();
    rerender(action(true));
    expect(button).toHaveFocus();
    expect(button).toHaveAttribute('aria-disabled', 'true');
    expect(button).toHaveAttribute(
      'aria-description',
      'It is measured already'
    );
    await user.keyboard('{Enter} ');
    await user.click(button);
    expect(onClick).not.toHaveBeenCalled();
    rerender(action(false));
    await user.keyboard('{Enter}');
    expect(onClick).toHaveBeenCalledTimes(1);
  });
});
