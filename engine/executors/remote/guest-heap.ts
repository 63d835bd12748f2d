/**
 * MiB of the young generation of threads in which guests run. What host functions allocate there dies at once, so a small nursery does:
 * it stays in the cache of the processor, and a thread takes tens of megabytes less than with what V8 would choose.
 */
export const YOUNG_MIB = 4;
