/** An AssemblyScript module with its runtime exported: functions that take and return numbers, strings and arrays. */
import { LibraryGuest } from './library-guest.ts';

export class AssemblyScriptGuest extends LibraryGuest {}
