import { expect, test } from 'vitest';
import { Habits } from '../../engine/runtime/habits.ts';

const short = false;
const long = true;

test('a few short calls in a row make a function trusted', () => {
  const habit = new Habits().of('f');
  const seen = [1, 2, 3, 4].map(() => {
    const before = habit.isTrusted;
    habit.note(short, before);
    return before;
  });
  expect(seen).toEqual([false, false, false, true]);
});

test('a function that was long is never trusted again', () => {
  const habit = new Habits().of('f');
  habit.note(long, false);
  for (let i = 0; i < 100; i++) habit.note(short, false);
  expect(habit.isTrusted).toBe(false);
});

test('a long call of one function says nothing of the others, as long as it was not trusted', () => {
  const habits = new Habits();
  for (let i = 0; i < 3; i++) habits.of('short').note(short, false);
  habits.of('long').note(long, false);
  expect(habits.of('short').isTrusted).toBe(true);
});

test('a trusted function that runs long costs all of them their trust', () => {
  const habits = new Habits();
  for (const name of ['a', 'b']) for (let i = 0; i < 3; i++) habits.of(name).note(short, false);
  habits.of('a').note(long, true);
  for (let i = 0; i < 3; i++) habits.of('c').note(short, false);
  expect(['a', 'b', 'c'].map((name) => habits.of(name).isTrusted)).toEqual([false, false, false]);
});
