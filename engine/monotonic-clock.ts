/**
 * The clock that calls are timed by, as a constant: as a global it is looked up through a getter of Node.js each time, which is a
 * quarter of what reading it costs, and two readings are much of a short call.
 */
export const monotonicClock: Pick<Performance, 'now'> = performance;
