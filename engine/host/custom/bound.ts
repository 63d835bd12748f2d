/**
 * A function of numbers as guests on the engine's own thread call it: what its signature says is worked out once, and a call does
 * what is left, which is to run the handler and to look at its answer.
 */
import type { CustomFunction } from '../../host-function.ts';
import { show } from '../../option-checks.ts';
import type { Answer, Handler } from '../function.ts';
import type { ServiceCall } from '../services.ts';
import { HandlerCall } from './handler-call.ts';
import { failed, isOfType, isPromiseLike, misbehaved, promised, refused } from './outcome.ts';

/** (call, up to six numbers) -> its result. @throws what ends the guest's call */
export type BoundFunction = Handler<Answer, ServiceCall>;

/** @param fn takes numbers, and answers at once */
export function boundFunction(plugin: string, { shape, call: handler }: CustomFunction): BoundFunction {
  const { params, results } = shape;
  const [type] = results;
  const run = withArguments(params.length, handler);
  let last: ServiceCall | undefined;
  let told: HandlerCall | undefined;
  return (call, a, b, c, d, e, f) => {
    // A guest calls many times in one call of its own.
    if (call !== last || told === undefined) {
      told = new HandlerCall(plugin, call);
      last = call;
    }
    let result: unknown;
    try {
      result = run(told, a, b, c, d, e, f);
    } catch (error) {
      throw refused(shape, failed(shape, error));
    }
    if (type === undefined) {
      if (!isPromiseLike(result)) return undefined;
      throw promised(shape, result);
    }
    if (isOfType(type, result)) return result as Answer;
    if (isPromiseLike(result)) throw promised(shape, result);
    throw misbehaved(shape, `answered with ${show(result)}, expected ${type}`);
  };
}

type Given = CustomFunction['call'];
/** The handler with as many numbers as it takes. */
type Run = Handler<unknown, HandlerCall>;

/** Written out: a list of arguments would have to be made and taken apart in every call. */
function withArguments(count: number, run: Given): Run {
  const forms: readonly Run[] = [
    (call) => run(call),
    (call, a) => run(call, a),
    (call, a, b) => run(call, a, b),
    (call, a, b, c) => run(call, a, b, c),
    (call, a, b, c, d) => run(call, a, b, c, d),
    (call, a, b, c, d, e) => run(call, a, b, c, d, e),
    (call, a, b, c, d, e, f) => run(call, a, b, c, d, e, f),
  ];
  return forms[count] as Run;
}
