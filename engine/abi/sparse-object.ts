/**
 * Objects whose names a stranger has chosen. Names that are numbers are indices to V8, which lays out an array up to the highest: a
 * name of four digits can take twelve kilobytes, a thousand times its text. In a dictionary it takes what any name does.
 */

/** The highest index there is. An object that has once had it keeps its indices in a dictionary. */
const HIGHEST_INDEX = '4294967294';
const DIGITS = /^\d/;

/** Sets an own member as an assignment would; `__proto__` is a name like any other. */
export function setMember(object: object, name: string, value: unknown): void {
  if (DIGITS.test(name) && !Object.hasOwn(object, name)) {
    const had = Object.hasOwn(object, HIGHEST_INDEX);
    if (!had) {
      define(object, HIGHEST_INDEX, 0);
      Reflect.deleteProperty(object, HIGHEST_INDEX);
    }
  }
  define(object, name, value);
}

function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
